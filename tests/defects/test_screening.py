"""Screening is a stored judgement with its reason, never a search for words and never a list of names.

The defect: which topics are kept is typed by hand, the heap of documents that fit nowhere among them, and
clustering again makes the list void. A reply is taken for a no because "economic", "technology" or "not"
stands in it.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from annotation.models import Decision, DecisionKind, Derivation, Document, JudgeType, Topic, TopicMembership
from annotation.services.decisions.recording import settle_decision
from pipeline.embedding.hybrid import HybridEmbedder
from pipeline.engines.fake import QueueModel
from pipeline.engines.replies import clean
from pipeline.records import DocumentRecord, Sensitivity, StatementRecord, TopicRecord
from pipeline.screening.model import StatementScreeningModel, TopicScreeningModel
from pipeline.screening.rules import TopicScreeningRules, judge_topic
from pipeline.text.profile import profile
from pipeline.text.signals import signals
from pipeline.topics.find import find_topics
from pipeline.topics.labels import KeywordLabeller
from pipeline.topics.parameters import TopicParameters
from tests import factories
from tests.defects.engines import AnsweringModel, FakeEngines, run_stage

TEXT = "It rained. Every child should eat at school. The vote is on Monday."
DOCUMENT = DocumentRecord(1, "GB", "en", TEXT, "Meals")
STATEMENT = StatementRecord(3, "Every child should eat at school.", "en", (11, 44), DOCUMENT)
TOPIC = TopicRecord(3, "GB", "en", "economic technology", ("economy", "not", "no"), (TEXT,))

# Words in which a careless reader finds an answer.
TREACHEROUS = (
    "no",
    "not",
    "No.",
    "yes",
    "yes and no",
    "economic",
    "technology",
    "nothing unknown",
    "not_sensitive",
    "sensitive",
    "not sensitive",
    "insensitive",
    "label: not_sensitive",
    '"label": "sensitive"',
    "non",
    "nein",
    "不",
)
RATIONALES = st.lists(st.sampled_from(TREACHEROUS) | st.text(max_size=15), max_size=6).map(" ".join)


def screen(reply: str) -> list[tuple[tuple[object, ...], str]]:
    """What both screenings make of one reply: outputs and error."""
    topics = TopicScreeningModel(QueueModel([reply]), samples=1).run([TOPIC])
    statements = StatementScreeningModel(QueueModel([reply]), samples=1).run([STATEMENT])
    return [(result.outputs, result.error) for result in (*topics, *statements)]


# What a reply says


@settings(deadline=None)
@given(st.sampled_from(Sensitivity), RATIONALES)
def test_label_is_what_its_field_says_whatever_words_stand_beside_it(
    label: Sensitivity, rationale: str
) -> None:
    for outputs, error in screen(json.dumps({"label": label, "rationale": rationale})):
        [judgement] = outputs
        assert (judgement.label, judgement.rationale, error) == (label, clean(rationale), "")


OTHER_LABELS = st.sampled_from(TREACHEROUS).filter(lambda word: word not in list(Sensitivity)) | st.none()
MALFORMED = st.one_of(
    RATIONALES,
    RATIONALES.map(lambda words: f"The topic is sensitive. {words}"),
    st.tuples(OTHER_LABELS, RATIONALES).map(lambda two: json.dumps({"label": two[0], "rationale": two[1]})),
    RATIONALES.map(lambda words: json.dumps({"rationale": words})),
    RATIONALES.map(lambda words: json.dumps({"label": ["sensitive", "not_sensitive"], "rationale": words})),
    RATIONALES.map(lambda words: json.dumps({"label": "sensitive", "rationale": words, "also": "no"})),
    RATIONALES.map(lambda words: json.dumps({"label": "sensitive", "rationale": words}) + " or not"),
)


@settings(deadline=None)
@given(MALFORMED)
def test_reply_that_does_not_fit_the_schema_is_no_label_but_an_error(reply: str) -> None:
    for outputs, error in screen(reply):
        assert outputs == ()
        assert error.startswith("reply does not fit the schema: ")


@pytest.mark.django_db
def test_screening_is_stored_with_label_confidence_reason_and_reply() -> None:
    reason = "No, not only economic: technology, too; yes and no."
    kept, dropped, odd = (factories.StatementFactory(text=f"Town {n} must not act.") for n in range(3))
    replies = {
        kept.text: json.dumps({"label": "sensitive", "rationale": reason}),
        dropped.text: json.dumps({"label": "not_sensitive", "rationale": "Yes, sensitive."}),
        odd.text: "Sensitive: yes. Not sensitive: no.",
    }
    model = AnsweringModel(lambda blocks: replies[blocks["statement"][0]])

    run_stage("GB", "screening", FakeEngines(model=model))

    stored = Decision.objects.order_by("pk").values_list("statement", "label", "rationale", "judge_type")
    assert list(stored) == [
        (kept.pk, "sensitive", reason, JudgeType.MODEL),
        (dropped.pk, "not_sensitive", "Yes, sensitive.", JudgeType.MODEL),
    ]
    for decision in Decision.objects.select_related("derivation__run"):
        assert 0 <= decision.confidence <= 1
        assert decision.judge == decision.derivation.run.version
        assert replies[decision.statement.text] in decision.derivation.raw_reply
    failed = Derivation.objects.get(statement=odd)
    assert (failed.is_finished, failed.raw_reply) == (False, replies[odd.text])
    assert "does not fit the schema" in failed.error


# What a topic is called

SUBJECTS = {
    "en": (("school", "meals", "justice"), ("The state must protect every child and its human rights.",)),
    "fr": (("école", "repas", "justice"), ("L'État doit protéger l'égalité et la justice pour tous.",)),
    "de": (("Zug", "Strecke", "Wetter"), ("Der Zug kam am Montag zu spät.",)),
    "zh": (("足球", "比赛"), ("球队星期一赢了比赛。",)),
}
NAMES = st.sampled_from(
    ["", "-1", "0", "Topic 7", "noise", "outliers", "none", "no", "yes", "bruit", "Rest", "其他", "噪声"]
) | st.text(max_size=12)


@settings(deadline=None)
@given(
    st.sampled_from(sorted(SUBJECTS)),
    st.lists(st.tuples(st.integers(-5, 10_000), NAMES, st.sampled_from(["GB", "XX", "CN"])), min_size=2),
)
def test_no_name_number_or_nation_is_privileged(language: str, called: list[tuple[int, str, str]]) -> None:
    assume(not any(signals(name, profile(language)).values for _, name, _ in called))
    keywords, exemplars = SUBJECTS[language]

    judged = [
        judge_topic(TopicRecord(key, nation, language, name, keywords, exemplars))
        for key, name, nation in called
    ]

    assert len({repr(judgement) for judgement in judged}) == 1


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(len(SUBJECTS))), st.permutations(range(len(SUBJECTS))))
def test_topics_that_swap_names_and_places_keep_their_judgements(names: list[int], order: list[int]) -> None:
    topics = [
        TopicRecord(number, "GB", language, f"Topic {names[number]}", keywords, exemplars)
        for number, (language, (keywords, exemplars)) in enumerate(SUBJECTS.items())
    ]
    alone = {topic.key: judge_topic(replace(topic, label="Topic 0")) for topic in topics}

    found = TopicScreeningRules().run([topics[place] for place in order])

    assert {result.key: result.outputs for result in found} == {key: (one,) for key, one in alone.items()}
    assert {judgement.label for judgement in alone.values()} == set(Sensitivity)


@settings(deadline=None)
@given(NAMES, NAMES)
def test_the_model_is_told_the_name_and_asked_the_same(one: str, other: str) -> None:
    model = AnsweringModel(lambda blocks: '{"label": "not_sensitive", "rationale": ""}')

    results = TopicScreeningModel(model, samples=1).run([replace(TOPIC, label=name) for name in (one, other)])

    assert [[judgement.label for judgement in result.outputs] for result in results] == [
        ["not_sensitive"]
    ] * 2
    for block in ("keywords", "text"):
        assert len(set(model.shown(block))) == 1


# What fits no topic

MEALS = [
    "Free school meals must reach every hungry child in primary schools.",
    "Parents pay too much for school meals, the teachers say.",
    "Hot school meals help children learn in primary classes.",
    "The cook serves school meals to hungry children at noon.",
    "School meals for children should be cooked by the school.",
]
TRAINS = [
    "The night train to the coast was cancelled again by the railway.",
    "Railway workers want safer night trains on the coast line.",
    "New trains for the coast railway arrive in spring.",
    "The railway must repair the coast line before night trains return.",
    "Trains on the coast line run late every night, the railway admits.",
]
NOISE = ["12 05 7", "…", "3.14"]


@settings(deadline=None, max_examples=10)
@given(st.lists(st.sampled_from([*MEALS, *TRAINS, *NOISE]), max_size=16))
def test_documents_that_fit_nowhere_make_no_topic(texts: list[str]) -> None:
    documents = [DocumentRecord(key, "GB", "en", text) for key, text in enumerate(texts, start=1)]

    found = find_topics(
        documents,
        embedder=HybridEmbedder(),
        parameters=TopicParameters(),
        labeller=KeywordLabeller(),
    )

    members = [key for topic in found.topics for key, _ in topic.members]
    assert sorted([*members, *found.outliers]) == [document.key for document in documents]
    assert not [key for key in members if documents[key - 1].text in NOISE]


@pytest.fixture
def corpus() -> list[Document]:
    """Documents on two subjects, and three that are on none."""
    outlet = factories.OutletFactory(nation=factories.nation("GB"))
    return [factories.DocumentFactory(text=text, title="", outlet=outlet) for text in MEALS + TRAINS + NOISE]


@pytest.mark.django_db
def test_what_fits_no_topic_is_never_screened_as_one_and_is_read_all_the_same(
    corpus: list[Document],
) -> None:
    for stage in ("topics", "screening", "statements"):
        run_stage("GB", stage)

    noise = corpus[-len(NOISE) :]
    assert Topic.objects.count() == 2
    assert not TopicMembership.objects.filter(document__in=noise).exists()
    screened = Decision.objects.filter(kind=DecisionKind.TOPIC_SCREENING)
    assert set(screened.values_list("topic", flat=True)) == set(Topic.objects.values_list("pk", flat=True))
    assert Derivation.objects.filter(stage="statements", document__in=noise, is_finished=True).count() == 3


# What happens when topics are found again


def topic_of(document: Document) -> Topic:
    return Topic.objects.get(memberships__document=document, memberships__is_current=True)


@pytest.mark.django_db
@pytest.mark.parametrize("verdict", [str(label) for label in Sensitivity])
def test_verdict_of_a_person_outlives_every_new_clustering(corpus: list[Document], verdict: str) -> None:
    for stage in ("topics", "screening"):
        run_stage("GB", stage)
    first = topic_of(corpus[0])
    carl = factories.user("carl@example.org", group="curator", nations=("GB",))
    settle_decision(
        decision=Decision.objects.get(topic=first),
        label=verdict,
        judge_type=JudgeType.CURATOR,
        judge="carl@example.org",
        actor=carl,
    )

    seen = {first.pk}
    for more in ("Cold school meals help no hungry child.", "Who cooks the school meals for children?"):
        factories.DocumentFactory(text=more, title="", outlet=corpus[0].outlet)
        for stage in ("topics", "screening"):
            run_stage("GB", stage)
        topic = topic_of(corpus[0])
        assert topic.pk not in seen
        seen.add(topic.pk)
        [decision] = topic.decisions.exclude(status="superseded")
        assert (decision.label, decision.status, decision.decided_by) == (verdict, "settled", carl)

    run_stage("GB", "statements")
    members = Document.objects.filter(topic_memberships__topic=topic)
    read = Derivation.objects.filter(stage="statements", document__in=members)
    assert read.exists() is (verdict == Sensitivity.SENSITIVE)
