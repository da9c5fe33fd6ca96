"""An annotator's page: what is open, where to answer it, how one does, and what one has asked."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from annotation.models import ProjectKind, StudioProject
from annotation.models.person import ANNOTATOR
from annotation.services.overview import open_reviews
from annotation.services.people.inquiries import inquiries_of, mark_answers_seen
from annotation.services.people.qualifications import qualifications_of
from annotation.services.people.stats import figures
from annotation.views.people import person_of

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
    """Open reviews of one's nations by kind, with the way to them, one's qualifications and figures, and
    one's questions to curators with their answers."""
    person = person_of(request)
    projects = set(StudioProject.objects.for_user(request.user).values_list("nation", "kind"))
    rows = []
    for row in open_reviews(request.user):
        title, question = QUESTIONS[ProjectKind(row["kind"])]
        rows.append({**row, "title": title, "question": question, "url": _address(projects, row)})
    inquiries = inquiries_of(request.user)
    standing = qualifications_of(person)
    context = {
        "rows": rows,
        "figures": figures(request.user, assigned=sum(row["mine"] for row in rows)),
        "studio": bool(settings.LABEL_STUDIO_SERVERS),
        "is_annotator": request.user.groups.filter(name=ANNOTATOR).exists(),
        "nations": [(nation, standing.get(nation.pk)) for nation in person.nations.all()],
        "kinds": [(kind, title) for kind, (title, _question) in QUESTIONS.items()],
        "inquiries": inquiries,
    }
    response = render(request, "annotation/work.html", context)
    if request.method == "GET":
        mark_answers_seen(inquiries)
    return response


def _address(projects: set[tuple[str, str]], row: dict[str, str]) -> str:
    if not settings.LABEL_STUDIO_SERVERS or (row["nation"], row["kind"]) not in projects:
        return ""
    return reverse("annotation:label", args=[row["nation"], row["kind"]])
