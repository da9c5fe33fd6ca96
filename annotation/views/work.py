"""An annotator's page: what is open, where to answer it, and what one has answered."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from annotation.models import ProjectKind, StudioProject
from annotation.services.overview import open_reviews, votes_of

# What each kind of project asks.
QUESTIONS = {
    ProjectKind.SCREENING: (_("Screening"), _("Does this express or touch values?")),
    ProjectKind.STATEMENT: (_("Statement and attribution"), _("Who holds this position?")),
    ProjectKind.CONFLICT: (_("Conflict"), _("Do these two contradict each other?")),
    ProjectKind.TRIPLE: (_("Triple"), _("Is this a fair question with two opposed answers?")),
}


@login_required
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """Open reviews of one's nations by kind, with links to Label Studio, and one's own votes."""
    projects = {
        (project.nation_id, project.kind): project.remote_id
        for project in StudioProject.objects.for_user(request.user)
    }
    rows = []
    for row in open_reviews(request.user):
        title, question = QUESTIONS[ProjectKind(row["kind"])]
        rows.append({**row, "title": title, "question": question, "url": _address(projects, row)})
    context = {
        "rows": rows,
        "votes": votes_of(request.user),
        "studio": bool(settings.LABEL_STUDIO_SERVERS),
    }
    return render(request, "annotation/work.html", context)


def _address(projects: dict[tuple[str, str], int], row: dict[str, str]) -> str:
    remote_id = projects.get((row["nation"], row["kind"]))
    if not settings.LABEL_STUDIO_SERVERS or remote_id is None:
        return ""
    return reverse("annotation:label", args=[row["nation"], row["kind"]])
