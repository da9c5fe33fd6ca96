"""Figures of the data card that no row holds: the same for the same records, and of no person."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from annotation.models import DecisionKind, TopicMembership
from evaluation.publishing.recipe import Recipe
from evaluation.services.gold.agreement import agreement_of, alpha_by_nation
from evaluation.services.gold.collect import collect_gold
from evaluation.services.gold.facts import facts_of, publisher
from evaluation.services.releases.make import make_release
from evaluation.services.releases.rebuild import rebuild_release
from tests import factories
from tests.evaluation.gold import annotators, approve, waiting_triple

pytestmark = pytest.mark.django_db


def voted(nation: str, labels: list[tuple[str, str]], first: int = 0) -> None:
    """Items each voted on by the same two people."""
    people = annotators(2) if not first else None
    people = people or list(factories.User.objects.filter(username__startswith="secret").order_by("username"))
    for n, pair in enumerate(labels, first):
        approve(waiting_triple(nation, n), dict(zip(people, pair, strict=True)))


SPLIT = [("valid", "valid"), ("valid", "invalid"), ("invalid", "invalid"), ("valid", "valid")]


def test_alpha_by_nation_is_krippendorffs_nominal_alpha():
    voted("GB", SPLIT)
    found = alpha_by_nation(agreement_of(["GB"]))
    assert set(found) == {"GB"}
    # By hand: 1 - (n - 1) * o / (n0 * n1) with n = 8 values, 2 disagreeing pairs, 5 valid and 3 invalid.
    assert found["GB"].value == pytest.approx(1 - 7 * 2 / (2 * 5 * 3))
    assert found["GB"].items == 4
    assert found["GB"].low <= found["GB"].value <= found["GB"].high


def test_alpha_by_nation_has_no_value_without_two_labels():
    voted("GB", [("valid", "valid")])
    assert alpha_by_nation(agreement_of(["GB"]))["GB"][:3] == (None, None, None)


def test_alpha_by_nation_is_empty_without_votes():
    approve(waiting_triple("GB", 1))
    assert alpha_by_nation(agreement_of(["GB"])) == {}


def test_facts_tell_agreement_engines_and_what_was_left_out():
    voted("GB", SPLIT)
    for triple in list(collect_gold(Recipe())):
        statement = factories.Statement.objects.get(pk=triple.statement_id)
        topic = factories.TopicFactory(run__version="topics-1")
        TopicMembership.objects.create(topic=topic, document=statement.document, strength=1.0)
        for kind, label in (
            (DecisionKind.STATEMENT_SCREENING, "sensitive"),
            (DecisionKind.ATTRIBUTION, "quoted"),
        ):
            factories.DecisionFactory(
                kind=kind, statement=statement, triple=None, label=label, judge="rules-3", status="settled"
            )
    golds = collect_gold(Recipe())

    facts = facts_of(golds, {"size": 3, "contested": 1}, agreement_of(["GB"]))

    [agreement] = facts.pop("agreement")
    assert {
        name: agreement[name] for name in ("nation", "kind", "items", "votes", "annotators", "raw", "alpha")
    } == {
        "nation": "GB",
        "kind": "triple",
        "items": 4,
        "votes": 8,
        "annotators": 2,
        "raw": 0.75,
        "alpha": 0.5333,
    }
    assert facts == {
        "engines": [
            {"stage": "topics", "engine": "rules", "version": "topics-1", "items": 4},
            {"stage": "screening", "engine": "rules", "version": "rules-3", "items": 4},
            {"stage": "attribution", "engine": "rules", "version": "rules-3", "items": 4},
        ],
        "people": [],
        "left_out": {"contested": 1, "size": 3},
        "newest_decision": golds[0].decided_on,
        "annotators": 2,
    }


def test_facts_are_plain_values_without_a_person_and_the_same_again():
    voted("GB", SPLIT)
    told = [json.dumps(facts_of(collect_gold(Recipe()), {}, agreement_of(["GB"]))) for _ in range(2)]
    assert told[0] == told[1]
    assert "secret" not in told[0]


def test_people_who_judged_on_the_way_are_told_by_stage_and_kind():
    approve(waiting_triple("GB", 1))
    (gold,) = collect_gold(Recipe())
    statement = factories.Statement.objects.get(pk=gold.statement_id)
    factories.DecisionFactory(
        kind=DecisionKind.ATTRIBUTION, statement=statement, triple=None, label="quoted",
        judge_type="curator", judge="secret.curator", status="settled",
        decided_by=factories.user("secret.curator", group="curator"),
    )  # fmt: skip

    facts = facts_of([gold], {}, {})

    assert facts["people"] == [{"stage": "attribution", "judge": "curator", "items": 1}]
    assert facts["engines"] == []
    assert "secret" not in json.dumps(facts)


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://values.example.org/", "https://values.example.org"),
        ("http://10.0.0.7:8000", "http://10.0.0.7:8000"),
        ("http://127.0.0.1:8000", ""),
        ("http://[::1]:8000", ""),
        ("http://0.0.0.0", ""),
        ("http://localhost:8000", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_release_is_one_that_others_can_reach(settings, address: str, site: str):
    settings.NAVAB_PUBLIC_URL = address
    settings.NAVAB_PUBLISHER = ""

    assert publisher() == ({"publisher_url": site, "site": site} if site else {})


def test_a_release_is_cited_as_its_publisher_and_page_are_set(settings, tmp_path):
    settings.NAVAB_PUBLIC_URL, settings.NAVAB_PUBLISHER = "https://values.example.org", "Harbour Lab"
    approve(waiting_triple("GB", 1))

    release = make_release(name="cited", output=tmp_path)

    page = reverse("evaluation:release", args=[release.label])
    card = (tmp_path / "cited-1.0.0" / "README.md").read_text("utf-8")
    assert "  author = {{Harbour Lab}},\n" in card
    assert f"  url = {{https://values.example.org{page}}},\n" in card
    assert rebuild_release(release=release).is_equal
    settings.NAVAB_PUBLISHER = "Somebody else"  # what was frozen stays
    assert rebuild_release(release=release).is_equal
