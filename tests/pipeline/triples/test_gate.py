"""The gate: a reversal that does not contradict its statement is no triple."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from pipeline.conflicts.rules import PairJudgeRules
from pipeline.flow import Engines
from pipeline.records import ConflictItem, DocumentRecord, Edge, Relation, StatementRecord, TripleDraft
from pipeline.stage import Result, Scope
from pipeline.triples.gate import CHECK, GatedTriples


def record(key: int, text: str, language: str = "en") -> StatementRecord:
    return StatementRecord(key, text, language, (0, len(text)), DocumentRecord(key, "GB", language, text))


class Scripted:
    """A stage with fixed reversals."""

    name, version, scope = "triples", "scripted-1", Scope.ITEM

    def __init__(self, reversals: dict[int, str | None]) -> None:
        self.reversals = reversals

    def run(self, items: Iterable[StatementRecord]) -> Iterator[Result[TripleDraft]]:
        for item in items:
            text = self.reversals[item.key]
            outputs = (
                (TripleDraft("What about it?", text, 0.7, {"differs": True}, "scripted"),) if text else ()
            )
            yield Result(item.key, outputs, "" if text else "nothing came")


class Silent:
    """A judge that cannot judge."""

    version = "silent-1"

    def judge(self, pairs: Iterable[tuple[ConflictItem, ConflictItem, float]]) -> Iterator[Edge]:
        list(pairs)
        return iter(())


def test_gate_passes_a_contradiction_and_fails_a_paraphrase():
    items = [record(1, "The state must fund schools."), record(2, "The state must fund schools.")]
    stage = Scripted({1: "The state must not fund schools.", 2: "The state must fund the schools."})

    first, second = GatedTriples(stage, PairJudgeRules()).run(items)

    assert (first.outputs[0].checks[CHECK], first.outputs[0].confidence) == (True, 0.7)
    assert (second.outputs[0].checks[CHECK], second.outputs[0].confidence) == (False, 0.2)
    assert second.outputs[0].rationale.startswith("scripted; no contradiction: judged ")


def test_gate_keeps_errors_in_their_places_and_fails_what_could_not_be_judged():
    stage = Scripted({1: None, 2: "No.", 3: "Never."})

    results = list(GatedTriples(stage, Silent()).run([record(key, "Yes, we must.") for key in (1, 2, 3)]))

    assert [(result.key, result.error) for result in results] == [(1, "nothing came"), (2, ""), (3, "")]
    assert results[1].outputs[0].rationale == "scripted; no contradiction: the pair could not be judged"


def test_gate_works_over_many_batches():
    items = [record(key, f"Town {key} must fund schools.") for key in range(250)]
    stage = Scripted({key: f"Town {key} must not fund schools." for key in range(250)})

    results = list(GatedTriples(stage, PairJudgeRules()).run(items))

    assert [result.key for result in results] == list(range(250))
    assert all(result.outputs[0].checks[CHECK] for result in results)


def test_version_names_stage_and_judge():
    one, other = GatedTriples(Scripted({}), PairJudgeRules()), GatedTriples(Scripted({}), Silent())

    assert one.version.startswith("scripted-1+gate-")
    assert one.version != other.version


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The state must protect the freedom of the press."),
        ("fr", "L'État doit protéger la liberté de la presse."),
        ("de", "Der Staat muss die Freiheit der Presse schützen."),
        ("zh", "国家必须保护新闻自由。"),
    ],
)
def test_flow_holds_drafts_of_the_rules_against_the_judge(language: str, text: str):
    [result] = Engines().triples.run([record(1, text, language)])

    assert result.outputs[0].checks[CHECK] is True


def test_relation_to_the_statement_is_judged_as_of_one_day():
    stage = Scripted({1: "不再保护劳动者权益。"})

    [result] = GatedTriples(stage, PairJudgeRules()).run([record(1, "切实保护劳动者权益。", "zh")])

    assert result.outputs[0].checks[CHECK] is True
    assert Relation.DIFFERENT_TIME.value not in result.outputs[0].rationale
