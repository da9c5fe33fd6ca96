"""What an endpoint says, made fit to be kept: counts within bounds, text without NUL or half characters."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

MOST_TOKENS = 2**31 - 1  # what a column of counts holds


def plausible_count(value: object) -> int | None:
    """A count of tokens from 0 to 2^31 - 1; ``None`` (unknown) for everything else."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
    return value if is_count else None  # type: ignore[return-value]


def plain_text(text: str) -> str:
    """A text that a database takes: without NUL, and lone surrogates replaced."""
    return text.replace("\0", "").encode(errors="replace").decode()


TokenCount = Annotated[int | None, BeforeValidator(plausible_count)]
