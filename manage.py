#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    """Run a management command; a missing or malformed setting is a message, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "navab_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The configuration is not complete: {error}")


if __name__ == "__main__":
    main()
