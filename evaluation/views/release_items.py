"""Items of a release by slice, of the nations a person may see."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from annotation.models import Nation
from evaluation.models import ReleaseItem
from evaluation.publishing.rows import PUBLIC_PARTS, RELEASED_TYPES, Period
from evaluation.views.releases import release_labelled

VIEW = "evaluation.view_releaseitem"
_PER_PAGE = 25


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def release_items(request: HttpRequest, label: str) -> HttpResponse:
    """Items by slice: ``?nation=&type=&part=&language=&contested=&period=&topic=`` narrow them. An unknown
    value of a choice counts as none."""
    release = release_labelled(label)
    if release.label != label:
        return redirect("evaluation:release-items", label=release.label)
    items = ReleaseItem.objects.for_user(request.user).public().filter(release=release)
    choices = _choices(list(Nation.objects.for_user(request.user)))
    chosen = {name: _chosen(request, name, [value for value, _ in known]) for name, _, _, known in choices}
    for name, _, column, _ in choices:
        if value := chosen[name]:
            items = items.filter(**{column: value == "yes" if name == "contested" else value})
    if topic := request.GET.get("topic", "").strip()[:200]:
        items = items.filter(topic__icontains=topic)
    page = _page(items, request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "release": release,
        "page": page,
        "query": query.urlencode(),
        "choices": [(name, title, known, chosen[name]) for name, title, _, known in choices],
        "topic": topic,
    }
    return render(request, "evaluation/release_items.html", context)


def _page(items: QuerySet[ReleaseItem], number: str | None) -> Page:
    """One page. Its keys come from the index of slices alone, so that the items need not be read to be
    sorted, be they a hundred thousand."""
    keys = items.order_by("part", "nation_id", "source_type", "key").values_list("pk", flat=True)
    page = Paginator(keys, _PER_PAGE).get_page(number)
    wanted = list(page)
    rows = ReleaseItem.objects.defer("row", "passport").in_bulk(wanted)
    page.object_list = [rows[key] for key in wanted]
    return page


Choice = tuple[str, str, str, Sequence[tuple[str, str]]]  # name, title, column, values with words


def _choices(nations: Sequence[Nation]) -> list[Choice]:
    languages = sorted({language for nation in nations for language in nation.languages})
    return [
        ("nation", "Nation", "nation", [(nation.code, nation.name) for nation in nations]),
        ("type", "Type", "source_type", _plain(RELEASED_TYPES)),
        ("part", "Part", "part", _plain(PUBLIC_PARTS)),
        ("language", "Language", "language", _plain(languages)),
        ("contested", "Contested", "is_contested", [("yes", "contested"), ("no", "not contested")]),
        ("period", "Period", "period", _plain(list(Period))),
    ]


def _plain(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(str(value), str(value)) for value in values]


def _chosen(request: HttpRequest, name: str, known: Sequence[str]) -> str:
    value = request.GET.get(name, "")
    return value if value in known else ""
