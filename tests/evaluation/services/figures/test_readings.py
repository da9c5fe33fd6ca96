"""What is computed from a run's answers in columns is what the definitions give, item by item."""

from __future__ import annotations

import json
import random
from dataclasses import asdict

import pytest

from evaluation.models import Answer
from evaluation.scoring.answer_judgement import Verdict, combine_verdicts
from evaluation.scoring.grouping import group_models
from evaluation.scoring.metrics import ALL, Dimension, ScoredItem, credits_of, score_slices, slice_scores
from evaluation.scoring.multiple_choice import OptionOrder
from evaluation.scoring.option_bias import OrderedChoice, option_bias
from evaluation.scoring.outcomes import Choice, ItemOutcome, combine_orders
from evaluation.services.figures.boards import board_of, ranked, release_runs
from evaluation.services.figures.standings import standing
from evaluation.services.runs.protocols.verdicts import verdicts_text
from evaluation.services.runs.run_slices import run_slices
from evaluation.services.runs.summary import run_figures, scored_items, summarise_run
from tests.evaluation.answered import answered_run
from tests.evaluation.scored import scored_release

pytestmark = pytest.mark.django_db
OUTCOMES = ("statement", "reversed", "tie", "refusal", "invalid", "error")
PROTOCOLS = ("letters_logprob", "likelihood_sum", "free_answer")


def drawn_run(release, name, protocol, draw):
    """A finished run with answers of every kind; some are missing, some have a probability."""
    run = answered_run(release, name, lambda item: draw.choices(OUTCOMES[:2], k=2), protocol=protocol)
    for answer in Answer.objects.filter(run=run):
        answer.outcome = draw.choice(OUTCOMES)
        answer.probability = draw.choice([None, draw.random()])
        if protocol == "free_answer":
            answer.judge_reply = verdicts_text({order: draw.choice(list(Verdict)) for order in OptionOrder})
        answer.save()
    gone = draw.sample(list(Answer.objects.filter(run=run).values_list("pk", flat=True)), 4)
    Answer.objects.filter(pk__in=gone).delete()
    return run


def answers_by_item(run):
    found = {}
    for answer in Answer.objects.filter(run=run).select_related("item").order_by("item__key"):
        found.setdefault(answer.item, {})[answer.order] = answer
    return found


def plain_outcome(run, answers):
    if any(answer.outcome == "error" for answer in answers.values()):
        return None
    if run.protocol == "letters_logprob":
        if len(answers) < 2:
            return None
        return combine_orders(*(Choice(answer.outcome) for answer in answers.values()))
    (answer,) = answers.values()
    if run.protocol == "free_answer" and answer.outcome != "invalid":
        told = json.loads(answer.judge_reply)
        return combine_verdicts({OptionOrder(order): Verdict(one["verdict"]) for order, one in told.items()})
    return ItemOutcome(answer.outcome)


def plain_items(run):
    return [
        ScoredItem(
            item.nation_id,
            item.source_type,
            item.article_key,
            outcome,
            key=item.key,
            topic=item.topic,
            language=item.language,
            is_contested=item.is_contested,
            period=item.period,
        )
        for item, answers in answers_by_item(run).items()
        if (outcome := plain_outcome(run, answers)) is not None
    ]


