"""Pages of releases: all of them, one with how it was made and what is in it, and its folder as a file."""

from __future__ import annotations

import json
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from annotation.lifecycle import ReleaseStatus
from evaluation.models import Release
from evaluation.publishing.archive import ArchiveError, zip_folder
from evaluation.publishing.formats.citation import bibtex
from evaluation.publishing.rows import PUBLIC_PARTS
from evaluation.services.releases.access import works_for_all_of
from evaluation.views.release_words import gate_lines, recipe_words

VIEW = "evaluation.view_release"
MAKE = "evaluation.add_release"  # who may make releases sees drafts
_CARD = "README.md"
_MOST = 200_000  # bytes of a data card on a page


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    """Releases by name, versions newest first; drafts with what their gates found for who makes releases."""
    rows = Release.objects.built().defer("gates", "recipe").order_by("name", "-pk")
    context: dict[str, Any] = {
        "names": [
            (name, [(row, *_sizes(row)) for row in versions])
            for name, versions in groupby(rows, key=lambda row: row.name)
        ]
    }
    if request.user.has_perm(MAKE):
        drafts = Release.objects.filter(status=ReleaseStatus.DRAFT).select_related("created_by")
        context["drafts"] = [
            (draft, gate_lines([gate for gate in draft.gates if not gate.get("passed")], with_rows=True))
            for draft in drafts.order_by("name")
        ]
    return render(request, "evaluation/releases.html", context)


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def release_detail(request: HttpRequest, label: str) -> HttpResponse:
    """One built release. A name without a version leads to its newest one."""
    release = release_labelled(label)
    if release.label != label:
        return redirect("evaluation:release", label=release.label)
    manifest = release.told if release.manifest else None
    if request.user.has_perm(MAKE):
        gates = gate_lines(release.gates, with_rows=True)
    else:
        gates = gate_lines(manifest.gates if manifest else ())
    context = {
        "release": release,
        "manifest": manifest,
        "recipe": recipe_words(manifest.recipe, manifest.nation_names) if manifest else [],
        "parts": PUBLIC_PARTS,
        "counts": _counts(release),
        "gates": [line for line in gates if line.is_asked],
        "measured": [line for line in gates if not line.is_asked],
        "card": _card(release),
        "bibtex": bibtex(manifest) if manifest else "",
        "withdrawn": release.events.filter(new=ReleaseStatus.WITHDRAWN).first(),
        "may_download": _may_download(request.user, release),
    }
    return render(request, "evaluation/release.html", context)


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def release_folder(request: HttpRequest, label: str) -> HttpResponseBase:
    """The release's folder as a ZIP file; holdout items are in no file of it. A release that never was
    published is for those who work for all its nations. 409 when the folder is not what was written."""
    release = release_labelled(label)
    if not _may_download(request.user, release):
        raise PermissionDenied
    try:
        pieces = zip_folder(Path(release.folder), release.digest)
    except (ArchiveError, OSError) as error:
        text = f"{error}. An operator writes it again: manage.py rebuild_release {release.label}\n"
        return HttpResponse(text, status=409, content_type="text/plain; charset=utf-8")
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{Path(release.folder).name}.zip"'
    return response


def release_labelled(label: str) -> Release:
    """The built release ``name@version``, or the newest version of a name. Raises ``Http404``."""
    release = Release.objects.built().named(label).select_related("previous").first()
    if release is None:
        raise Http404(f"There is no release {label}.")
    return release


def _may_download(user: Any, release: Release) -> bool:
    """Its files hold all nations' items: what was published is out in the world, the rest is not."""
    if not release.folder or not release.digest:
        return False
    return release.published_at is not None or works_for_all_of(user, release)


def _sizes(release: Release) -> tuple[int | None, list[str]]:
    """Number of public items, and nations, as the manifest has them; items of all releases are too many to
    count for a list."""
    if not release.manifest:
        return None, []
    told = json.loads(release.manifest)
    return sum(told["counts"].values()) + sum(told["preferences"].values()), sorted(told["nation_names"])


def _counts(release: Release) -> list[tuple[str, str, list[int], int]]:
    """Public items per nation and type: a number for each part, and their sum; the last row has all."""
    rows = release.items.public().order_by("nation_id", "-source_type")
    counted = rows.values_list("nation_id", "source_type", "part").annotate(number=Count("pk"))
    found = [
        (nation, kind, {part: number for *_, part, number in group})
        for (nation, kind), group in groupby(counted, key=lambda row: row[:2])
    ]
    lines = [(nation, kind, [parts.get(part, 0) for part in PUBLIC_PARTS]) for nation, kind, parts in found]
    sums = [sum(column) for column in zip(*(numbers for *_, numbers in lines), strict=True)]
    every = chain(lines, [("all", "", sums)] if lines else [])
    return [(nation, kind, numbers, sum(numbers)) for nation, kind, numbers in every]


def _card(release: Release) -> str:
    """The data card as it stands in the folder; empty when it is not on this server."""
    try:
        with (Path(release.folder) / _CARD).open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST)
    except OSError:
        return ""
