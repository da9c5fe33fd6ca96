"""Two releases compared: what changed, why, and what that does to the scores of models asked before."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotation.services.curation.triage import give_verdict
from evaluation.models import LIKELIHOODS, Answer, CandidateModel, EvalRun, Release, StoredFigures
from evaluation.publishing.formats.spreadsheet import original_cell
from evaluation.publishing.recipe import Recipe
from evaluation.scoring.outcomes import ItemOutcome
from evaluation.services.figures.sheets import keep_control
from evaluation.services.releases.make import make_release
from evaluation.services.runs.summary import scored_items, slice_rows
from tests import factories
from tests.evaluation.gold import annotators, approve, waiting_triple

pytestmark = pytest.mark.django_db


def approved(first: int, last: int, nation: str = "GB") -> None:
    for n in range(first, last):
        approve(waiting_triple(nation, n))


def number_of(item) -> int:
    return int("".join(letter for letter in item.statement if letter.isdigit()))


def answered(
    release: Release, agrees, *, prompts: str = "p", protocol: str = "letters", **fields: object
) -> EvalRun:
    """A finished run whose model says S for the items that ``agrees`` takes, in all orders, else RS."""
    candidate, _ = CandidateModel.objects.get_or_create(name="candidate", backend="openai")
    run = EvalRun.objects.create(
        release=release,
        candidate=candidate,
        method="mc",
        protocol=protocol,
        prompt_digest=prompts,
        status="finished",
        **fields,
    )
    Answer.objects.bulk_create(
        Answer(
            run=run,
            item=item,
            order=order,
            outcome="statement" if agrees(number_of(item)) else "reversed",
        )
        for item in release.items.evaluated()
        for order in (("",) if protocol in LIKELIHOODS else ("s_rs", "rs_s"))
    )
    return run


def likely(release: Release, agrees, random) -> EvalRun:
    """A likelihood run as :func:`answered` beside random weights that say S for what ``random`` takes."""
    run = answered(release, agrees, protocol="likelihood_token")
    said = {
        item.key: ItemOutcome.STATEMENT if random(number_of(item)) else ItemOutcome.REVERSED
        for item in release.items.evaluated()
    }
    run.control = {"name": "random byte bigram", "line": 0.5, "summary": slice_rows(scored_items(run))}
    run.save()
    keep_control(run, said)
    return run


def run_command(*arguments: object) -> dict:
    out = StringIO()
    call_command("diff_release", *map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def words(*arguments: object) -> str:
    out = StringIO()
    call_command("diff_release", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def grown(tmp_path) -> tuple[Release, Release]:
    """38 items, then 40: two added."""
    approved(0, 38)
    old = make_release(name="park", output=tmp_path)
    approved(38, 40)
    return old, make_release(name="park", output=tmp_path)


@pytest.fixture
def reduced(grown, tmp_path) -> tuple[Release, Release]:
    """40 items, then one refused, one corrected."""
    _, old = grown
    curator = factories.user(group="curator")
    for n, label, value in ((0, "invalid", {}), (1, "valid", {"question": "=And park 1?"})):
        item = old.items.get(statement=f"The council must protect park {n}.")
        give_verdict(item.triple.decisions.get(status="settled"), label, curator=curator, value=value or None)
    return old, make_release(name="park", output=tmp_path)


def test_diff_carries_answers_over_to_a_release_that_only_grew(grown):
    old, _ = grown
    answered(old, lambda n: n < 19)

    told = run_command("park@1.0.0", "park@1.1.0")

    assert (told["old"], told["new"]) == ("park@1.0.0", "park@1.1.0")
    assert told["counts"] == {
        "added": 2,
        "removed": 0,
        "reworded": 0,
        "relabelled": 0,
        "described": 0,
        "unchanged": 38,
    }
    assert {change["cause"].split(" on ")[0] for change in told["changes"]} == {"approved by a curator"}
    [run] = told["runs"]
    assert (run["candidate"], run["carried_from"], run["why_not"]) == ("candidate", "park@1.0.0", "")
    [nation, quoted] = run["rows"]
    assert (nation["source_type"], quoted["source_type"]) == ("all", "quoted")
    assert quoted["before_whole"]["rate"] == quoted["before_common"]["rate"] == 0.5
    assert quoted["after_common"] == quoted["before_common"]
    assert quoted["after_whole"] is None  # nobody was asked the two new ones
    assert quoted["comparable_on_common"] == {
        "is_comparable": True,
        "why": "38 common items of 38 articles",
    }
    assert quoted["comparable_as_wholes"]["is_comparable"] is True
    assert quoted["difference"] == 0.0


def test_diff_shows_scores_of_runs_on_both(reduced):
    old, new = reduced
    answered(old, lambda n: n < 20)
    answered(new, lambda n: n < 10)

    told = run_command("park@1.1.0", "park@2.0.0")

    [run] = told["runs"]
    [quoted] = [row for row in run["rows"] if row["source_type"] == "quoted"]
    rates = {
        name: (quoted[name]["items"], round(quoted[name]["rate"], 4))
        for name in ("before_whole", "before_common", "after_common", "after_whole")
    }
    assert run["carried_from"] == ""
    assert rates == {
        "before_whole": (40, 0.5),
        "before_common": (38, round(18 / 38, 4)),
        "after_common": (38, round(8 / 38, 4)),
        "after_whole": (39, round(9 / 39, 4)),
    }
    assert quoted["before_whole"]["low"] < 0.5 < quoted["before_whole"]["high"]
    assert quoted["difference"] == pytest.approx(-10 / 38)
    assert quoted["low"] < -10 / 38 < quoted["high"]
    assert quoted["comparable_on_common"]["is_comparable"] is True
    assert quoted["comparable_as_wholes"] == {
        "is_comparable": False,
        "why": "2 items were removed, reworded or relabelled",
    }


def rates_of(scores: dict) -> dict[str, float | None]:
    names = ("before_whole", "before_common", "after_common", "after_whole")
    return {name: scores[name] and round(scores[name]["rate"], 4) for name in names}


def test_diff_has_random_weights_on_the_same_items_and_chance_beside_a_likelihood(reduced):
    old, new = reduced
    likely(old, lambda n: n < 20, lambda n: n < 30)
    likely(new, lambda n: n < 10, lambda n: n < 5)

    told, said = run_command("park@1.1.0", "park@2.0.0"), words("park@1.1.0", "park@2.0.0")

    [run] = told["runs"]
    [quoted] = [row for row in run["rows"] if row["source_type"] == "quoted"]
    assert (run["control"], run["line"]) == ("random byte bigram", 0.5)
    assert rates_of(quoted["control"]) == {
        "before_whole": 0.75,
        "before_common": round(28 / 38, 4),
        "after_common": round(3 / 38, 4),
        "after_whole": round(4 / 39, 4),
    }
    assert quoted["control"]["before_common"]["items"] == quoted["before_common"]["items"] == 38
    assert quoted["control"]["after_common"]["low"] < 3 / 38 < quoted["control"]["after_common"]["high"]
    [line, _] = [line for line in said.splitlines() if "random weights" in line]
    assert line.strip().startswith("random weights on the same items (random byte bigram): whole 0.750 [")
    assert "] of 40 -> 0.103 [" in line
    assert line.endswith("; chance is 0.5")


def test_diff_carries_random_weights_over_with_the_answers(grown):
    old, _ = grown
    likely(old, lambda n: n < 19, lambda n: n < 10)
    answered(old, lambda n: n < 19)

    letters, likelihood = run_command("park@1.0.0", "park@1.1.0")["runs"]
    if letters["protocol"] != "letters":
        letters, likelihood = likelihood, letters

    assert (letters["control"], letters["line"]) == ("", None)
    assert {row["control"] for row in letters["rows"]} == {None}
    share = round(10 / 38, 4)
    assert [rates_of(row["control"]) for row in likelihood["rows"]] == [
        {"before_whole": share, "before_common": share, "after_common": share, "after_whole": None}
    ] * 2


def test_diff_without_the_items_of_random_weights_has_their_figures_of_the_whole(grown):
    old, _ = grown
    likely(old, lambda n: n < 19, lambda n: n < 10)
    StoredFigures.objects.all().delete()

    [run] = run_command("park@1.0.0", "park@1.1.0")["runs"]

    assert [rates_of(row["control"]) for row in run["rows"]] == [
        {"before_whole": 0.5, "before_common": None, "after_common": None, "after_whole": None}
    ] * 2
    EvalRun.objects.update(control={})
    assert "random weights on the same items: none kept; chance is 0.5" in words("park@1.0.0", "park@1.1.0")


def test_diff_does_not_compare_runs_that_asked_otherwise(grown):
    old, new = grown
    answered(old, lambda n: True)
    answered(new, lambda n: False, prompts="q")
    [run] = run_command("park@1.0.0", "park")["runs"]
    assert (run["why_not"], run["rows"], run["carried_from"]) == (
        "asked with other prompts or parameters on the two releases",
        [],
        "",
    )
    assert "not comparable: asked with other prompts" in words("park@1.0.0", "park")


def test_diff_leaves_out_runs_that_are_not_finished_or_on_held_back_items(grown):
    old, _ = grown
    EvalRun.objects.filter(pk=answered(old, lambda n: True).pk).update(status="stopped")
    answered(old, lambda n: True, prompts="q", is_holdout=True)
    assert run_command("park@1.0.0", "park")["runs"] == []


def test_diff_in_words_names_changes_causes_and_what_compares(reduced):
    old, _ = reduced
    answered(old, lambda n: n < 20)
    told = words("park@1.1.0", "park")
    assert "park@1.1.0 -> park@2.0.0" in told
    assert "removed: 1" in told
    assert "'The council must protect park 0.': triple refused by a curator on" in told
    assert "GB/quoted (question):" in told
    assert "corrected by a curator on" in told
    assert "candidate, letters; answers carried over from park@1.1.0" in told
    assert "not comparable: 2 items were removed, reworded or relabelled" in told
    assert "(comparable: 38 common items of 38 articles)" in told


def test_diff_writes_a_spreadsheet_that_calculates_nothing(reduced, tmp_path):
    path = tmp_path / "changes.csv"
    words("park@1.1.0", "park", f"--csv={path}")
    rows = list(csv.DictReader(path.open(encoding="utf-8-sig", newline="")))
    assert [row["kind"] for row in rows] == ["removed", "reworded"]
    fields = json.loads(original_cell(rows[1]["fields"]))
    assert fields["question"] == ["What should the council do about park 1?", "=And park 1?"]
    assert rows[0]["cause"].startswith("triple refused by a curator on")
    with pytest.raises(CommandError, match="cannot be written"):
        words("park@1.1.0", "park", f"--csv={tmp_path}")


def test_diff_of_folders_takes_causes_from_recipes_and_passports(tmp_path):
    people = annotators(2)
    for n in range(3):
        approve(waiting_triple("GB", n), dict.fromkeys(people, "valid"))
    old = make_release(name="park", output=tmp_path)
    new = make_release(name="park", recipe=Recipe(slice_size=2), output=tmp_path)
    for release in (new, old):
        Release.objects.filter(pk=release.pk).update(previous=None)
        release.delete()

    told = run_command(old.folder, new.folder)

    assert (told["counts"]["removed"], told["counts"]["unchanged"]) == (1, 2)
    assert [change["cause"] for change in told["changes"]] == [
        "left out: size (recipe: slice_size is 2, was none)"
    ]
    assert told["runs"] == []
    assert "No stored answers to compare" in words(old.folder, new.folder)


def test_diff_knows_a_folder_of_a_release_that_is_on_record(grown):
    old, new = grown
    answered(old, lambda n: True)
    assert len(run_command(old.folder, new.folder)["runs"]) == 1


def test_diff_says_which_releases_there_are(grown, tmp_path):
    with pytest.raises(
        CommandError,
        match=r"other is no release folder, and there is no release 'other'; there are: park@1\.0\.0, ",
    ):
        run_command("other", "park")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "release.json").write_text("{")
    with pytest.raises(CommandError, match=r"release\.json: "):
        run_command(tmp_path / "broken", "park")