def rounded(value):
    """To what the order of adding up cannot change."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    return round(value, 10) if isinstance(value, float) else value


@pytest.fixture
def release():
    return scored_release(24, nations=("FR", "GB"), per_article=3)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_summary_has_the_figures_of_the_items_and_counts_what_failed(release, protocol):
    run = drawn_run(release, "m", protocol, random.Random(protocol))
    expected = {}
    for score in score_slices(plain_items(run)):
        figures = {name: value for name, value in asdict(score).items() if name != "slice"}
        expected[score.value(Dimension.NATION), score.value(Dimension.SOURCE_TYPE)] = {**figures, "failed": 0}
    for item, answers in answers_by_item(run).items():
        if plain_outcome(run, answers) is None:
            for kind in (item.source_type, ALL):
                expected[item.nation_id, kind]["failed"] += 1
    found = summarise_run(run)
    bootstrap = [(row.pop("bootstrap_low"), row.pop("bootstrap_high")) for row in found]
    assert all(0.0 <= low <= high <= 1.0 for low, high in bootstrap)
    assert {(row.pop("nation"), row.pop("source_type")): row for row in found} == expected
    assert sum(row["failed"] for row in found) > 0
    assert scored_items(run) == plain_items(run)


def test_a_slice_that_failed_whole_has_a_row_without_figures(release):
    run = answered_run(release, "m", lambda item: ["error" if item.nation_id == "FR" else "statement"] * 2)
    rows = {(row["nation"], row["source_type"]): row for row in run.summary}
    assert [(row["nation"], row["source_type"]) for row in run.summary] == [
        ("GB", "official"), ("GB", "quoted"), ("GB", "all"),
        ("FR", "all"), ("FR", "official"), ("FR", "quoted"),
    ]  # fmt: skip
    assert (rows["FR", "all"]["items"], rows["FR", "all"]["rate"], rows["FR", "all"]["failed"]) == (
        0,
        None,
        24,
    )


@pytest.mark.parametrize("protocol", PROTOCOLS[:2])
def test_option_bias_is_that_of_the_items_with_any_answer(release, protocol):
    run = drawn_run(release, "m", protocol, random.Random(7))
    groups = {}
    for item, answers in answers_by_item(run).items():
        said = {
            order: Choice(answer.outcome) for order, answer in answers.items() if answer.outcome != "error"
        }
        given = {order: answer.probability for order, answer in answers.items()}
        choice = OrderedChoice(item.article_key, probability=given.get(""))
        if protocol == "letters_logprob":
            choice = OrderedChoice(
                item.article_key, said.get("s_rs"), said.get("rs_s"), given.get("s_rs"), given.get("rs_s")
            )
        for kind in (item.source_type, ALL):
            groups.setdefault(f"{item.nation_id}|{kind}", []).append(choice)
    found = run_figures(run)["option_bias"]
    assert list(found) == sorted(groups)
    for where, choices in groups.items():
        assert rounded(found[where]) == rounded(asdict(option_bias(choices)))


def test_the_board_and_the_slices_have_the_figures_of_the_items(release):
    draw = random.Random(3)
    runs = [drawn_run(release, name, "letters_logprob", draw) for name in ("a", "b", "c")]
    items = {run.pk: plain_items(run) for run in runs}
    board = board_of(runs[0])
    rows = standing(release, board, ranked(release_runs(release), board))
    assert [(row["nation"], row["source_type"]) for row in rows] == [
        (nation, kind) for nation in ("FR", "GB") for kind in ("quoted", "official", "all")
    ]
    for row in rows:
        inside = {
            str(pk): [
                item
                for item in found
                if item.nation == row["nation"] and row["source_type"] in (item.source_type, ALL)
            ]
            for pk, found in items.items()
        }
        grouped = group_models({name: credits_of(found) for name, found in inside.items()})
        assert [
            (str(model["run"]), model["agreement_rate"], model["letters"]) for model in row["models"]
        ] == [(model.name, model.rate, list(model.letters)) for model in grouped.models]
        assert [(str(pair["first"]), str(pair["second"]), pair["p_value"]) for pair in row["pairs"]] == [
            (pair.first, pair.second, pair.comparison.p_value) for pair in grouped.pairs
        ]
    for dimension, slices in run_slices(runs[0]).items():
        by = () if dimension == Dimension.NATION else (Dimension(dimension),)
        scores = slice_scores(items[runs[0].pk], (Dimension.NATION, *by))
        told = [(row["nation"], row["value"], row["items"], row["agreement_low"]) for row in slices]
        assert told == [
            (
                score.value(Dimension.NATION),
                score.value(by[0]) if by else "",
                score.items,
                score.agreement_low,
            )
            for score in scores
        ]
        assert [row["outcomes"] for row in slices] == [score.outcomes for score in scores]
