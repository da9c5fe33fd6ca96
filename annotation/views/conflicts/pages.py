"""The conflict workbench: groups that wait, and a page for each where curators understand and settle it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from annotation.models import ConflictGroup, Event, Nation
from annotation.services.conflicts.bench import SIDES, Bench, BenchEdge, load_bench
from annotation.services.conflicts.queue import current_groups, examples
from annotation.services.conflicts.what_if import WhatIf, what_if
from annotation.services.curation.resolution import (
    resolve_edge,
    resolve_group,
    take_back_edge,
    take_back_group,
)
from annotation.services.curation.triage import NotDoneError
from annotation.views.conflicts.forms import EdgeForm, GroupForm, TakeBackForm, valid
from annotation.views.conflicts.picture import DASHES, draw_graph
from annotation.views.conflicts.times import draw_times
from annotation.views.conflicts.words import (
    consequences,
    counted,
    edge_outcomes,
    frustration_words,
    group_outcomes,
    label_words,
    margin_words,
    prospect_rows,
    was_otherwise,
)

_PER_PAGE = 25
_EDGES = 12
_EVENTS = 30
CHANGE = "annotation.change_conflict"


@login_required
@permission_required("annotation.view_conflict", raise_exception=True)
@require_safe
def conflicts(request: HttpRequest) -> HttpResponse:
    """Current groups of one's nations, undecided and uncertain ones first; ``?nation=`` narrows them."""
    nations = list(Nation.objects.for_user(request.user))
    groups = current_groups(ConflictGroup.objects.for_user(request.user))
    chosen = request.GET.get("nation", "")
    if chosen in {nation.code for nation in nations}:
        groups = groups.filter(nation=chosen)
    else:
        chosen = ""
    page = Paginator(groups, _PER_PAGE).get_page(request.GET.get("page"))
    found = examples(page.object_list)
    rows = [
        (group, [(SIDES[side], found[group.pk][side]) for side in SIDES if side in found[group.pk]])
        for group in page
    ]
    context = {"page": page, "rows": rows, "nations": nations, "chosen": chosen}
    return render(request, "annotation/conflicts/list.html", context)


