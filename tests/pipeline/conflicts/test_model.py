"""The language model as judge of pairs."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from pipeline.conflicts.model import ConflictReply, PairJudgeModel
from pipeline.engines.fake import QueueModel
from pipeline.engines.openai import OpenAIModel
from pipeline.records import ConflictItem, Edge, Relation
from tests.openai_server import Recorded, error, openai_server
from tests.tiny_model import read_blocks


def item(key: int, text: str) -> ConflictItem:
    return ConflictItem(key, text, "en", "GB:1", "The Times", "Ann Smith", as_of=date(2024, 5, key))


FOR, AGAINST = item(1, "The park must be sold now."), item(2, "The park must not be sold now.")


def reply(relation: str) -> str:
    return f'{{"relation": "{relation}", "rationale": "why {relation}"}}'


def test_relations_are_those_of_the_record() -> None:
    assert set(get_args(ConflictReply.model_fields["relation"].annotation)) == {str(r) for r in Relation}


def test_judge_asks_both_orders() -> None:
    model = QueueModel([reply("contradiction"), reply("contradiction")])

    [edge] = PairJudgeModel(model, samples=1).judge([(AGAINST, FOR, 0.9)])

    assert edge == Edge(
        1, 2, Relation.CONTRADICTION, 0.5, 0.9, "why contradiction (confidence from none)",
        f"{reply('contradiction')}\n{reply('contradiction')}",
    )  # fmt: skip
    shown = [read_blocks(request.messages[0]["content"]) for request in model.requests]
    assert [blocks["first statement"] for blocks in shown] == [[FOR.text], [AGAINST.text]]
    assert shown[0]["second origin"] == ["Speaker: Ann Smith\nOutlet: The Times\nAs of: 2024-05-02"]


def test_judge_is_unsure_where_the_orders_disagree() -> None:
    def answer(asked: Recorded) -> str:
        first = read_blocks(asked.prompt)["first statement"][0]
        return reply("contradiction" if first == FOR.text else "compatible")

    with openai_server(answer) as server:
        [edge] = PairJudgeModel(OpenAIModel(server.base_url, "", "tiny")).judge([(FOR, AGAINST, 0.9)])

    assert edge.confidence == 0.5
    assert edge.rationale.startswith(
        "the orders disagree: contradiction as given, compatible the other way round. "
    )


def test_judge_is_as_sure_as_the_two_orders_on_average() -> None:
    with openai_server() as server:
        [edge] = PairJudgeModel(OpenAIModel(server.base_url, "", "tiny")).judge([(FOR, AGAINST, 0.9)])

    assert edge.relation is Relation.CONTRADICTION
    assert 0.8 < edge.confidence < 1.0
    assert "(confidence from logprobs)" in edge.rationale


def test_judge_passes_over_a_pair_seen_before() -> None:
    with openai_server() as server:
        judge = PairJudgeModel(OpenAIModel(server.base_url, "", "tiny"))
        edges = list(judge.judge([(FOR, AGAINST, 0.9), (AGAINST, FOR, 0.9)]))

    assert (len(edges), len(server.requests)) == (1, 2)


def test_judge_gives_no_edge_for_a_pair_it_could_not_judge_and_says_so() -> None:
    third = item(3, "Unreadable.")

    def answer(asked: Recorded):
        return error(400, "no such thing") if "Unreadable." in asked.prompt else None

    with openai_server(answer) as server:
        judge = PairJudgeModel(OpenAIModel(server.base_url, "", "tiny"))
        edges = list(judge.judge([(FOR, third, 0.5), (FOR, AGAINST, 0.9), (AGAINST, third, 0.5)]))

    assert [(edge.first, edge.second) for edge in edges] == [(1, 2)]
    assert sorted(judge.failed) == [(1, 3), (2, 3)]


def test_judge_refuses_a_statement_paired_with_itself() -> None:
    with pytest.raises(ValueError, match="statement 1 cannot be paired with itself"):
        list(PairJudgeModel(QueueModel()).judge([(FOR, FOR, 1.0)]))
