"""What the file system refuses to a command that writes a release, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError


@contextmanager
def releases_written(output: Path | None, *, source: Path | None = None) -> Iterator[None]:
    """Raise ``CommandError`` for an ``OSError``: where it was, and that ``output`` (the folder of releases by
    default) has to be another one, unless it was in ``source``, which is only read."""
    try:
        yield
    except OSError as error:
        if error.strerror is None:  # made here, in words already
            raise CommandError(str(error)) from error
        where = Path(error.filename or output or settings.RELEASES_DIR)
        advice = "" if source is not None and where.is_relative_to(source) else _advice(output)
        raise CommandError(f"{where}: {error.strerror}{advice}") from error


def _advice(output: Path | None) -> str:
    parent = output or settings.RELEASES_DIR
    return f". The release goes into a folder of {parent}; give an --output folder that can be written."
