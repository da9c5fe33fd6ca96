"""Letters of a run stand for its items exactly, and figures are computed again when a run changes."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from evaluation.models import Answer, StoredFigures
from evaluation.scoring.metrics import Dimension, credits_of
from evaluation.services.figures.boards import board_of, boards_of, ranked, release_runs
from evaluation.services.figures.grids import grid
from evaluation.services.figures.sheets import sheet_of
from evaluation.services.figures.standings import keep_standing, standing
from evaluation.services.runs.run_slices import run_slices
from evaluation.services.runs.summary import scored_items
from tests.evaluation.answered import answered_run
from tests.evaluation.scored import scored_release

pytestmark = pytest.mark.django_db
OUTCOMES = ("statement", "reversed", "tie", "refusal", "invalid", "error")


@pytest.mark.parametrize("seed", range(3))
def test_a_sheet_says_what_the_answers_say(seed):
    draw = random.Random(seed)
    release = scored_release(40, nations=("FR", "GB"), holdout=3, per_article=3)
    run = answered_run(release, "m", lambda item: draw.choices(OUTCOMES, k=2), holdout=True)
    over = grid(release, holdout=True)
    sheet = sheet_of(run, over)
    expected = scored_items(run)
    assert sheet.scored(over, over.places()) == expected
    assert sheet.credits(over, over.places()) == credits_of(expected)
    assert sheet_of(run, over) == sheet


def test_a_run_of_free_answers_has_a_sheet_too():
    release = scored_release(4)
    run = answered_run(release, "m", ["statement", "reversed"], protocol="free_answer")
    over = grid(release)
    assert sheet_of(run, over).outcomes == "FFFF"
    assert sheet_of(run, over).bias == {}


def test_places_are_those_of_the_slice():
    release = scored_release(4, nations=("FR", "GB"))
    over = grid(release)
    places = over.places(((Dimension.NATION, "GB"), (Dimension.SOURCE_TYPE, "quoted")))
    assert [(over.items[at].nation_id, over.items[at].source_type) for at in places] == [("GB", "quoted")] * 2
    assert list(over.places(((Dimension.NATION, "US"),))) == []


def test_figures_are_kept_until_a_run_has_ended_again():
    release = scored_release(3)
    run = answered_run(release, "m", ["statement", "statement"])
    over = grid(release)
    sheet_of(run, over)
    Answer.objects.filter(run=run).update(outcome="reversed")
    assert sheet_of(run, over).outcomes == "SSS"
    run.finished_at = timezone.now()
    run.save()
    assert sheet_of(run, over).outcomes == "RRR"
    assert StoredFigures.objects.count() == 1


def test_the_board_of_a_run_that_finishes_is_kept_and_that_of_a_stopped_one_is_not():
    release = scored_release(3)
    keep_standing(answered_run(release, "half", ["statement", "statement"], status="stopped"))
    assert StoredFigures.objects.count() == 0
    run = answered_run(release, "whole", ["statement", "statement"])
    keep_standing(run)
    kept = StoredFigures.objects.count()
    runs = release_runs(release)
    rows = standing(release, board_of(run), ranked(runs, board_of(run)))
    assert [row["models"][0]["model"] for row in rows] == ["whole"] * 3
    assert StoredFigures.objects.count() == kept == 2


def test_boards_keep_protocols_judges_and_private_items_apart():
    release = scored_release(2, holdout=1)
    answered_run(release, "a", ["statement", "statement"], holdout=True)
    answered_run(release, "a", ["statement", "statement"])
    answered_run(release, "a", ["statement", "statement"], protocol="free_answer", judge="one")
    answered_run(release, "a", ["statement", "statement"], protocol="free_answer", judge="two")
    assert [
        (board.protocol, board.judge, board.is_holdout) for board in boards_of(release_runs(release))
    ] == [
        ("letters", "", False),
        ("free_answer", "one", False),
        ("free_answer", "two", False),
        ("letters", "", True),
    ]


def test_slices_of_a_run_never_pool_nations():
    release = scored_release(5, nations=("FR", "GB", "US"))
    run = answered_run(release, "m", ["statement", "statement"])
    rows = [row for found in run_slices(run).values() for row in found]
    assert {row["nation"] for row in rows} == {"FR", "GB", "US"}
    assert max(row["items"] for row in rows) == 5
