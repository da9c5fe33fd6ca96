"""Topics over real rows: new documents join them, decisions stay, and a changed corpus is clustered anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from annotation.models import Decision, Document, DocumentTag, Run, TagRound, Topic, TopicMembership
from annotation.services.stages.run import run_pipeline
from annotation.services.stages.topic_rows import tags_of, write_tags
from pipeline.flow import Engines
from pipeline.tagging.loop import TaggingResult
from tests import factories
from tests.themes import STRANGE, THEMES, text_about

pytestmark = pytest.mark.django_db


def add(subjects: Iterable[str], first: int) -> list[Document]:
    """Documents of one outlet, each about one subject."""
    return [
        factories.DocumentFactory(
            nation=factories.nation("GB"),
            language="en",
            title="",
            text=text_about(words, first + number),
        )
        for number, words in enumerate(subjects)
    ]


def cluster() -> dict[str, Any]:
    [report] = run_pipeline(nations=["GB"], stage="topics", engines=Engines(), progress=lambda *_: None)
    return report.counts


def members() -> dict[int, int]:
    """Document to its current topic."""
    rows = TopicMembership.objects.filter(is_current=True, topic__is_current=True)
    return dict(rows.values_list("document_id", "topic_id"))


@pytest.fixture
def subject_topics() -> dict[str, int]:
    """Sixty documents about four subjects, clustered; subject to the topic its documents are in."""
    documents = add([words for _ in range(15) for words in THEMES.values()], 0)
    cluster()
    found = members()
    topics = {
        name: Counter(found[row.pk] for row in documents[number::4] if row.pk in found).most_common(1)[0][0]
        for number, name in enumerate(THEMES)
    }
    assert len(set(topics.values())) == 4
    return topics


def test_new_documents_join_the_topics_that_are_there(subject_topics: dict[str, int]) -> None:
    verdict = factories.DecisionFactory(
        nation=factories.nation("GB"),
        statement=None,
        topic_id=subject_topics["farms"],
        kind="topic_screening",
        label="sensitive",
    )
    before, sizes = members(), dict(Topic.objects.values_list("pk", "size"))
    new = add(THEMES.values(), 1_000)

    counts = cluster()

    after = members()
    assert {pk: topic for pk, topic in after.items() if pk in before} == before
    joined = {
        row.pk: topic for row, topic in zip(new, subject_topics.values(), strict=True) if row.pk in after
    }
    assert {pk: after[pk] for pk in joined} == joined
    assert counts["items"] == 4
    assert counts["in_topics"] == len(joined) >= 3
    grown = Counter(joined.values())
    assert dict(Topic.objects.values_list("pk", "size")) == {pk: n + grown[pk] for pk, n in sizes.items()}
    assert set(Topic.objects.values_list("is_current", flat=True)) == {True}
    assert Decision.objects.get(pk=verdict.pk).status == verdict.status
    assert Run.objects.get(stage="topics", parameters__en__method="nearest centroid").counts == counts
    assert cluster() == {}


def test_documents_that_come_later_leave_earlier_newcomers_where_they_are(
    subject_topics: dict[str, int],
) -> None:
    add(list(THEMES.values())[:2], 1_000)
    cluster()
    before = members()
    add(list(THEMES.values())[2:], 2_000)

    counts = cluster()

    assert counts["items"] == 2
    assert members().items() >= before.items()


def test_new_document_that_fits_no_topic_is_tagged(subject_topics: dict[str, int]) -> None:
    [first] = add([STRANGE], 1_000)
    assert cluster() == {"items": 1, "tagged": 1}
    own = set(DocumentTag.objects.filter(document=first, is_current=True).values_list("tag__name", flat=True))
    [second] = add([STRANGE], 2_000)

    counts = cluster()

    assert counts == {"items": 1, "tagged": 1}
    current = DocumentTag.objects.filter(is_current=True)
    shared = set(current.filter(document=first).values_list("tag__name", flat=True))
    assert shared
    assert shared <= own
    assert current.filter(document=second).exists()
    last = TagRound.objects.latest("pk")
    assert sum(last.tags.values()) == current.count()


def test_many_new_documents_make_new_topics(subject_topics: dict[str, int]) -> None:
    new = add([STRANGE] * 16, 1_000)

    counts = cluster()

    found = members()
    assert counts["items"] == 76
    assert len({found[row.pk] for row in new if row.pk in found}) == 1
    succeeded = set(Topic.objects.current().values_list("succeeds", flat=True)) - {None}
    assert succeeded == set(subject_topics.values())


def screened(topic: int, status: str, judge_type: str) -> Decision:
    """A decision that the topic is not about values."""
    return factories.DecisionFactory(
        nation=factories.nation("GB"),
        statement=None,
        topic_id=topic,
        kind="topic_screening",
        label="not_sensitive",
        status=status,
        judge_type=judge_type,
        judge="someone",
    )


def heir_of(topic: int) -> Topic:
    return Topic.objects.current().get(succeeds=topic)


def test_verdict_stays_with_the_documents_of_a_subject_that_has_more_than_doubled(
    subject_topics: dict[str, int],
) -> None:
    screened(subject_topics["farms"], "settled", "annotators")
    founders = list(Document.objects.filter(topic_memberships__topic=subject_topics["farms"]))
    new = add([THEMES["farms"]] * 20, 1_000)

    cluster()

    found = members()
    on_farms = {found[row.pk] for row in (*founders, *new) if row.pk in found}
    verdicts = Decision.objects.filter(topic__is_current=True)
    assert set(verdicts.values_list("topic", flat=True)) == on_farms
    assert set(verdicts.values_list("label", "status", "judge_type")) == {
        ("not_sensitive", "settled", "annotators")
    }


def test_verdict_goes_to_every_part_of_a_topic() -> None:
    # One topic of two subjects, as a coarser clustering would have made it.
    mixed = add([THEMES["farms"], THEMES["ships"]] * 15 + [THEMES["schools"], THEMES["hospitals"]] * 15, 0)
    run = factories.RunFactory(stage="topics", nation=factories.nation("GB"), version="coarse")
    old = factories.TopicFactory(run=run, nation=factories.nation("GB"), language="en", size=30)
    for row in mixed[:30]:
        TopicMembership.objects.create(topic=old, document=row, strength=1.0)
    screened(old.pk, "settled", "annotators")

    cluster()

    verdicts = Decision.objects.filter(topic__is_current=True)
    parts = {members()[row.pk] for row in mixed[:30] if row.pk in members()}
    assert len(parts) == 2
    assert set(verdicts.values_list("topic", flat=True)) == parts
    assert set(verdicts.values_list("label", "status")) == {("not_sensitive", "settled")}


@pytest.mark.parametrize("status", ["asked", "disputed"])
def test_question_that_is_with_people_goes_on_about_the_heir(
    status: str, subject_topics: dict[str, int]
) -> None:
    asked = screened(subject_topics["ships"], status, "rules")
    open_one = screened(subject_topics["farms"], "open", "rules")
    add([STRANGE] * 16, 1_000)

    cluster()

    asked.refresh_from_db()
    open_one.refresh_from_db()
    assert (asked.topic, asked.status) == (heir_of(subject_topics["ships"]), status)
    assert asked.events.latest("pk").note.startswith(f"goes on about topic {asked.topic_id}")
    assert (open_one.topic_id, open_one.status) == (subject_topics["farms"], "superseded")
    # The next screening leaves the question to people.
    list(run_pipeline(nations=["GB"], stage="screening", engines=Engines(), progress=lambda *_: None))
    assert list(heir_of(subject_topics["ships"]).decisions.all()) == [asked]


def test_changed_document_makes_topics_anew(subject_topics: dict[str, int]) -> None:
    Document.objects.filter(pk=Document.objects.earliest("pk").pk).update(text_digest="0" * 40)

    assert cluster()["items"] == 60


def test_tags_are_written_again_only_for_documents_whose_tags_changed() -> None:
    same, other, gone, new = add(["harbour crane"] * 4, 1)
    first, second = (factories.RunFactory(stage="topics", nation=same.nation) for _ in range(2))
    write_tags(
        first, "en", TaggingResult({same.pk: ("b", "a"), other.pk: ("a", "c"), gone.pk: ("a",)}, ({"a": 3},))
    )

    write_tags(
        second,
        "en",
        TaggingResult({same.pk: ("a", "b"), other.pk: ("a", "d"), gone.pk: (), new.pk: ("e",)}, ({"a": 2},)),
    )

    rows = DocumentTag.objects.order_by("pk").values_list("document", "tag__name", "run", "is_current")
    assert list(rows) == [
        (same.pk, "a", first.pk, True),
        (same.pk, "b", first.pk, True),
        (other.pk, "a", first.pk, False),
        (other.pk, "c", first.pk, False),
        (gone.pk, "a", first.pk, False),
        (other.pk, "a", second.pk, True),
        (other.pk, "d", second.pk, True),
        (new.pk, "e", second.pk, True),
    ]
    assert tags_of("GB", "en") == {same.pk: ("a", "b"), other.pk: ("a", "d"), new.pk: ("e",)}
    assert list(TagRound.objects.order_by("run").values_list("run", "tags")) == [
        (first.pk, {"a": 3}),
        (second.pk, {"a": 2}),
    ]
