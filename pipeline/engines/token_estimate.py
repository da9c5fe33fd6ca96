"""How many tokens a text takes at most, where an endpoint counts none."""

from __future__ import annotations

_BYTES_PER_TOKEN = 2  # fewer than tokenizers need in any of our languages


def tokens_at_most(text: str) -> int:
    """More than any tokenizer makes of a text, so that no request costs more than was thought."""
    return -(-len(text.encode(errors="replace")) // _BYTES_PER_TOKEN)
