"""The order of the flow in the admin's sidebar, and the pages of those who curate."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

# Title of a group, then its tables, each with the name of its icon.
FLOW: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "The flow",
        (
            ("annotation.nation", "flag"),
            ("annotation.outlet", "newspaper"),
            ("annotation.source", "folder"),
            ("annotation.rejectedrow", "block"),
            ("annotation.document", "article"),
            ("annotation.topic", "category"),
            ("annotation.tag", "label"),
            ("annotation.taground", "labs"),
            ("annotation.statement", "format_quote"),
            ("annotation.conflictgroup", "hub"),
            ("annotation.conflict", "compare_arrows"),
            ("annotation.triple", "quiz"),
        ),
    ),
    (
        "Judgement",
        (
            ("annotation.decision", "gavel"),
            ("annotation.review", "rate_review"),
            ("annotation.vote", "how_to_vote"),
            ("annotation.event", "history"),
        ),
    ),
    (
        "Machine room",
        (
            ("annotation.run", "play_circle"),
            ("annotation.derivation", "account_tree"),
            ("annotation.policy", "tune"),
            ("annotation.guarantee", "verified"),
            ("annotation.studioserver", "dns"),
            ("annotation.studioproject", "edit_note"),
            ("annotation.studioincident", "warning"),
        ),
    ),
    (
        "Release and evaluation",
        (
            ("evaluation.release", "inventory_2"),
            ("evaluation.releaseitem", "list"),
            ("evaluation.candidatemodel", "smart_toy"),
            ("evaluation.evalrun", "speed"),
            ("evaluation.answer", "chat"),
            ("evaluation.answervote", "how_to_vote"),
            ("evaluation.submission", "upload_file"),
        ),
    ),
    (
        "People",
        (
            ("annotation.person", "person"),
            ("annotation.qualification", "workspace_premium"),
            ("annotation.goldquestion", "star"),
            ("annotation.quizattempt", "fact_check"),
            ("annotation.inquiry", "contact_support"),
            ("auth.user", "badge"),
            ("auth.group", "group"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: what this person may see, in the order of the flow."""
    groups = []
    for title, names in FLOW:
        items = [
            {
                "title": capfirst(apps.get_model(name)._meta.verbose_name_plural),
                "icon": icon,
                "link": reverse("admin:{}_{}_changelist".format(*name.split("."))),
            }
            for name, icon in names
            if request.user.has_perm("{}.view_{}".format(*name.split(".")))
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


# Pages besides the admin: title, address name, permission.
CURATION = (
    (_("Conflicts"), "annotation:conflicts", "annotation.view_conflict"),
    (_("Adjudication"), "annotation:adjudication", "annotation.change_decision"),
    (_("Agreement"), "annotation:agreement", "annotation.view_review"),
    (_("Policies"), "annotation:policies", "annotation.view_guarantee"),
    (_("Annotators"), "annotation:annotators", "annotation.change_qualification"),
    (_("Inquiries"), "annotation:inquiries", "annotation.change_inquiry"),
    (_("Operations"), "annotation:operations", "annotation.view_studioserver"),
)


def curation(request: HttpRequest) -> dict[str, Any]:
    """For every template: the curation pages this person may see."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {
        "curation": [
            {"title": title, "address": reverse(name), "is_here": here == name}
            for title, name, permission in CURATION
            if user.has_perm(permission)
        ]
    }
