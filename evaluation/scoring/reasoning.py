"""The reasoning a model writes out before its answer: kept with the reply, and no part of what it says."""

from __future__ import annotations

import re

_OPEN, _CLOSE = "<think>", "</think>"
_BLOCK = re.compile(rf"\s*{_OPEN}.*?(?:{_CLOSE}|\Z)", re.DOTALL)


def without_reasoning(reply: str) -> str:
    """What a reply says behind its blocks of ``<think>``…``</think>``, trimmed; nothing where that is all.

    A block that was cut off leaves nothing. Where the prompt already opened it, as some chat templates do,
    the reply begins inside, and all before its end is left out.
    """
    before, end, after = reply.partition(_CLOSE)
    if end and _OPEN not in before:
        reply = after
    while block := _BLOCK.match(reply):
        reply = reply[block.end() :]
    return reply.strip()
