from __future__ import annotations

import csv
from io import StringIO
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from evaluation.models import EvalRun, Release
from evaluation.services.figures.sheets import keep_control
from evaluation.services.releases.make import make_release
from evaluation.services.releases.statuses import withdraw_release
from evaluation.services.runs.baseline import baseline_candidate, train_baseline
from evaluation.services.runs.evaluate import evaluate
from evaluation.services.runs.protocols.likelihood import OptionLikelihood
from evaluation.services.runs.spending import Spending
from evaluation.views.figures import effect_told
from tests import factories
from tests.evaluation.answered import answered_run
from tests.evaluation.gold import approved_corpus
from tests.evaluation.scored import scored_release
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/results/"
S, RS = ["statement", "statement"], ["reversed", "reversed"]


@pytest.fixture
def reader(client):
    client.force_login(factories.user())
    return client


def tables(response):
    return {table.name: table for _, found in response.context["nations"] for table in found}


def test_leaderboard_asks_for_a_login(client):
    response = client.get(PAGE)
    assert (response.status_code, response.url) == (302, f"{reverse('login')}?next=/results/")


def test_leaderboard_of_an_empty_installation_says_what_to_do(reader):
    assert "manage.py make_release NAME" in reader.get(PAGE).content.decode()
    scored_release(2)
    assert "manage.py evaluate demo@1.0.0 --model MODEL" in reader.get(PAGE).content.decode()


def test_models_of_one_nation_and_type_stand_by_falling_rate_with_letters(reader):
    release = scored_release(40, nations=("FR", "GB"))
    answered_run(release, "alpha", S)
    answered_run(release, "beta", lambda item: S if item.pk % 4 < 2 else RS)
    answered_run(release, "gamma", RS)
    found = tables(reader.get(PAGE))
    assert list(found) == [
        f"{nation}-{kind}" for nation in ("fr", "gb") for kind in ("quoted", "official", "all")
    ]
    rows = found["gb-all"].rows
    assert [(row["model"], row["rate"], row["letters"]) for row in rows] == [
        ("alpha", 1.0, ["a"]),
        ("beta", 0.5, ["b"]),
        ("gamma", 0.0, ["c"]),
    ]
    assert (rows[0]["answered"], rows[0]["articles"]) == (40, 40)


def test_a_model_that_answers_two_items_and_refuses_the_rest_is_not_ranked_first(reader):
    release = scored_release(22)
    few = {item.pk for item in release.items.order_by("pk")[:2]}
    answered_run(release, "alpha", lambda item: S if item.pk in few else ["refusal", "refusal"])
    answered_run(release, "beta", lambda item: RS if item.pk in few else S)
    response = reader.get(PAGE)
    rows = tables(response)["gb-all"].rows
    assert [(row["model"], row["agreement_rate"], row["rate"], row["letters"]) for row in rows] == [
        ("beta", pytest.approx(20 / 22), pytest.approx(20 / 22), ["a"]),
        ("alpha", pytest.approx(2 / 22), 1.0, ["b"]),
    ]
    assert rows[1]["agreement_low"] < 2 / 22 < rows[1]["agreement_high"] < 0.5
    titles = [title for title, _ in tables(response)["gb-all"].titles]
    assert titles[2:5] == ["Agreement", "95 % interval", "Rate among the answered"]


def test_a_board_names_the_parameters_its_runs_differ_in(reader):
    release = scored_release(2)
    answered_run(release, "alpha", S, parameters={"max_tokens": 16, "top": 2}, parameters_digest="a" * 64)
    assert "differ in their parameters" not in reader.get(PAGE).content.decode()
    answered_run(release, "beta", S, parameters={"max_tokens": 64, "top": 2}, parameters_digest="b" * 64)
    assert "These runs differ in their parameters: max_tokens;" in reader.get(PAGE).content.decode()


def test_a_difference_above_one_cannot_be_seen():
    assert [effect_told(value) for value in (None, 0.25, 1.0, 1.01)] == ["–", "0.25", "1.00", "none"]


