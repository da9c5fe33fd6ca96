"""What every installation begins with: five nations, policies for all of them, groups and their permissions.

Groups, from least to most:

- annotator: documents of own nations, and own votes. No statements, triples, decisions or reviews: their
  statuses and sources are what the machine or others said, and nobody is to be swayed by that.
- researcher: releases, items, candidate models, runs and answers; may add and change candidate models, and
  submit answers or an endpoint to be scored.
- curator: sees everything of own nations; the ``change`` permissions stand for the admin's actions (verdicts,
  reviews, running again), since rows that machines made cannot be typed into. Makes, publishes and withdraws
  releases.
- operator: everything a curator and a researcher can, in all nations; edits nations, outlets, policies and
  people, adds and changes users. Groups are read-only and superusers are out of reach: only a superuser hands
  out more than an operator's own powers.
"""

from __future__ import annotations

from typing import Any

NATIONS: tuple[dict[str, Any], ...] = (
    {
        "code": "CN",
        "name": "China",
        "aliases": ["CHN", "PRC", "People's Republic of China", "中国", "中國", "Chine"],
        "languages": ["zh", "en"],
        "script": "Hans",
    },
    {
        "code": "DE",
        "name": "Germany",
        "aliases": ["DEU", "GER", "Deutschland", "Allemagne", "german", "德国"],
        "languages": ["de", "en"],
        "script": "Latn",
    },
    {
        "code": "FR",
        "name": "France",
        "aliases": ["FRA", "République française", "French Republic", "Frankreich", "法国"],
        "languages": ["fr", "en"],
        "script": "Latn",
    },
    {
        "code": "GB",
        "name": "United Kingdom",
        "aliases": ["UK", "U.K.", "GBR", "Great Britain", "Britain", "Royaume-Uni", "Großbritannien", "英国"],
        "languages": ["en"],
        "script": "Latn",
    },
    {
        "code": "US",
        "name": "United States",
        "aliases": ["USA", "U.S.", "U.S.A.", "United States of America", "America", "États-Unis", "美国"],
        "languages": ["en"],
        "script": "Latn",
    },
)

# kind: (confidence from which a machine's decision stands, share audited, votes required).
# Above 1: never alone, so nothing becomes gold without people.
POLICIES: dict[str, tuple[float, float, int]] = {
    "topic_screening": (0.8, 0.05, 2),
    "statement_screening": (0.8, 0.05, 2),
    "attribution": (0.85, 0.05, 2),
    "conflict": (0.95, 0.05, 2),
    "triple": (1.1, 0.05, 2),
}

_RECORD = [
    "nation",
    "outlet",
    "source",
    "rejectedrow",
    "document",
    "topic",
    "topicmembership",
    "tag",
    "documenttag",
    "taground",
    "statement",
    "conflictgroup",
    "conflictside",
    "conflict",
    "triple",
    "decision",
    "review",
    "vote",
    "event",
    "run",
    "derivation",
    "policy",
    "guarantee",
    "studioproject",
    "qualification",
    "goldquestion",
    "quizattempt",
    "inquiry",
    "countedvote",
    "voterevision",
]
_EVALUATION = ["release", "releaseitem", "releaseevent", "candidatemodel", "evalrun", "answer", "submission"]
_ACTED_ON = [
    "source",
    "document",
    "topic",
    "statement",
    "conflict",
    "triple",
    "decision",
    "derivation",
    "qualification",
    "goldquestion",
    "inquiry",
]


def _all(app: str, verb: str, models: list[str]) -> set[tuple[str, str, str]]:
    return {(app, model, verb) for model in models}


_ANNOTATOR = _all("annotation", "view", ["nation", "document", "vote"])
_RESEARCHER = _all("evaluation", "view", _EVALUATION) | {
    ("annotation", "nation", "view"),
    ("evaluation", "candidatemodel", "add"),
    ("evaluation", "candidatemodel", "change"),
    ("evaluation", "submission", "add"),
}
_CURATOR = (
    _all("annotation", "view", _RECORD)
    | _all("annotation", "change", _ACTED_ON)
    | _all("evaluation", "view", ["release", "releaseitem", "releaseevent"])
    | {("evaluation", "release", "add"), ("evaluation", "release", "change")}
)
_OPERATOR = (
    _CURATOR
    | _RESEARCHER
    | {
        (app, model, verb)
        for app, model in (
            ("annotation", "nation"),
            ("annotation", "outlet"),
            ("annotation", "policy"),
            ("annotation", "person"),
            ("evaluation", "candidatemodel"),
        )
        for verb in ("view", "add", "change", "delete")
    }
    | _all("annotation", "view", ["studioserver", "studioincident"])
    | {("annotation", "studioincident", "change")}
    | _all("auth", "view", ["user", "group"])
    | {("auth", "user", "add"), ("auth", "user", "change")}
)

# group: permissions as (app, model, verb)
GROUPS: dict[str, set[tuple[str, str, str]]] = {
    "curator": _CURATOR,
    "annotator": _ANNOTATOR,
    "researcher": _RESEARCHER,
    "operator": _OPERATOR,
}


def seed_nations(apps: Any, using: str) -> None:
    """Add the nations and policies that are not there yet; rows that are there stay as they are."""
    nations = apps.get_model("annotation", "Nation").objects.using(using)
    policies = apps.get_model("annotation", "Policy").objects.using(using)
    for fields in NATIONS:
        nations.get_or_create(code=fields["code"], defaults=fields)
    for kind, (threshold, audit_rate, votes) in POLICIES.items():
        policies.get_or_create(
            nation=None,
            kind=kind,
            defaults={"threshold": threshold, "audit_rate": audit_rate, "votes_required": votes},
        )


def seed_groups(apps: Any, using: str) -> None:
    """Make the groups hold exactly their permissions.

    Django makes permission rows only after all migrations, so those still missing are made here.
    """
    groups = apps.get_model("auth", "Group").objects.using(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    for name, wanted in GROUPS.items():
        rows = []
        for app, model, verb in sorted(wanted):
            content_type, _ = types.get_or_create(app_label=app, model=model)
            row, _ = permissions.get_or_create(
                content_type_id=content_type.pk,
                codename=f"{verb}_{model}",
                defaults={"name": f"Can {verb} {model}"},
            )
            rows.append(row)
        groups.get_or_create(name=name)[0].permissions.set(rows)
