"""What differs between two releases: each change with its cause, and the effect on scores; page and file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.models.person import nations_of
from evaluation.models import Release
from evaluation.publishing.diff import Change, Kind
from evaluation.services.releases.diffs import Comparison, compare_releases, write_csv
from evaluation.services.releases.sides import Side
from evaluation.services.releases.stored import StoredContent
from evaluation.views import release_items, releases
from evaluation.views.release_effects import effects_told

_PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Line:
    """One change as a page shows it; ``fields`` are ``(name, before, after)``."""

    change: Change
    cause: str
    fields: list[tuple[str, str, str]]


@login_required
@permission_required(releases.VIEW, raise_exception=True)
@require_safe
def release_diff(request: HttpRequest) -> HttpResponse:
    """``?old=name@version&new=name@version``, else a form to choose by; ``?kind=`` narrows the rows."""
    known = list(Release.objects.built().exclude(manifest="").defer("manifest", "gates", "recipe"))
    context: dict[str, Any] = {
        "known": [row.label for row in known],
        "chosen_old": request.GET.get("old", ""),
        "chosen_new": request.GET.get("new", ""),
    }
    if context["chosen_old"] and context["chosen_new"]:
        context |= _told(request, _comparison(request))
    return render(request, "evaluation/release_diff.html", context)


@login_required
@permission_required(release_items.VIEW, raise_exception=True)
@require_safe
def release_diff_csv(request: HttpRequest) -> HttpResponse:
    """Every change in one's nations, safe to open in a spreadsheet."""
    found = _comparison(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.old}-to-{found.new}.csv"'
    shown = replace(found.changes, changes=tuple(_visible(request.user, found)))
    write_csv(replace(found, changes=shown), response)  # type: ignore[arg-type]  # it is written to like a file
    return response


def _comparison(request: HttpRequest) -> Comparison:
    """Only of releases on record: a name from the address is never taken for a folder."""
    sides = [releases.release_labelled(request.GET.get(name, "")) for name in ("old", "new")]
    return compare_releases(*(Side(row.label, StoredContent(row), row) for row in sides))


def _told(request: HttpRequest, found: Comparison) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    visible = _visible(request.user, found) if request.user.has_perm(release_items.VIEW) else []
    rows = [change for change in visible if kind in ("", change.kind)]
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    return {
        "found": found,
        "counts": [(name, number) for name, number in found.changes.counts().items()],
        "kinds": list(Kind),
        "kind": kind,
        "page": page,
        "lines": [_line(change, found) for change in page],
        "hidden": len(found.changes.changes) - len(visible),
        "query": query.urlencode(),
        "runs": effects_told(found.runs, found.old, found.new),
    }


def _visible(user: Any, found: Comparison) -> list[Change]:
    """Changes of items that are of the person's nations before and after."""
    nations = nations_of(user)
    if nations is None:
        return list(found.changes.changes)
    return [
        change
        for change in found.changes.changes
        if {change.nation, *change.fields.get("nation", ())} <= set(nations)
    ]


def _line(change: Change, found: Comparison) -> Line:
    fields = [(name.replace("_", " "), _text(old), _text(new)) for name, (old, new) in change.fields.items()]
    return Line(change, found.causes.get(change.key, ""), fields)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{number} {name}" for name, number in value.items() if number) or "none"
    return str(value) or "empty"