def test_models_that_a_slice_does_not_tell_apart_share_a_letter(reader):
    release = scored_release(10)
    answered_run(release, "alpha", S)
    answered_run(release, "beta", lambda item: S if item.statement[-2:] != "0." else RS)
    rows = tables(reader.get(PAGE))["gb-all"].rows
    assert [row["letters"] for row in rows] == [["a"], ["a"]]


def test_scores_of_two_protocols_or_judges_never_stand_in_one_table(reader):
    release = scored_release(4)
    answered_run(release, "alpha", S)
    answered_run(release, "beta", S, protocol="decisions")
    answered_run(release, "gamma", S, protocol="free_answer", judge="judge-1")
    answered_run(release, "delta", S, protocol="free_answer", judge="judge-2")
    shown = [
        [row["model"] for row in tables(reader.get(PAGE, query))["gb-all"].rows]
        for query in (
            {},
            {"protocol": "decisions"},
            {"protocol": "free_answer"},
            {"protocol": "free_answer", "judge": "judge-2"},
        )
    ]
    assert shown == [["alpha"], ["beta"], ["gamma"], ["delta"]]


def test_no_figure_pools_nations_and_the_page_says_why(reader):
    release = scored_release(3, nations=("FR", "GB"))
    answered_run(release, "alpha", S)
    response = reader.get(PAGE)
    assert {table.about["nation"] for table in tables(response).values()} == {"FR", "GB"}
    assert max(row["items"] for table in tables(response).values() for row in table.rows) == 3
    assert "There is no overall index" in response.content.decode()


def test_stopped_runs_are_told_and_not_ranked(reader):
    release = scored_release(3)
    answered_run(release, "whole", S)
    answered_run(release, "half", RS, status="stopped", spent={"stopped_by": "9 tokens of 9 are spent"})
    response = reader.get(PAGE)
    assert [row["model"] for row in tables(response)["gb-all"].rows] == ["whole"]
    page = response.content.decode()
    assert "Not ranked" in page
    assert "half</a>: stopped, 9 tokens of 9 are spent" in page


def test_only_the_newest_finished_run_of_a_model_is_ranked_and_old_figures_are_replaced(reader):
    release = scored_release(3)
    answered_run(release, "alpha", RS)
    before = tables(reader.get(PAGE))["gb-all"].rows
    answered_run(release, "alpha", S, parameters_digest="other")
    after = tables(reader.get(PAGE))["gb-all"].rows
    assert [[row["rate"] for row in rows] for rows in (before, after)] == [[0.0], [1.0]]


def test_a_likelihood_stands_beside_its_control_and_the_line(reader):
    release = scored_release(4)
    run = answered_run(release, "alpha", S, protocol="likelihood_sum", probability=0.9)
    run.control = {
        "name": "random byte bigram",
        "line": 0.5,
        "summary": [{"nation": "GB", "source_type": "all", "rate": 0.75, "low": 0.3, "high": 0.95}],
    }
    run.save()
    response = reader.get(PAGE)
    (row,) = tables(response)["gb-all"].rows
    assert row["control"] == {"rate": 0.75, "low": 0.3, "high": 0.95}
    page = response.content.decode()
    assert "what random weights get on the same items (random byte bigram)" in page
    assert "random weights, same items" in page


def test_a_kept_control_is_told_for_any_slice(reader):
    release = scored_release(4)
    run = answered_run(release, "alpha", S, protocol="likelihood_sum")
    keep_control(run, {item.key: "reversed" for item in release.items.filter(source_type="quoted")})
    found = tables(reader.get(PAGE))
    assert found["gb-quoted"].rows[0]["control"]["rate"] == 0.0
    assert found["gb-official"].rows[0]["control"]["rate"] is None
    response = reader.get("/results/slice/", {"nation": "GB", "topic": "parks"})
    assert response.context["models"].rows[0]["control"]["rate"] == 0.0


def test_option_prior_and_margin_are_those_of_the_slice(reader):
    release = scored_release(4)
    answered_run(release, "first", ["statement", "reversed"], probability=0.75)
    (row,) = tables(reader.get(PAGE))["gb-quoted"].rows
    assert (row["rate"], row["flip_rate"]) == (0.5, 1.0)
    assert (row["bias"]["first_option"]["rate"], row["bias"]["margin"]) == (1.0, 0.5)


