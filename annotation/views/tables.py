"""Tables that are shown on a page and can be had as a file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from annotation.agreement.coefficients import Coefficient

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is that of the file; a cell is a text, a number or a :class:`Coefficient`, ``None`` if empty.
    ``note`` says how to read it; ``why_empty`` why there is no row."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    why_empty: str = ""

    @property
    def shown(self) -> list[list[Shown]]:
        """The cells as the page shows them."""
        return [[shown(value) for value in row] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell on a page: its text, and what is said below it in small print."""

    text: str
    small: str = ""
    link: str = ""
    is_number: bool = False
    is_told: bool = False  # the small print is a sentence or two


def shown(value: Any) -> Shown:
    """A value as a page shows it."""
    if isinstance(value, Shown):
        return value
    if isinstance(value, Coefficient):
        if value.value is None:
            return Shown("–", value.why_undefined)
        interval = "no interval" if value.low is None else f"{value.low:.4f} to {value.high:.4f}"
        small = [interval, f"{value.n_units} items", value.note]
        return Shown(f"{value.value:.4f}", "; ".join(part for part in small if part), is_number=True)
    if isinstance(value, float):
        return Shown(f"{value:.4f}", is_number=True)
    return Shown("" if value is None else str(value), is_number=isinstance(value, int))


def csv_response(table: Table, filename: str) -> HttpResponse:
    """The table as a file, safe to open in a spreadsheet. A coefficient takes five columns."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    writer = csv.writer(response)
    wide = {place for row in table.rows for place, value in enumerate(row) if isinstance(value, Coefficient)}
    header: list[str] = []
    for place, column in enumerate(table.columns):
        header.append(column)
        if place in wide:
            header += [f"{column}: low", f"{column}: high", f"{column}: items", f"{column}: remark"]
    writer.writerow(map(spreadsheet_cell, header))
    for row in table.rows:
        cells: list[Any] = []
        for place, value in enumerate(row):
            cells += _cells(value) if place in wide else [value.text if isinstance(value, Shown) else value]
        writer.writerow([spreadsheet_cell(cell) for cell in cells])
    return response


def spreadsheet_cell(value: Any) -> Any:
    """``value`` as a cell no spreadsheet takes for a formula: such texts get a quote in front."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _cells(value: Any) -> list[Any]:
    if not isinstance(value, Coefficient):
        return [value, None, None, None, None]
    return [value.value, value.low, value.high, value.n_units, value.why_undefined or value.note]
