"""What was found in a release folder: collected, never raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

_MOST = 20  # findings of one check in one file that are told one by one
_LONGEST = 300  # characters of a message: it quotes what may be anything


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: the check that failed, the file inside the folder, the line (0: the whole file)."""

    check: str
    path: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.path}, line {self.line}" if self.line else self.path
        return f"{where}: {self.message} [{self.check}]"

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(slots=True)
class Findings:
    """Findings so far; of one kind in one file, the first ``_MOST`` and then their number."""

    _found: list[Finding] = field(default_factory=list)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, check: str, path: str, message: str, line: int = 0) -> None:
        """Note a finding."""
        self._counts[check, path] += 1
        if self._counts[check, path] <= _MOST:
            self._found.append(Finding(check, _printable(path), line, _printable(message)[:_LONGEST]))

    def has(self, check: str, path: str) -> bool:
        """Whether a finding of this check in this file is noted."""
        return self._counts[check, path] > 0

    def is_any(self, *checks: str) -> bool:
        """Whether a finding of one of these checks is noted in any file."""
        return any(count and check in checks for (check, _), count in self._counts.items())

    @contextmanager
    def guard(self, check: str, path: str) -> Iterator[None]:
        """Note whatever goes wrong: a folder from elsewhere may break any reader, and that is a finding."""
        try:
            yield
        except Exception as error:
            self.add(check, path, f"cannot be checked: {type(error).__name__}: {error}")

    def all(self) -> tuple[Finding, ...]:
        """Findings in the order they were made, then how many more there are."""
        more = [
            Finding(check, _printable(path), 0, f"{count - _MOST} more findings of this kind")
            for (check, path), count in sorted(self._counts.items())
            if count > _MOST
        ]
        return (*self._found, *more)


def _printable(text: str) -> str:
    """Text from a folder as it may be shown: no control character moves a terminal's cursor."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text[: 2 * _LONGEST])
