"""The chain of an item, told without a person, a database key or more of the article than may leave."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import (
    Decision,
    DecisionKind,
    JudgeType,
    Source,
    TopicMembership,
    Vote,
)
from annotation.services.curation.triage import give_verdict
from evaluation.publishing.recipe import Recipe
from evaluation.services.gold.collect import Gold, collect_gold, pseudonyms
from evaluation.services.gold.passports import passports
from tests import factories
from tests.evaluation.gold import annotators, approve, waiting_triple

pytestmark = pytest.mark.django_db


def golds() -> list[Gold]:
    found = collect_gold(Recipe())
    return [replace(gold, row=replace(gold.row, canary="canary 1")) for gold in found]


def told(found: list[Gold] | None = None) -> list[dict]:
    found = golds() if found is None else found
    return [json.loads(line) for line in passports(found, pseudonyms(found, "salt"))]


def chain(n: int = 1, **votes: str) -> Decision:
    """An item with a topic, a screening and an attribution by rules, voted valid by two."""
    decision = waiting_triple("GB", n)
    statement = decision.triple.statement
    topic = factories.TopicFactory(label="Parks", keywords=["park", "council"])
    TopicMembership.objects.create(topic=topic, document=statement.document, strength=1.0)
    factories.DecisionFactory(
        kind=DecisionKind.TOPIC_SCREENING, topic=topic, label="sensitive", status="settled", triple=None
    )
    factories.DecisionFactory(
        kind=DecisionKind.ATTRIBUTION,
        statement=statement,
        label="quoted",
        status="settled",
        triple=None,
        rationale="a name stands before the colon",
        evidence={"raw_confidence": 0.4},
        derivation=factories.DerivationFactory(
            document=None, run__stage="attribution", run__version="rules-2", prompt_digest="ab12"
        ),
    )
    factories.DecisionFactory(
        kind=DecisionKind.STATEMENT_SCREENING,
        statement=statement,
        label="sensitive",
        status="settled",
        triple=None,
    )
    return decision


def test_passport_tells_the_chain_in_the_order_of_the_flow():
    people = annotators(2)
    decision = chain()
    approve(decision, dict.fromkeys(people, "valid"))

    [passport] = told()

    document = decision.triple.statement.document
    assert list(passport) == [
        "id",
        "origin",
        "canary",
        "document",
        "span",
        "statement",
        "topic",
        "decisions",
        "triple",
        "reviews",
    ]
    assert passport["document"] == {
        "digest": document.text_digest,
        "url": "https://example.org/1",
        "outlet": document.outlet.name,
        "outlet_kind": "press",
        "published": "2024-05-01",
        "language": "en",
        "licence": "",
        "disclosure": "span",
        "row_key": document.row_key,
        "source": {
            "name": document.source.name,
            "format": "jsonl",
            "digest": document.source.digest,
        },
    }
    assert passport["span"] == {"start": 0, "end": len("The council must protect park 1.")}
    assert passport["topic"] == {"label": "Parks", "keywords": ["park", "council"]}
    assert [
        (made["number"], made["kind"], made["label"], made["judge"], made["status"], made["superseded_by"])
        for made in passport["decisions"]
    ] == [
        (1, "topic_screening", "sensitive", "rules-1", "settled", None),
        (2, "statement_screening", "sensitive", "rules-1", "settled", None),
        (3, "attribution", "quoted", "rules-1", "settled", None),
        (4, "triple", "valid", "rules-1", "superseded", 5),
        (5, "triple", "valid", "annotators", "settled", None),
    ]
    attribution, asked = passport["decisions"][2], passport["decisions"][3]
    assert (attribution["confidence"], attribution["raw_confidence"]) == (0.6, 0.4)
    assert attribution["rationale"] == "a name stands before the colon"
    assert attribution["made_by"] == {
        "stage": "attribution",
        "version": "rules-2",
        "engine": "rules",
        "prompt_digest": "ab12",
    }
    assert (asked["votes"], asked["annotators"], asked["agreement"]) == (
        {"valid": 2},
        ["annotator-1", "annotator-2"],
        1.0,
    )
    assert passport["triple"]["revisions"] == 0
    assert passport["reviews"] == [
        {
            "decision": 4,
            "kind": "triple",
            "purpose": "question",
            "status": "queued",
            "votes_required": 2,
            "votes": 2,
            "guidelines": [],
        }
    ]


def test_passport_counts_disagreement_and_revisions():
    people = annotators(3)
    decision = waiting_triple("GB", 1)
    labels = dict(zip(people, ("valid", "valid", "invalid"), strict=True))
    approve(decision, labels, value={"question": "What of park 1?"})

    [passport] = told()

    asked, verdict = passport["decisions"]
    assert (asked["votes"], asked["agreement"]) == ({"invalid": 1, "valid": 2}, 0.333333)
    assert (asked["superseded_by"], verdict["superseded_by"]) == (2, None)
    assert passport["triple"]["question"] == "What of park 1?"
    assert passport["triple"]["revisions"] == 1


def test_passport_tells_of_the_conflicts_an_item_is_in():
    ours, other = waiting_triple("GB", 1), waiting_triple("GB", 2)
    conflict = factories.ConflictFactory(first=ours.triple.statement, second=other.triple.statement)
    judged = factories.DecisionFactory(
        kind=DecisionKind.CONFLICT, conflict=conflict, label="keep_first", triple=None
    )
    curator = factories.user(group="curator")
    give_verdict(judged, "plurality", curator=curator, rationale="Ann told me both hold")
    for decision in (ours, other):
        approve(decision)

    seen = {
        (made["label"], made["side"], made["relation"], made["judge"], made["rationale"])
        for passport in told()
        for made in passport["decisions"]
        if made["kind"] == "conflict"
    }

    assert seen == {
        ("keep_first", "first", "contradiction", "rules-1", ""),
        ("keep_first", "second", "contradiction", "rules-1", ""),
        ("plurality", "first", "contradiction", "curator", ""),
        ("plurality", "second", "contradiction", "curator", ""),
    }


def test_passport_names_no_person_and_no_key(django_user_model):
    people = annotators(2)
    decision = chain()
    curator = factories.user("secret.curator@example.org", group="curator", first_name="Secretia")
    attribution = Decision.objects.get(kind=DecisionKind.ATTRIBUTION)
    give_verdict(attribution, "official", curator=curator, rationale="Secretia knows the speaker")
    approve(decision, dict.fromkeys(people, "valid"))
    Vote.objects.update(note="Secretia wrote this")
    screening = Decision.objects.get(kind=DecisionKind.TOPIC_SCREENING)
    Decision.objects.filter(pk=screening.pk).update(
        rationale=f"carried over from topic {screening.topic_id}, whose documents are here"
    )

    [line] = passports(golds(), pseudonyms(golds(), "salt"))

    assert "ecret" not in line
    assert "carried over from topic, whose documents are here" in line
    judged = [made for made in json.loads(line)["decisions"] if made["kind"] == "attribution"]
    assert [(made["judge"], made["superseded_by"]) for made in judged] == [
        ("rules-1", judged[1]["number"]),
        ("curator", None),
    ]


@pytest.mark.parametrize(
    ("disclosure", "reason", "drawn"),
    [
        ("full_text", "It rained on day 1, says the council.", True),
        ("span", "", True),
        ("reference", "", False),
    ],
)
def test_passport_gives_no_more_of_the_article_than_its_source_lets_leave(disclosure, reason, drawn):
    text = "The council must protect park 1. " + "It rained on day 1, says the council. " * 3
    document = factories.DocumentFactory(text=text)
    decision = waiting_triple("GB", 1, document=document)
    Decision.objects.filter(pk=decision.pk).update(
        judge_type=JudgeType.MODEL, rationale="It rained on day 1, says the council."
    )
    decision.refresh_from_db()
    approve(decision, value={"statement": "Park 1 must be protected."})
    Source.objects.update(disclosure=disclosure)

    [passport] = told()

    assert passport["decisions"][0]["rationale"] == reason
    assert passport["statement"]["text"] == ("The council must protect park 1." if drawn else "")
    assert passport["triple"]["statement"] == "Park 1 must be protected."


def test_passport_keeps_a_reason_in_other_words_and_shortens_it():
    decision = waiting_triple("GB", 1)
    Decision.objects.filter(pk=decision.pk).update(judge_type=JudgeType.MODEL, rationale="normative " * 50)
    decision.refresh_from_db()
    approve(decision)

    [passport] = told()

    assert passport["decisions"][0]["rationale"] == ("normative " * 50)[:240]


def test_passports_take_as_many_queries_for_three_items_as_for_one():
    people = annotators(2)
    for n in range(1, 4):
        approve(chain(n), dict.fromkeys(people, "valid"))
    found = golds()
    counts = []
    for size in (1, 3):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            passports(found[:size], pseudonyms(found, "salt"))
        counts.append(len(captured))
    assert counts == [9, 9]


def test_passports_stand_in_the_order_asked_for():
    for n in range(1, 4):
        approve(chain(n))
    found = golds()
    expected = [gold.row.id for gold in reversed(found)]
    assert [passport["id"] for passport in told(found[::-1])] == expected
