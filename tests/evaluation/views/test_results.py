from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.urls import reverse

from annotation.views.tables import spreadsheet_cell
from evaluation.models import Answer, Backend, CandidateModel, EvalRun, Method
from evaluation.services.baseline import baseline_candidate, train_baseline
from evaluation.services.evaluate import evaluate
from evaluation.services.protocols.likelihood import OptionLikelihood
from evaluation.services.release import make_release
from evaluation.services.statuses import withdraw_release
from evaluation.services.summary import summarise_run
from tests import factories
from tests.evaluation.gold import approved_corpus

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(tmp_path):
    approved_corpus(per_slice=1)
    return make_release(name="demo", output=tmp_path)


@pytest.fixture
def baseline_run(release):
    trained = train_baseline(release)
    protocol = OptionLikelihood(trained.models, trained.digest, trained.parameters)
    return evaluate(release=release, candidate=baseline_candidate(), protocol=protocol)


def recorded_run(release, name: str, outcomes: list[str]) -> EvalRun:
    """A multiple-choice run in which every item came to ``outcomes``, one per order."""
    candidate = CandidateModel.objects.create(name=name, backend=Backend.OPENAI)
    run = EvalRun.objects.create(
        release=release, candidate=candidate, method=Method.MULTIPLE_CHOICE, protocol="letters"
    )
    for item in release.items.all():
        for order, outcome in zip(("s_rs", "rs_s"), outcomes, strict=True):
            Answer.objects.create(run=run, item=item, order=order, outcome=outcome, reply="A")
    run.status = EvalRun.Status.FINISHED
    run.summary = summarise_run(run)
    run.save()
    return run


def test_results_ask_for_a_login(client, release):
    response = client.get(reverse("evaluation:results"))
    assert (response.status_code, response.url) == (302, f"{reverse('login')}?next=/results/")


def test_results_without_a_release_say_what_to_do(client):
    client.force_login(factories.user())
    assert "make_release" in client.get(reverse("evaluation:results")).content.decode()


def test_results_show_models_side_by_side(client, release, baseline_run):
    recorded_run(release, "always-a", ["statement", "reversed"])
    recorded_run(release, "shy", ["refusal", "statement"])
    client.force_login(factories.user())
    response = client.get(reverse("evaluation:results"))
    (table,) = response.context["tables"]
    assert [standing.run.candidate.name for standing in table.standings] == [
        "always-a",
        "ngram-baseline",
        "shy",
    ]
    assert table.slices == [
        ("CN", "quoted"),
        ("CN", "official"),
        ("DE", "quoted"),
        ("DE", "official"),
        ("FR", "quoted"),
        ("GB", "quoted"),
        ("GB", "official"),
        ("US", "quoted"),
        ("US", "official"),
    ]
    always, _, shy = (standing.cells[-1] for standing in table.standings)
    assert (always.rate, always.flip, always.refusal, always.bar.rate) == ("0.50", "1.00", "0.00", "50.0")
    assert (shy.rate, shy.refusal, shy.bar) == ("–", "1.00", None)
    page = response.content.decode()
    assert page.count('<svg class="rate-bar"') == 18
    assert baseline_run.candidate.description.replace("'", "&#x27;") in page
    assert "style=" not in page


def test_results_numbers_in_pictures_have_no_decimal_comma(client, release):
    recorded_run(release, "m", ["statement", "reversed"])
    client.force_login(factories.user())
    page = client.get(reverse("evaluation:results"), headers={"accept-language": "fr"}).content.decode()
    assert 'cx="50.0"' in page


def test_results_query_count_does_not_grow_with_runs(client, release, django_assert_max_num_queries):
    client.force_login(factories.user())
    for n in range(5):
        recorded_run(release, f"m{n}", ["statement", "statement"])
    with django_assert_max_num_queries(10):
        client.get(reverse("evaluation:results"))


def test_results_of_a_chosen_release_and_of_an_unknown_one(client, release):
    client.force_login(factories.user())
    withdraw_release(release=release, reason="test", actor=factories.user())
    page = client.get(reverse("evaluation:results"), {"release": "demo"}).content.decode()
    assert "This release has been withdrawn." in page
    assert client.get(reverse("evaluation:results"), {"release": "none"}).status_code == 404


def test_run_page_counts_outcomes_and_links_to_them(client, release):
    run = recorded_run(release, "m", ["statement", "refusal"])
    client.force_login(factories.user())
    response = client.get(reverse("evaluation:run", args=[run.pk]))
    assert response.context["outcomes"] == [("statement", 9), ("refusal", 9)]
    assert f"{reverse('evaluation:answers', args=[run.pk])}?outcome=refusal" in response.content.decode()


def test_answers_page_shows_only_own_nations(client, release):
    run = recorded_run(release, "m", ["statement", "refusal"])
    client.force_login(factories.user(nations=("FR",)))
    page = client.get(reverse("evaluation:answers", args=[run.pk]), {"outcome": "refusal"}).context["page"]
    assert [(answer.item.nation_id, answer.outcome) for answer in page] == [("FR", "refusal")]


def test_answers_page_escapes_replies(client, release):
    run = recorded_run(release, "m", ["statement", "statement"])
    Answer.objects.filter(run=run).update(reply="<script>alert(1)</script>")
    client.force_login(factories.user(is_superuser=True))
    page = client.get(reverse("evaluation:answers", args=[run.pk])).content.decode()
    assert "<script>alert" not in page


def test_csv_holds_the_numbers_and_no_formula(client, release):
    recorded_run(release, "=cmd|' /C calc'!A0", ["statement", "statement"])
    client.force_login(factories.user())
    response = client.get(reverse("evaluation:csv", args=["demo"]))
    rows = list(csv.DictReader(StringIO(response.content.decode())))
    assert {row["model"] for row in rows} == {"'=cmd|' /C calc'!A0"}
    last = rows[-1]
    assert (last["nation"], last["source_type"], last["items"], last["rate"]) == ("US", "all", "2", "1.0")


@pytest.mark.parametrize(
    ("value", "cell"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-1", "'-1"), ("\tx", "'\tx"), ("mc", "mc"), (0.5, 0.5), (None, "")],
)
def test_spreadsheet_cell_is_never_a_formula(value, cell):
    assert spreadsheet_cell(value) == cell


def test_api_lists_runs_to_people_logged_in(client, release):
    run = recorded_run(release, "m", ["statement", "statement"])
    assert client.get(reverse("evaluation:api-runs")).status_code == 403
    client.force_login(factories.user())
    (row,) = client.get(reverse("evaluation:api-runs"), {"method": "mc"}).json()["results"]
    assert (row["release"], row["model"], row["summary"][-1]["rate"]) == ("demo", "m", 1.0)
    assert client.post(reverse("evaluation:api-run", args=[run.pk])).status_code == 405
    assert client.get(reverse("evaluation:api-runs"), {"method": "aj"}).json()["results"] == []
