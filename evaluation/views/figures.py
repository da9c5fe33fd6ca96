"""Tables of figures: rows of plain values, as a page shows them and as a file has them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

from annotation.views.tables import Shown, spreadsheet_cell

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """``names`` are those of the file, ``show`` says what stands in the cell of the page."""

    title: str
    names: tuple[str, ...]
    show: Callable[[Row], Shown]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """``name`` is unique on its page; ``picture`` is an SVG, ``notes`` say how to read it. The rows of the
    file have ``about`` in front, the same in each."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    picture: str = ""
    query: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def titles(self) -> list[tuple[str, bool]]:
        """Titles of the columns and whether they hold numbers."""
        first = self.shown[0] if self.rows else [Shown("") for _ in self.columns]
        return [(column.title, cell.is_number) for column, cell in zip(self.columns, first, strict=True)]

    @property
    def shown(self) -> list[list[Shown]]:
        """The cells of the page."""
        return [[column.show(row) for column in self.columns] for row in self.rows]


def csv_file(tables: Sequence[FigureTable], name: str) -> HttpResponse:
    """The rows of tables of the same columns under one header, safe to open in a spreadsheet."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    for at, table in enumerate(tables):
        names = [name for column in table.columns for name in column.names]
        if at == 0:
            writer.writerow([*table.about, *names])
        for row in table.rows:
            values = [*table.about.values(), *(value_at(row, name) for name in names)]
            writer.writerow([spreadsheet_cell(value) for value in values])
    return response


def value_at(row: Row, name: str) -> Any:
    """The value under a dotted name; ``None`` where there is none."""
    found: Any = row
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return " ".join(found) if isinstance(found, list | tuple) else found


def text(title: str, name: str, *, link: str = "", small: str = "") -> Column:
    """A text, with an address or small print under other names of the row; a file has the print beside it."""
    return Column(
        title,
        (name, small) if small else (name,),
        lambda row: Shown(
            _text(value_at(row, name)), _text(value_at(row, small)), _text(value_at(row, link))
        ),
    )


def count(title: str, *names: str) -> Column:
    """A number of things; a second one stands behind "of"."""

    def show(row: Row) -> Shown:
        values = [_text(value_at(row, name)) for name in names]
        return Shown(" of ".join(value or "–" for value in values), is_number=True)

    return Column(title, names, show)


def rate(title: str, name: str, *also: str) -> Column:
    """A share with two digits; a file has the values of ``also`` beside it."""
    return Column(title, (name, *also), lambda row: Shown(number(value_at(row, name)), is_number=True))


def effect(title: str, name: str) -> Column:
    """A least difference of rates that can be seen; above 1 there is none."""

    def show(row: Row) -> Shown:
        value = value_at(row, name)
        return Shown(effect_told(value), is_number=True)

    return Column(title, (name,), show)


def effect_told(value: float | None) -> str:
    """With two digits; no two rates differ by more than 1."""
    return "none" if value is not None and value > 1 else number(value)


def interval(title: str, low: str, high: str) -> Column:
    """Both ends of an interval."""

    def show(row: Row) -> Shown:
        ends = [value_at(row, name) for name in (low, high)]
        text = "–" if None in ends else f"{number(ends[0])} to {number(ends[1])}"
        return Shown(text, is_number=True)

    return Column(title, (low, high), show)


def p_value(title: str, name: str) -> Column:
    """A p-value; those below what is worth telling are told as such."""

    def show(row: Row) -> Shown:
        value = value_at(row, name)
        return Shown("–" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}", is_number=True)

    return Column(title, (name,), show)


def number(value: float | None) -> str:
    """With two digits, whatever the language of the page."""
    return "–" if value is None else f"{value:.2f}"


def _text(value: Any) -> str:
    return "" if value is None else str(value)
