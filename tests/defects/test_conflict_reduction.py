"""Conflict reduction asks little, always ends, leaves nothing to chance, and the next stage obeys it.

The defect: a model is asked about every ordered pair; cycles are enumerated on a complete graph, which has
more of them than can ever be counted; two of three measures of closeness are random numbers; statements
count as opposed because they are unlike; and the next step reads the unreduced list.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.models import Conflict, Decision, DecisionKind, JudgeType, Statement, Triple
from annotation.services.decisions.recording import settle_decision
from pipeline.conflicts.candidates import candidate_pairs
from pipeline.conflicts.closeness import geographic_closeness, social_closeness, weight_modifier
from pipeline.conflicts.graph import conflict_groups, proposed_outcome
from pipeline.conflicts.model import PairJudgeModel
from pipeline.conflicts.rules import PairJudgeRules, judge_pair
from pipeline.flow import Engines
from pipeline.records import ConflictItem, ConflictOutcome, Edge, Relation
from tests import factories
from tests.defects.engines import AnsweringModel, run_stage

NEIGHBOURS = 10  # pairs a statement may bring, at most twice over
NOUNS = ("tax", "school", "border", "health", "energy", "court", "press", "army", "trade", "water", "land")
SHAPES: dict[str, Callable[[int], str]] = {
    "all say the same": lambda n: "The state must protect the water of the land.",
    "all nearly the same": lambda n: f"Town {n} must protect the water of the land.",
    "many shared words": lambda n: " ".join(
        ["We must", *random.Random(n).choices(NOUNS, k=6), "not" * (n % 2)]
    ),
}


@dataclass
class CountingJudge:
    """The rules judge, and which pairs it was asked about."""

    asked: list[tuple[int, int]] = field(default_factory=list)
    version: str = "counting-1"

    def judge(self, pairs: Iterable[tuple[ConflictItem, ConflictItem, float]]) -> Iterator[Edge]:
        for first, second, similarity in pairs:
            self.asked.append((first.key, second.key))
            yield from PairJudgeRules().judge([(first, second, similarity)])


@dataclass(frozen=True)
class CountingEngines(Engines):
    """The rules engine with a judge that counts."""

    pair_judge: Any = field(default_factory=CountingJudge)


def item(key: int, text: str = "", **fields: Any) -> ConflictItem:
    return ConflictItem(key, text or f"text {key}", **{"language": "en", "block": "GB:1", **fields})


def statement(text: str, **fields: Any) -> Statement:
    """A candidate that opens an article of its own."""
    article = f"{text}\nThat is report {Statement.objects.count()}."
    document = factories.DocumentFactory(text=article, **fields)
    return factories.StatementFactory(document=document, text=text, span_end=len(text))


# How much is asked


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 150), st.sampled_from(sorted(SHAPES)), st.integers(1, 12))
def test_judge_is_asked_in_proportion_to_statements_never_to_pairs(
    count: int, shape: str, neighbours: int
) -> None:
    items = [item(n, SHAPES[shape](n)) for n in range(1, count + 1)]
    judge = CountingJudge()
    by_key = {one.key: one for one in items}

    pairs = candidate_pairs(items, neighbours=neighbours)
    list(judge.judge((by_key[a], by_key[b], similarity) for a, b, similarity in pairs))

    assert len(judge.asked) <= min(2 * neighbours * count, count * (count - 1) // 2)
    assert len({frozenset(pair) for pair in judge.asked}) == len(judge.asked)


@pytest.mark.django_db
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_stage_asks_about_each_candidate_once_and_never_again(shape: str) -> None:
    place, count = factories.nation("GB"), 70
    outlet = factories.OutletFactory(nation=place)
    for n in range(count):
        statement(SHAPES[shape](n), outlet=outlet)
    engines = CountingEngines()

    run_stage("GB", "conflicts", engines)
    asked = list(engines.pair_judge.asked)
    assert 0 < len(set(asked)) == len(asked) == Conflict.objects.count() <= 2 * NEIGHBOURS * count
    assert len(asked) < count * (count - 1) / 2

    statement("One more town must protect the water of the land.", outlet=outlet)
    run_stage("GB", "conflicts", engines)
    new = engines.pair_judge.asked[len(asked) :]
    assert len(new) <= 2 * NEIGHBOURS
    assert not {frozenset(pair) for pair in new} & {frozenset(pair) for pair in asked}


@settings(deadline=None)
@given(st.integers(2, 8), st.randoms(use_true_random=False))
def test_pair_given_twice_or_turned_round_is_asked_about_once(count: int, chance: random.Random) -> None:
    items = [item(n) for n in range(count)]
    pairs = [(a, b, 0.5) for a, b in combinations(items, 2)]
    again = [*pairs, *((b, a, similarity) for a, b, similarity in pairs)]
    chance.shuffle(again)
    model = AnsweringModel(lambda blocks: '{"relation": "compatible", "rationale": ""}')

    by_model = list(PairJudgeModel(model, samples=1).judge(again))

    assert len(by_model) == len(list(PairJudgeRules().judge(again))) == len(pairs)
    assert len(model.requests) == 2 * len(pairs)  # once in each order


# It always ends


@pytest.mark.timeout(60)
@pytest.mark.parametrize("contradicting", [1.0, 0.5], ids=["all opposed", "half opposed"])
def test_complete_graph_of_hundreds_is_resolved(contradicting: float) -> None:
    chance = random.Random(1)
    items = [item(n, outlet=f"outlet {n}") for n in range(300)]
    relations = [
        Relation.CONTRADICTION if chance.random() < contradicting else Relation.COMPATIBLE
        for _ in range(300 * 299 // 2)
    ]
    edges = [
        Edge(a.key, b.key, relation, 0.8, 0.5)
        for (a, b), relation in zip(combinations(items, 2), relations, strict=True)
    ]

    groups = conflict_groups(items, edges)

    sided = [key for group in groups for key in group.sides]
    assert sorted(sided) == [one.key for one in items]
    group_of = {key: group for group in groups for key in group.sides}
    outcomes = [
        proposed_outcome(
            edge, group_of[edge.first] if group_of[edge.first] is group_of[edge.second] else None
        )
        for edge in edges
    ]
    assert len(outcomes) == len(edges)


# Nothing is left to chance

TEXTS = [
    f"{who} {duty} {what}."
    for who in ("The state", "Every town", "Parliament")
    for duty in ("must protect", "must not protect", "should fund")
    for what in ("free schools", "the water of the land", "a free press")
]


def reduced(items: list[ConflictItem]) -> tuple[Any, ...]:
    """Pairs, edges, groups and proposals for these statements."""
    by_key = {one.key: one for one in items}
    pairs = list(candidate_pairs(items, neighbours=4))
    edges = list(PairJudgeRules().judge((by_key[a], by_key[b], score) for a, b, score in pairs))
    groups = conflict_groups(items, edges)
    return pairs, edges, groups, [proposed_outcome(edge, group) for edge in edges for group in groups]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(TEXTS), st.integers(0, 5)), min_size=12, max_size=60),
    st.randoms(use_true_random=False),
    st.integers(0, 2**32 - 1),
)
def test_same_statements_in_any_order_and_whatever_the_dice_end_the_same(
    drawn: list[tuple[str, int]], chance: random.Random, seed: int
) -> None:
    items = [item(n, text, outlet=f"outlet {outlet}") for n, (text, outlet) in enumerate(drawn)]
    expected = reduced(items)
    _, edges, groups, _ = expected
    chance.shuffle(items)
    random.seed(seed)
    np.random.seed(seed)

    assert reduced(items) == expected
    assert conflict_groups(items, chance.sample(edges, len(edges))) == groups


NAMES = st.sampled_from(["", "Ann Lee", "ann  lee", "The Daily", "Greens"])
VOICES = st.builds(
    lambda speaker, party, outlet, country: item(
        1, speaker=speaker, party=party, outlet=outlet, country=country
    ),
    NAMES, NAMES, NAMES, st.sampled_from(["", "FR", "DE"]),
)  # fmt: skip


@settings(deadline=None)
@given(VOICES, VOICES)
def test_closeness_is_known_from_the_record_or_not_at_all(first: ConflictItem, second: ConflictItem) -> None:
    both = [name for name in ("speaker", "party", "outlet") if getattr(first, name) and getattr(second, name)]
    social, geographic = social_closeness(first, second), geographic_closeness(first, second)

    assert (social is not None) == bool(both)
    assert (geographic is not None) == bool(first.country and second.country)
    assert (social, geographic) == (social_closeness(second, first), geographic_closeness(second, first))
    if social is None and geographic is None:
        assert weight_modifier(first, second, -1) == weight_modifier(first, second, 1) == 1.0


# What is unlike is not opposed

UNRELATED = {
    "en": (
        "The harbour must be deepened.",
        "Nobody should pay for a library card.",
        "Teachers must never work on Sundays.",
        "Bread is better than medicine.",
    ),
    "fr": (
        "Le port doit être approfondi.",
        "Personne ne devrait payer une carte de bibliothèque.",
        "Les maîtres ne doivent jamais travailler le dimanche.",
    ),
    "de": (
        "Der Hafen muss tiefer werden.",
        "Niemand soll für Bücher bezahlen.",
        "Lehrkräfte dürfen sonntags nicht arbeiten.",
    ),
    "zh": ("港口必须加深。", "图书馆不应收费。", "面包胜过药品。"),
}


@pytest.mark.parametrize("language", sorted(UNRELATED))
def test_statements_on_different_things_are_no_contradiction(language: str) -> None:
    items = [item(n, text, language=language) for n, text in enumerate(UNRELATED[language])]

    assert list(candidate_pairs(items)) == []
    for first, second in combinations(items, 2):
        assert judge_pair(first, second).relation is Relation.COMPATIBLE


@settings(deadline=None)
@given(
    st.sampled_from(["en", "fr", "de", "zh"]).flatmap(
        lambda language: st.lists(
            st.sampled_from(UNRELATED[language]), min_size=2, max_size=2, unique=True
        ).map(lambda texts: [item(n, text, language=language) for n, text in enumerate(texts)])
    ),
    st.sampled_from(Relation),
    st.floats(-1, 1),
)
def test_relation_never_follows_from_the_similarity(
    pair: list[ConflictItem], relation: Relation, similarity: float
) -> None:
    model = AnsweringModel(lambda blocks: f'{{"relation": "{relation}", "rationale": "not alike"}}')
    first, second = pair

    [by_rules] = PairJudgeRules().judge([(first, second, similarity)])
    [by_model] = PairJudgeModel(model, samples=1).judge([(first, second, similarity)])

    assert (by_rules.relation, by_rules.similarity) == (Relation.COMPATIBLE, similarity)
    assert (by_model.relation, by_model.similarity) == (relation, similarity)


@pytest.mark.django_db
def test_nation_of_unlike_statements_has_no_conflict() -> None:
    for text in UNRELATED["en"]:
        statement(text)

    run_stage("GB", "conflicts")

    assert not Conflict.objects.filter(sign=-1).exists()
    assert set(Statement.objects.values_list("status", flat=True)) == {"candidate"}


# The next stage reads what was kept


@pytest.mark.django_db
def test_triples_are_made_of_the_kept_side_only() -> None:
    first = statement("The state must protect free schools in every town.")
    second = statement("The state must not protect free schools in every town.")
    other = statement("Bread is better than medicine for every child.")
    run_stage("GB", "conflicts")
    conflict = Conflict.objects.get(relation=Relation.CONTRADICTION)
    assert {conflict.first, conflict.second} == {first, second}

    def with_triples() -> set[Statement]:
        run_stage("GB", "triples")
        return {triple.statement for triple in Triple.objects.select_related("statement")}

    def settle(outcome: ConflictOutcome) -> None:
        live = Decision.objects.exclude(status="superseded").get(kind=DecisionKind.CONFLICT)
        settle_decision(decision=live, label=outcome, judge_type=JudgeType.ANNOTATORS, judge="2 annotators")

    assert with_triples() == {other}  # an open conflict holds both sides back
    settle(ConflictOutcome.KEEP_FIRST)
    assert with_triples() == {other, conflict.first}
    second.refresh_from_db()
    assert second.status == "set_aside"
    settle(ConflictOutcome.PLURALITY)  # reversed: both stand
    assert with_triples() == {other, first, second}
