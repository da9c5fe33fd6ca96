#!/usr/bin/env python
"""Django's command line."""

import os
import sys
from pathlib import Path

_RELEASES = {"overlap_release": 1, "diff_release": 2}  # commands whose first arguments are releases


def main() -> None:
    """Run a management command; what an operator has to put right is a message, not a traceback."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"navab_site.{_settings(sys.argv[1:])}")
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


def _settings(arguments: list[str]) -> str:
    """``folder_settings`` for a command that needs no installation: where it verifies a folder, and where it
    reads folders only and this is none, for it has no key."""
    command = arguments[0] if arguments else ""
    if command == "verify_release":
        return "folder_settings"
    if number := _RELEASES.get(command):
        from navab_site import env

        env.load_file(Path(__file__).resolve().parent / ".env")
        folders = [path for path in arguments[1 : 1 + number] if (Path(path) / "release.json").is_file()]
        if len(folders) == number and not os.environ.get("DJANGO_SECRET_KEY"):
            return "folder_settings"
    return "settings"


if __name__ == "__main__":
    main()
