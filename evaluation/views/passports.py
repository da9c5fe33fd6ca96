"""The passport of an item: the chain from its document to the reviews that made it gold, as page and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotation.lifecycle import DecisionStatus
from evaluation.models import ReleaseItem
from evaluation.publishing.rows import Part
from evaluation.services.releases.access import sees_private
from evaluation.views.release_items import VIEW
from evaluation.views.releases import release_labelled
from pipeline.records import Disclosure

_MACHINES = (("statement", "drew the statement"), ("triple", "wrote question and reversal"))


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def passport_page(request: HttpRequest, label: str, key: str) -> HttpResponse:
    """One item with its chain. A document whose disclosure is ``reference`` shows no words of it."""
    item = _item(request.user, label, key)
    row = item.told
    passport = told_passport(item)
    context = {
        "item": item,
        "release": item.release,
        "row": row,
        "evidence": "" if row.disclosure == Disclosure.REFERENCE else row.evidence,
        "link": row.url if _is_web(row.url) else "",
        "passport": passport,
        "decisions": [_decision(decision) for decision in _dicts(passport.get("decisions"))],
        "machines": _machines(passport),
        "drawn_by": _made_by(passport.get("statement")),
        "worded_by": _made_by(passport.get("triple")),
        "checks": _checks(passport.get("triple")),
        "reviews": _dicts(passport.get("reviews")),
        "votes": [(answer, number) for answer, number in row.votes.items() if number],
    }
    return render(request, "evaluation/release_item.html", context)


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def passport_json(request: HttpRequest, label: str, key: str) -> HttpResponse:
    """The passport as it is stored and as the release's files have it, to the byte."""
    item = _item(request.user, label, key)
    if not item.passport:
        raise Http404("This item came without a passport.")
    return HttpResponse(item.passport, content_type="application/json")


def told_passport(item: ReleaseItem) -> dict[str, Any]:
    """The passport as a value; empty where an item has none, as in the paper's files."""
    found = json.loads(item.passport) if item.passport else {}
    return found if isinstance(found, dict) else {}


def _item(user: Any, label: str, key: str) -> ReleaseItem:
    """An item of a person's nations. Those held back are shown to who sees all nations."""
    release = release_labelled(label)
    items = ReleaseItem.objects.for_user(user).filter(release=release).select_related("nation")
    if not sees_private(user):
        items = items.exclude(part=Part.HOLDOUT)
    item = get_object_or_404(items, key=key)
    item.release = release
    return item


def _is_web(address: str) -> bool:
    """Whether a browser may be led there: other schemes could run code."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _decision(told: Mapping[str, Any]) -> dict[str, Any]:
    votes = told.get("votes")
    return {
        **told,
        "is_past": told.get("status") == DecisionStatus.SUPERSEDED,
        "by_vote": list(votes.items()) if isinstance(votes, dict) else [],
        "made_by": _made_by(told),
    }


def _machines(passport: Mapping[str, Any]) -> list[tuple[dict[str, Any], list[str]]]:
    """Each rule set, model and prompt that took part, with what it did, in the order of the flow."""
    decisions = _dicts(passport.get("decisions"))
    statement, triple = ((passport.get(name), what) for name, what in _MACHINES)
    done = [statement, *((told, f"decision {told.get('number')}") for told in decisions), triple]
    found: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for told, what in done:
        if made := _made_by(told):
            found.setdefault(json.dumps(made, sort_keys=True), (made, []))[1].append(what)
    return list(found.values())


def _made_by(told: Any) -> dict[str, Any]:
    """What made it; empty for people's work."""
    found = told.get("made_by") if isinstance(told, dict) else None
    return found if isinstance(found, dict) and any(found.values()) else {}


def _checks(triple: Any) -> list[tuple[str, str]]:
    """Each check of a triple and what came of it, in words."""
    found = triple.get("checks") if isinstance(triple, dict) else None
    words = {True: "passed", False: "failed"}
    return [
        (name.replace("_", " "), words[value] if isinstance(value, bool) else str(value))
        for name, value in (found.items() if isinstance(found, dict) else ())
    ]


def _dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list: a passport of another installation may hold anything."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
