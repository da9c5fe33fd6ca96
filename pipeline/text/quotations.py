"""Where text stands between quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator


def quotations(
    text: str, floor: int, ceiling: int, marks: Iterable[tuple[str, str]]
) -> Iterator[tuple[int, int]]:
    """Every quotation in ``text[floor:ceiling]``: index of the opening mark, index after the closing one.

    ``marks`` are pairs (opening, closing); nested quotations are found as well as those around them. Where
    both marks are the same, pairs are counted from the start of the line, so some may lie before ``floor``.
    """
    for opening, closing in marks:
        yield from _of_one_kind(text, floor, ceiling, opening, closing)


def _of_one_kind(text: str, floor: int, ceiling: int, opening: str, closing: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    if opening == closing:
        # The same sign opens and closes: pairs are counted afresh in each paragraph.
        line_start = text.rfind("\n", 0, floor) + 1
        begun = -1
        for match in re.finditer(re.escape(opening) + r"|\n", text[line_start:ceiling]):
            position = line_start + match.start()
            if match.group() == "\n":
                begun = -1
            elif begun < 0:
                begun = position
            else:
                found.append((begun, position + 1))
                begun = -1
        return found
    stack: list[int] = []
    for match in re.finditer(f"{re.escape(opening)}|{re.escape(closing)}", text[floor:ceiling]):
        position = floor + match.start()
        if match.group() == opening:
            stack.append(position)
        elif _is_apostrophe(text, position):
            continue
        elif stack:
            found.append((stack.pop(), position + 1))
    return found


def _is_apostrophe(text: str, position: int) -> bool:
    return (
        text[position] == "’"
        and text[position - 1 : position].isalpha()
        and text[position + 1 : position + 2].isalpha()
    )