@login_required
@permission_required("annotation.view_conflict", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def conflict_group(request: HttpRequest, pk: int) -> HttpResponse:
    """One group. ``?drop=`` and ``?keep_both=`` suppose something; a POST settles an edge or the group, or
    takes a verdict back. What is refused changes nothing and shows the page as it stands, with the reason."""
    group = get_object_or_404(
        ConflictGroup.objects.for_user(request.user).select_related("nation", "run"), pk=pk
    )
    refusal, draft = "", dict[str, str]()
    if request.method == "POST":
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        try:
            messages.success(request, _act(request, group))
        except NotDoneError as error:
            refusal = str(error)
            draft = {name: request.POST.get(name, "") for name in ("act", "edge", "outcome", "note")}
        else:
            return redirect(f"{request.path}{_query(request)}#{_anchor(request)}")
    context = _page(request, group, draft) | {"refusal": refusal, "draft": draft}
    return render(request, "annotation/conflicts/group.html", context, status=409 if refusal else 200)


def _act(request: HttpRequest, group: ConflictGroup) -> str:
    """Do what a form asks; returns what to tell. Raises :class:`NotDoneError`."""
    who: dict[str, Any] = {"group": group, "curator": request.user}
    act = request.POST.get("act")
    if act == "edge":
        data = valid(EdgeForm(request.POST))
        edge = resolve_edge(
            conflict=data["edge"], outcome=data["outcome"], seen=data["seen"], note=data["note"], **who
        )
        return format_html(
            '{} is settled: {}. <a href="?edge={}#e-{}">See it or take it back</a>',
            edge.name,
            label_words(edge, data["outcome"]),
            edge.pk,
            edge.pk,
        )
    if act == "group":
        data = valid(GroupForm(request.POST))
        count = resolve_group(**data, **who)
        return f"{counted(count, 'contradiction')} between the sides settled together."
    if act == "take_back":
        data = valid(TakeBackForm(request.POST))
        if data["edge"]:
            take_back_edge(conflict=data["edge"], seen=data["seen"], note=data["note"], **who)
            return "The verdict is taken back: what stood before stands again."
        count = take_back_group(seen=data["seen"], note=data["note"], **who)
        return f"{counted(count, 'verdict')} on the group taken back: what stood before stands again."
    raise NotDoneError("the form does not say what to do; use the buttons on the page")


def _query(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _anchor(request: HttpRequest) -> str:
    """Where to go on: after an edge at the edges, open ones first."""
    return "edges" if request.POST.get("edge") else "settle"


def _page(request: HttpRequest, group: ConflictGroup, draft: dict[str, str]) -> dict[str, Any]:
    bench = load_bench(group)
    supposed = what_if(bench, request.GET.getlist("drop"), keep_both=request.GET.get("keep_both") == "1")
    edges = _edge_page(request, bench)
    history = Paginator(_events(group), _EVENTS).get_page(request.GET.get("history"))
    names = {claim.key: claim.name for claim in bench.claims}
    return {
        "group": group,
        "bench": bench,
        "sides": bench.sides,
        "may_act": request.user.has_perm(CHANGE),
        "statement_admin": request.user.is_staff and request.user.has_perm("annotation.view_statement"),
        "counts": _counts(bench),
        "graph": draw_graph(
            bench,
            dropped=frozenset(edge.pk for edge in supposed.dropped),
            moved=frozenset(claim.key for claim in supposed.moved),
        ),
        "times": draw_times(bench),
        "margin_words": margin_words(bench),
        "frustration_words": frustration_words(bench, supposed.now.parts),
        "balance": round(1000 * bench.sides[0].weight / sum(side.weight for side in bench.sides)),
        "was_otherwise": was_otherwise(bench, supposed.now.parts),
        "what_if": supposed,
        "prospects": prospect_rows(supposed),
        "consequences": consequences(supposed),
        "links": _links(request, supposed),
        "edges": edges,
        "cards": [_card(request, edge, supposed, draft) for edge in edges],
        "group_outcomes": group_outcomes(bench),
        "given": len(bench.given_to_group()),
        "history": history,
        "events": [
            (event, "–".join(names[pk] for pk in (conflict.first_id, conflict.second_id)))
            for event, conflict in ((event, event.decision.conflict) for event in history)
        ],
    }


def _edge_page(request: HttpRequest, bench: Bench) -> Page:
    """The page of edges asked for by its number or by an edge on it."""
    pages = Paginator(bench.edges, _EDGES)
    wanted = request.GET.get("edge", "")
    for place, edge in enumerate(bench.edges):
        if str(edge.pk) == wanted:
            return pages.get_page(place // _EDGES + 1)
    return pages.get_page(request.GET.get("edges"))


def _events(group: ConflictGroup) -> QuerySet[Event]:
    return (
        Event.objects.filter(
            decision__conflict__first__conflict_sides__group=group,
            decision__conflict__second__conflict_sides__group=group,
        )
        .select_related("decision__conflict")
        .defer("decision__conflict__raw_reply")
        .order_by("-pk")
    )


def _counts(bench: Bench) -> dict[str, int]:
    between = bench.between
    return {
        "open": sum(edge.is_open for edge in bench.edges if edge.is_binding),
        "decidable": sum(edge.decision is not None for edge in bench.edges if edge.is_binding),
        "between": len(between),
        "by_curator": sum(edge.is_by_curator for edge in between),
        "to_settle": sum(not edge.is_by_curator for edge in between),
        "inside": sum(edge.is_contradiction and not edge.crosses for edge in bench.edges),
    }


def _card(request: HttpRequest, edge: BenchEdge, supposed: WhatIf, draft: dict[str, str]) -> dict[str, Any]:
    is_drafted = draft.get("act") == "edge" and draft.get("edge") == str(edge.pk)
    return {
        "edge": edge,
        "outcomes": edge_outcomes(edge),
        "words": label_words(edge),
        "dash": DASHES[edge.conflict.relation],
        "is_dropped": edge in supposed.dropped,
        "toggle": _address(request, supposed, toggle=edge.pk),
        "draft": draft if is_drafted else {},
    }


def _links(request: HttpRequest, supposed: WhatIf) -> dict[str, Any]:
    return {
        "clear": f"{request.path}#what-if",
        "keep_both": _address(request, supposed, keep_both=not supposed.keep_both),
        "dropped": [(edge, _address(request, supposed, toggle=edge.pk)) for edge in supposed.dropped],
        "rest": _suppositions(supposed),
    }


def _suppositions(supposed: WhatIf) -> str:
    """The query that supposes the same, to be put before a page's number."""
    pairs = [("drop", edge.pk) for edge in supposed.dropped] + (
        [("keep_both", 1)] if supposed.keep_both else []
    )
    return f"{urlencode(pairs)}&" if pairs else ""


def _address(
    request: HttpRequest, supposed: WhatIf, *, toggle: int | None = None, keep_both: bool | None = None
) -> str:
    """The page with one edge more or less supposed away, or with both sides kept or not."""
    dropped = {edge.pk for edge in supposed.dropped} ^ ({toggle} if toggle else set())
    pairs: list[tuple[str, Any]] = [("drop", pk) for pk in sorted(dropped)]
    if supposed.keep_both if keep_both is None else keep_both:
        pairs.append(("keep_both", 1))
    if request.GET.get("edges", "").isdecimal():
        pairs.append(("edges", request.GET["edges"]))
    return f"{request.path}?{urlencode(pairs)}#what-if"
