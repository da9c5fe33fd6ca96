"""Evidence shown in its article: marked, and always escaped, since source text is untrusted."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_AROUND = 400


def in_context(text: str, start: int, end: int, around: int = _AROUND) -> SafeString:
    """The span ``text[start:end]`` marked, with up to ``around`` characters on either side."""
    left, right = max(0, start - around), min(len(text), end + around)
    return format_html(
        '<div class="article">{}{}<mark>{}</mark>{}{}</div>',
        "… " if left else "",
        text[left:start],
        text[start:end],
        text[end:right],
        " …" if right < len(text) else "",
    )


def marked(text: str, spans: Iterable[tuple[int, int]]) -> SafeString:
    """The whole ``text`` with every span marked; overlapping spans become one."""
    pieces: list[tuple[SafeString]] = []
    at = 0
    for start, end in _merged(spans):
        pieces.append((format_html("{}<mark>{}</mark>", text[at:start], text[start:end]),))
        at = end
    pieces.append((format_html("{}", text[at:]),))
    return format_html('<div class="article">{}</div>', format_html_join("", "{}", pieces))


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
