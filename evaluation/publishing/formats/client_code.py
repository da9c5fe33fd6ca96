"""Python files of a release: code of ours with the canary in front, and never a word of source text."""

from __future__ import annotations

import re
from pathlib import Path

_CLIENTS = Path(__file__).with_name("clients")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def client_code(file: str, canary: str) -> str:
    """The text of ``clients/<file>`` with the canary as its first line. Raises ``ValueError`` for a canary
    that is not one line."""
    if "\n" in canary or "\r" in canary:
        raise ValueError(f"the canary {canary!r} is not one line")
    return f"# Canary, never to be in training data: {canary}\n{(_CLIENTS / file).read_text('utf-8')}"


def client_name(nation: str) -> str:
    """A nation's code as part of the name of a task. Raises ``ValueError`` for a code that can be none."""
    name = nation.lower().replace("-", "_")
    if not _NAME.fullmatch(name):
        raise ValueError(f"the nation code {nation!r} can not be part of a task's name")
    return name