def test_small_slices_and_the_detectable_difference_are_said(reader):
    release = scored_release(12)
    answered_run(release, "alpha", S)
    answered_run(release, "beta", lambda item: S if item.pk % 2 else RS)
    notes = tables(reader.get(PAGE))["gb-all"].notes
    assert notes[0].startswith("Smallest difference of two models this slice can show: 0.")
    assert notes[1].startswith("Small slice: only 12 items.")


def test_nation_and_type_narrow_the_page(reader):
    release = scored_release(4, nations=("FR", "GB"))
    answered_run(release, "alpha", S)
    assert list(tables(reader.get(PAGE, {"nation": "FR", "type": "quoted"}))) == ["fr-quoted"]
    page = reader.get(PAGE, {"nation": "US"}).content.decode()
    assert "No finished run has items of this nation and type." in page


@pytest.mark.parametrize("query", [{"release": "none"}, {"protocol": "phrenology"}])
def test_what_does_not_exist_is_a_404(reader, query):
    scored_release(2)
    assert reader.get(PAGE, query).status_code == 404


def test_withdrawn_releases_say_so(reader, tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="demo", output=tmp_path)
    withdraw_release(release=release, reason="test", actor=factories.user())
    assert "This release has been withdrawn." in reader.get(PAGE, {"release": "demo"}).content.decode()


def test_drafts_have_no_results(reader):
    Release.objects.create(name="draft")
    assert reader.get(PAGE, {"release": "draft"}).status_code == 404


def test_the_baseline_says_what_it_is(reader, tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="demo", output=tmp_path)
    trained = train_baseline(release)
    run = evaluate(
        release=release,
        candidate=baseline_candidate(),
        protocol=OptionLikelihood(trained.models, trained.digest, trained.parameters),
        spending=Spending(),
    )
    assert run.status == EvalRun.Status.FINISHED
    page = reader.get(PAGE).content.decode()
    assert run.candidate.description.replace("'", "&#x27;") in page


def test_pages_hold_no_inline_style_or_script_and_no_decimal_comma(reader):
    release = scored_release(4)
    answered_run(release, "alpha", ["statement", "reversed"])
    page = reader.get(PAGE, headers={"accept-language": "fr"}).content.decode()
    assert (page.count(" style="), page.count("<script"), page.count("<style")) == (0, 0, 0)
    assert 'cx="180.0"' in page


def test_queries_do_not_grow_with_models(reader):
    release = scored_release(2)
    counts = []
    for n in range(3):
        answered_run(release, f"m{n}", S)
        reader.get(PAGE)  # computes what is stored
        counts.append(queries(reader, PAGE))
    assert counts[0] == counts[2] <= 8


def test_csv_has_the_numbers_of_the_page_and_no_formula(reader):
    release = scored_release(4)
    answered_run(release, "=HYPERLINK(1)", S, probability=0.9)
    response = reader.get("/results/leaderboard/numbers.csv", {"nation": "GB"})
    rows = list(csv.DictReader(StringIO(response.content.decode())))
    assert [row["source_type"] for row in rows] == ["quoted", "official", "all"]
    row = rows[-1]
    assert row["model"] == "'=HYPERLINK(1)"
    named = ("release", "protocol", "rate", "answered", "items", "letters", "bias.margin")
    assert [row[name] for name in named] == ["demo@1.0.0", "letters", "1.0", "4", "4", "a", "0.8"]


def test_picture_is_a_file_the_same_each_time_and_escapes_names(reader):
    release = scored_release(4)
    answered_run(release, '<script>"&\x0b', S)
    query = {"nation": "GB", "type": "quoted"}
    first, second = (reader.get("/results/leaderboard/picture.svg", query) for _ in range(2))
    assert first["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert first["Content-Disposition"] == 'attachment; filename="demo-1.0.0-letters-gb-quoted.svg"'
    assert first.content == second.content
    root = ElementTree.fromstring(first.content)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert '<script>"&\ufffd' in texts
    assert "a · 1.00 (0.32 to 1.00)" in texts
    assert "0.5" in texts


def test_picture_of_nothing_is_a_404(reader):
    assert reader.get("/results/leaderboard/picture.svg").status_code == 404
