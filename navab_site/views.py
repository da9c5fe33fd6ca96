"""The front page, and whether the site is well."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from annotation.models import Nation
from annotation.services.overview import steps_by_nation
from evaluation.models import ReleaseItem

# key, noun, what happens there
STEPS = (
    ("documents", _("Documents"), _("News and official texts, cleaned; copies are linked.")),
    ("topics", _("Topics"), _("Documents on the same subject, screened for values.")),
    ("statements", _("Statements"), _("Positions, each with the words it rests on and who holds it.")),
    ("conflicts", _("Conflicts"), _("Statements that contradict each other; both sides may stay.")),
    ("triples", _("Triples"), _("A question, the statement, and its reversal.")),
    ("gold", _("Gold"), _("Approved by native speakers.")),
    ("items", _("Release items"), _("Frozen, and put to language models.")),
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is; for those logged in, how much there is of each step in their nations."""
    context: dict[str, object] = {"steps": STEPS}
    if request.user.is_authenticated:
        counts = {**steps_by_nation(), "items": _items_by_nation()}
        nations = list(Nation.objects.for_user(request.user))
        context["table"] = [
            (nation, [counts[key].get(nation.pk, 0) for key, *_rest in STEPS]) for nation in nations
        ]
        context["waiting"] = sum(counts["waiting"].get(nation.pk, 0) for nation in nations)
    return render(request, "home.html", context)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """``ok`` when the database answers, else status 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database unavailable\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def _items_by_nation() -> dict[str, int]:
    return dict(ReleaseItem.objects.order_by().values_list("nation").annotate(number=Count("pk")))
