"""Dots with whiskers as SVG: narrow enough for a phone, the same bytes for the same numbers.

Measures are in units of the picture, which are CSS pixels at its natural size. Looks are attributes, never
styles, so that the strict content security policy holds inside pages and in the file alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from django.http import HttpResponse

_WIDTH, _LEFT, _RIGHT = 360, 14, 346
_ROW, _TOP, _FOOT = 42, 44, 30
_LABEL, _TITLE = 25, 42  # characters of a name, of the title
_INK, _QUIET, _LINE, _DOT, _CONTROL = "#1b2430", "#4a5260", "#c9ced6", "#123a73", "#8a4b00"
# What XML 1.0 cannot hold.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A row: its name, a value with its interval, and what random weights have; ``None`` is not drawn.

    ``tag`` stands before the value; ``note`` where there is none.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    control: float | None = None
    note: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """What values are on, and the line they are held against."""

    low: float = 0.0
    high: float = 1.0
    line: float = 0.5
    line_says: str = "chance"

    def x(self, value: float) -> float:
        """Where a value stands, inside the picture."""
        share = (min(self.high, max(self.low, value)) - self.low) / (self.high - self.low)
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)


RATES = Axis()


def differences(marks: Sequence[Mark]) -> Axis:
    """An axis around 0 that holds every interval."""
    ends = [abs(value) for mark in marks for value in (mark.value, mark.low, mark.high) if value is not None]
    reach = next((step for step in (0.1, 0.2, 0.5) if step >= max(ends, default=0.0)), 1.0)
    return Axis(-reach, reach, 0.0, "no difference")


def dot_chart(title: str, marks: Sequence[Mark], axis: Axis = RATES) -> str:
    """The picture as text. Names are data: whatever stands in them is escaped."""
    bottom = _TOP + max(1, len(marks)) * _ROW
    has_control = any(mark.control is not None for mark in marks)
    height = bottom + _FOOT + (18 if has_control else 0)
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH} {height}",
            "width": str(_WIDTH),
            "height": str(height),
            "role": "img",
            "font-family": "system-ui, sans-serif",
            "font-size": "13",
        },
    )
    _text_of(ElementTree.SubElement(root, "title"), title)
    _shape(root, "rect", width=_WIDTH, height=height, fill="#ffffff")
    _words(root, _LEFT, 18, cut(title, _TITLE), fill=_INK, font_weight="600")
    _scale(root, axis, bottom)
    for at, mark in enumerate(marks):
        _row(root, axis, mark, _TOP + at * _ROW)
    if not marks:
        _words(root, _LEFT, _TOP + 22, "Nothing to show.", fill=_QUIET)
    if has_control:
        _diamond(root, _LEFT + 5, bottom + _FOOT + 4)
        _words(
            root, _LEFT + 16, bottom + _FOOT + 8, "random weights, same items", fill=_QUIET, font_size="12"
        )
    return ElementTree.tostring(root, encoding="unicode")


def cut(text: str, most: int) -> str:
    """A text of at most so many characters; one that was longer ends with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def svg_response(picture: str, name: str) -> HttpResponse:
    """The picture as a file to keep."""
    response = HttpResponse(picture, content_type="image/svg+xml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.svg"'
    return response


def _scale(root: ElementTree.Element, axis: Axis, bottom: int) -> None:
    for step in range(5):
        value = axis.low + step * (axis.high - axis.low) / 4
        x = axis.x(value)
        _shape(root, "line", x1=x, y1=_TOP - 6, x2=x, y2=bottom, stroke=_LINE, stroke_width="0.5")
        anchor = {0: "start", 4: "end"}.get(step, "middle")
        text = f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
        _words(root, x, bottom + 16, text, fill=_QUIET, font_size="12", text_anchor=anchor)
    x = axis.x(axis.line)
    line = {"x1": x, "x2": x, "y1": _TOP - 6, "y2": bottom}
    _shape(root, "line", **line, stroke=_INK, stroke_width="1.2", stroke_dasharray="4 3")
    _words(root, x, _TOP - 10, axis.line_says, fill=_QUIET, font_size="12", text_anchor="middle")


def _row(root: ElementTree.Element, axis: Axis, mark: Mark, top: int) -> None:
    group = ElementTree.SubElement(root, "g")
    _text_of(ElementTree.SubElement(group, "title"), f"{mark.label}: {_told(mark)}")
    _shape(group, "rect", x=_LEFT - 4, y=top, width=_RIGHT - _LEFT + 8, height=19, fill="#ffffff")
    _words(group, _LEFT, top + 14, cut(mark.label, _LABEL), fill=_INK)
    _words(group, _RIGHT, top + 14, _told(mark), fill=_QUIET, font_size="12", text_anchor="end")
    y = top + 29
    if mark.control is not None:
        _diamond(group, axis.x(mark.control), y)
    if mark.value is None:
        return
    if mark.low is not None and mark.high is not None:
        low, high = axis.x(mark.low), axis.x(mark.high)
        _shape(group, "line", x1=low, y1=y, x2=high, y2=y, stroke=_DOT, stroke_width="2")
        for x in (low, high):
            _shape(group, "line", x1=x, y1=y - 4, x2=x, y2=y + 4, stroke=_DOT, stroke_width="2")
    _shape(group, "circle", cx=axis.x(mark.value), cy=y, r=5, fill=_DOT)


def _told(mark: Mark) -> str:
    value = mark.note or "none" if mark.value is None else f"{mark.value:.2f}"
    if mark.value is not None and mark.low is not None and mark.high is not None:
        value = f"{value} ({mark.low:.2f} to {mark.high:.2f})"
    return f"{mark.tag} · {value}" if mark.tag else value


def _diamond(root: ElementTree.Element, x: float, y: float) -> None:
    points = f"{x:g},{y - 6} {x + 5:g},{y} {x:g},{y + 6} {x - 5:g},{y}"
    _shape(root, "polygon", points=points, fill="#ffffff", stroke=_CONTROL, stroke_width="1.6")


def _shape(parent: ElementTree.Element, name: str, **attributes: object) -> None:
    named = {key.replace("_", "-"): str(value) for key, value in attributes.items()}
    ElementTree.SubElement(parent, name, named)


def _words(parent: ElementTree.Element, x: float, y: float, text: str, **attributes: str) -> None:
    named = {key.replace("_", "-"): value for key, value in attributes.items()}
    _text_of(ElementTree.SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y:g}", **named}), text)


def _text_of(element: ElementTree.Element, text: str) -> None:
    element.text = _ILLEGAL.sub("\ufffd", text)
