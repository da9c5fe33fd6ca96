#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    """Run a management command; what an operator has to put right is a message, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "navab_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The configuration is not complete: {error}")
    except (OperationalError, ProgrammingError) as error:
        text = str(error)
        if "no such table" in text or ("relation" in text and "does not exist" in text):
            sys.exit(
                f"The database has no tables yet; run the command migrate first. ({text.splitlines()[0]})"
            )
        raise


if __name__ == "__main__":
    main()
