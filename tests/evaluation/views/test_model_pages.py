"""Pages of a model, a slice, an item and a pair of models."""

from __future__ import annotations

import csv
from io import StringIO
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.urls import reverse

from annotation.seed import seed_groups
from evaluation.models import Answer, AnswerVote, CandidateModel
from evaluation.services.figures.sheets import keep_control
from tests import factories
from tests.evaluation.answered import answered_run
from tests.evaluation.scored import scored_release
from tests.queries import queries

pytestmark = pytest.mark.django_db
S, RS = ["statement", "statement"], ["reversed", "reversed"]
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _groups():
    seed_groups(apps, "default")


@pytest.fixture
def release():
    return scored_release(12, nations=("FR", "GB"), holdout=2)


@pytest.fixture
def reader(client):
    client.force_login(factories.user(group="researcher", nations=("GB",)))
    return client


def half(item):
    return S if int("".join(filter(str.isdigit, item.statement))) % 4 < 2 else RS


def rows_of(response):
    return list(csv.DictReader(StringIO(response.content.decode())))


# a model


def test_model_page_has_all_runs_and_the_slices_of_the_newest(reader, release):
    answered_run(release, "m", S, spent={"requests": 3, "tokens_in": 7, "tokens_out": 2, "cost": 0.25})
    run = answered_run(release, "m", RS, protocol="decisions")
    response = reader.get(reverse("evaluation:model", args=[run.candidate_id]))
    assert [(row["protocol"], row["read"], row["cost"]) for row in response.context["runs"].rows] == [
        ("decisions", None, None),
        ("letters", 7, 0.25),
    ]
    assert response.context["run"] == run
    tables = {table.name: table for table in response.context["tables"]}
    assert list(tables) == ["nation", "source_type", "topic", "language", "contested", "period"]
    assert [(row["nation"], row["rate"], row["items"]) for row in tables["nation"].rows] == [
        ("FR", 0.0, 12),
        ("GB", 0.0, 12),
    ]


def test_model_page_shows_the_run_that_is_chosen(reader, release):
    run = answered_run(release, "m", S)
    answered_run(release, "m", RS, protocol="decisions")
    address = reverse("evaluation:model", args=[run.candidate_id])
    assert reader.get(address, {"run": run.pk}).context["run"] == run
    assert reader.get(address, {"run": run.pk + 99}).status_code == 404
    assert reader.get(reverse("evaluation:model", args=[run.candidate_id + 9])).status_code == 404


def test_model_without_runs_says_what_to_do(reader):
    candidate = CandidateModel.objects.create(name="new", backend="openai")
    page = reader.get(reverse("evaluation:model", args=[candidate.pk])).content.decode()
    assert "This model has not been scored yet" in page


def test_both_methods_of_a_model_are_compared_in_each_nation(reader, release):
    run = answered_run(release, "m", S)
    answered_run(release, "m", half, protocol="free_answer")
    response = reader.get(reverse("evaluation:model", args=[run.candidate_id]))
    (found,) = response.context["methods"]
    assert [(row["nation"], row["same"], row["contradicted"]) for row in found["table"].rows] == [
        ("FR", 0.5, 6),
        ("GB", 0.5, 6),
    ]
    assert found["flips"][1].rows == [{"outcome": "statement", "statement": 6, "reversed": 6}]


def test_the_judge_is_shown_against_people_where_they_voted(reader, release):
    run = answered_run(release, "m", S, protocol="free_answer")
    address = reverse("evaluation:model", args=[run.candidate_id])
    assert "Nobody has voted on answers of this run" in reader.get(address).content.decode()
    person = factories.user()
    answers = list(Answer.objects.filter(run=run, item__nation="GB").order_by("pk"))[:4]
    for answer, outcome in zip(answers, ("statement", "statement", "statement", "reversed"), strict=True):
        AnswerVote.objects.create(answer=answer, person=person, outcome=outcome)
    ((row, table),) = reader.get(address).context["checks"]
    assert (row["nation"], row["items"], row["agreement"]) == ("GB", 4, 0.75)
    assert (row["corrected"]["judged_rate"], row["corrected"]["people_rate"]) == (1.0, 0.75)
    assert [(line["outcome"], line["statement"]) for line in table.rows] == [
        ("statement", 3),
        ("reversed", 1),
    ]


def test_files_of_a_model_have_every_slice(reader, release):
    run = answered_run(release, "=m", S)
    rows = rows_of(reader.get(reverse("evaluation:model-csv", args=[run.candidate_id])))
    assert {row["told"] for row in rows if row["by"] == "nation"} == {""}
    assert {row["model"] for row in rows} == {"'=m"}
    assert [row["by"] for row in rows].count("source_type") == 4
    picture = reader.get(reverse("evaluation:model-svg", args=[run.candidate_id]), {"by": "topic"})
    assert b"GB parks" in picture.content
    nothing = reader.get(reverse("evaluation:model-svg", args=[run.candidate_id]), {"by": "nothing"})
    assert nothing.status_code == 404


@pytest.mark.parametrize(("group", "narrow"), [("researcher", False), ("operator", True)])
def test_narrow_slices_of_a_run_on_private_items_are_for_operators(client, release, group, narrow):
    run = answered_run(release, "m", S, holdout=True)
    client.force_login(factories.user(group=group))
    tables = client.get(reverse("evaluation:model", args=[run.candidate_id])).context["tables"]
    assert ("topic" in [table.name for table in tables]) is narrow
    query = {"release": "demo", "protocol": "letters", "holdout": "1"}
    assert client.get("/results/slice/", query).status_code == (200 if narrow else 403)
    assert client.get("/results/slice/numbers.csv", query).status_code == (200 if narrow else 403)


# a slice


def test_any_combination_of_dimensions_is_a_slice(reader, release):
    release.items.filter(statement__contains="park 1 ").update(is_contested=True, topic="Ähm & co")
    answered_run(release, "alpha", S)
    answered_run(release, "beta", half)
    query = {"nation": "GB", "type": "official", "contested": "no", "topic": "parks", "language": "en"}
    response = reader.get("/results/slice/", query)
    assert response.context["where"] == "GB, official, parks, en, not contested"
    assert [(row["model"], row["items"]) for row in response.context["models"].rows] == [
        ("alpha", 6),
        ("beta", 6),
    ]
    (pair,) = response.context["pairs"].rows
    assert (pair["first_model"], pair["second_model"], pair["difference"], pair["equal"]) == (
        "alpha",
        "beta",
        0.5,
        3,
    )


def test_the_adjustment_for_the_number_of_pairs_can_be_chosen(reader, release):
    for name, outcomes in (("a", S), ("b", half), ("c", RS)):
        answered_run(release, name, outcomes)
    titles = [
        [
            column.title
            for column in reader.get("/results/slice/", {"adjust": adjust}).context["pairs"].columns
        ][5]
        for adjust in ("holm", "bh", "odd")
    ]
    assert titles == ["Adjusted p (Holm)", "Adjusted p (BH)", "Adjusted p (Holm)"]
    rows = rows_of(reader.get("/results/slice/numbers.csv", {"of": "pairs", "adjust": "bh"}))
    assert len(rows) == 3
    assert all(float(row["discovery_p"]) >= float(row["p_value"]) for row in rows)


def test_a_value_that_no_item_has_is_a_404(reader, release):
    answered_run(release, "m", S)
    assert reader.get("/results/slice/", {"nation": "GB", "topic": "none"}).status_code == 404


def test_slices_of_nothing_say_what_to_do(reader):
    assert "There is no release yet" in reader.get("/results/slice/").content.decode()
    scored_release(1)
    assert "manage.py evaluate demo@1.0.0" in reader.get("/results/slice/").content.decode()
    assert reader.get("/results/slice/numbers.csv").status_code == 404


# an item


def item_address(release, name="item-answers", nation="GB", part="evaluation"):
    item = release.items.filter(nation=nation, part=part).order_by("key").first()
    return reverse(f"evaluation:{name}", args=[release.label, item.key])


def test_an_item_shows_all_models_by_protocol_and_order(reader, release):
    answered_run(release, "alpha", ["statement", "reversed"], probability=0.7)
    answered_run(release, "beta", ["statement", "tie"], protocol="free_answer", reply="because")
    response = reader.get(item_address(release))
    assert [
        (row["model"], row["protocol"], row["order"], row["outcome"], row["probability"], row["verdicts"])
        for row in response.context["table"].rows
    ] == [
        ("beta", "free_answer", "without order", "tie", None, "S first: first; RS first: tie"),
        ("alpha", "letters", "RS first", "reversed", 0.7, ""),
        ("alpha", "letters", "S first", "statement", 0.7, ""),
    ]
    page = response.content.decode()
    key = response.context["item"].key
    assert reverse("evaluation:passport", args=["demo@1.0.0", key]) in page


ITEM_PAGES = ("item-answers", "item-answers-csv", "item-answers-svg")


@pytest.mark.parametrize("name", ITEM_PAGES)
@pytest.mark.parametrize(
    ("group", "nations", "superuser", "statuses"),
    [
        ("researcher", ("GB",), False, [200, 404, 404]),
        ("curator", ("FR", "GB"), False, [200, 200, 404]),
        ("", (), False, [404, 404, 404]),
        ("operator", (), False, [200, 200, 200]),
        ("", (), True, [200, 200, 200]),
    ],
)
def test_items_are_for_their_nation_and_private_ones_for_operators(
    client, release, name, group, nations, superuser, statuses
):
    answered_run(release, "m", S, holdout=True)
    client.force_login(factories.user(group=group, nations=nations, is_superuser=superuser))
    places = (("GB", "evaluation"), ("FR", "evaluation"), ("GB", "holdout"))
    found = [client.get(item_address(release, name, *place)).status_code for place in places]
    assert found == statuses


def test_an_unasked_item_says_so(reader, release):
    assert "No model has been asked this item yet" in reader.get(item_address(release)).content.decode()


def test_hostile_replies_names_and_verdicts_are_shown_as_text(reader, release):
    run = answered_run(release, HOSTILE, S, protocol="free_answer", judge=HOSTILE, reply=HOSTILE)
    release.items.update(question=HOSTILE, statement=HOSTILE, reversed_statement=HOSTILE, topic=HOSTILE)
    pages = [
        reader.get(item_address(release)),
        reader.get("/results/"),
        reader.get("/results/slice/"),
        reader.get(reverse("evaluation:run", args=[run.pk])),
        reader.get(reverse("evaluation:answers", args=[run.pk])),
    ]
    assert [page.status_code for page in pages] == [200] * 5
    assert [page.content.decode().count("<script>alert") for page in pages] == [0] * 5


# two models


def compared(reader, **query):
    return reader.get("/results/compare/", {"a": "alpha", "b": "beta", **query})


def test_two_models_are_compared_slice_by_slice_on_common_items(reader, release):
    answered_run(release, "alpha", S)
    answered_run(release, "beta", half)
    response = compared(reader)
    rows = response.context["table"].rows
    assert [(row["nation"], row["value"]) for row in rows] == [
        (nation, kind) for nation in ("FR", "GB") for kind in ("official", "quoted")
    ]
    row = rows[-1]
    assert (row["items"], row["articles"], row["difference"]) == (6, 6, 0.5)
    assert (row["first_higher"], row["equal"], row["second_higher"]) == (3, 3, 0)
    assert row["holm_p"] >= row["discovery_p"] >= row["p_value"]
    assert row["mde"] > 0
    assert response.context["flips"][1].rows == [{"outcome": "statement", "statement": 6, "reversed": 6}]


def test_items_they_differ_on_are_of_own_nations_and_paged(reader, client, release):
    answered_run(release, "alpha", S)
    answered_run(release, "beta", RS)
    own = compared(reader)
    assert {one["item"].nation_id for one in own.context["items"]} == {"GB"}
    assert own.context["page"].paginator.count == 12
    client.force_login(factories.user(group="operator"))
    pages = [compared(client, page=page).context["items"] for page in (1, 2)]
    assert [len(items) for items in pages] == [24, 24] or [len(items) for items in pages] == [25, 0]


def test_private_items_do_not_appear_in_comparisons_of_public_runs(client, release):
    answered_run(release, "alpha", S)
    answered_run(release, "beta", RS)
    client.force_login(factories.user(group="operator"))
    keys = {one["item"].key for one in compared(client).context["items"]}
    assert not keys & set(release.items.filter(part="holdout").values_list("key", flat=True))


def test_comparing_needs_two_finished_models_of_one_protocol(reader, release):
    assert "Fewer than two models have finished" in reader.get("/results/compare/").content.decode()
    answered_run(release, "alpha", S)
    answered_run(release, "beta", S, protocol="decisions")
    assert compared(reader, protocol="letters").status_code == 404


def test_files_of_a_comparison(reader, release):
    answered_run(release, "alpha", S)
    answered_run(release, "beta", half)
    query = {"a": "alpha", "b": "beta", "by": "topic"}
    rows = rows_of(reader.get("/results/compare/numbers.csv", query))
    assert [(row["first"], row["nation"], row["told"], row["difference"]) for row in rows] == [
        ("alpha", "FR", "parks", "0.5"),
        ("alpha", "GB", "parks", "0.5"),
    ]
    picture = reader.get("/results/compare/picture.svg", query)
    assert b"no difference" in picture.content
    assert reader.get("/results/compare/picture.svg", {"a": "alpha", "b": "none"}).status_code == 404


# all of them


def test_every_page_asks_for_a_login(client, release):
    run = answered_run(release, "m", S)
    addresses = [
        reverse("evaluation:model", args=[run.candidate_id]),
        reverse("evaluation:slice"),
        reverse("evaluation:compare"),
        item_address(release),
        *(reverse(f"evaluation:{name}-csv") for name in ("leaderboard", "slice", "compare")),
    ]
    assert [client.get(address).status_code for address in addresses] == [302] * len(addresses)


def test_queries_of_each_page_do_not_grow_with_models(reader, release):
    def counted():
        found = []
        query = urlencode({"a": "m0", "b": "m1"})
        model = CandidateModel.objects.get(name="m0").pk
        for address in (
            reverse("evaluation:model", args=[model]),
            f"{reverse('evaluation:slice')}?nation=GB",
            f"{reverse('evaluation:compare')}?{query}",
            item_address(release),
        ):
            reader.get(address)  # computes what is stored
            found.append(queries(reader, address))
        return found

    for n in range(2):
        answered_run(release, f"m{n}", S)
    few = counted()
    for n in range(2, 5):
        answered_run(release, f"m{n}", S)
    assert counted() == few
    assert max(few) <= 14


def test_likelihoods_are_compared_beside_their_controls(reader, release):
    runs = [answered_run(release, name, S, protocol="likelihood_sum") for name in ("alpha", "beta")]
    keep_control(runs[0], {item.key: "reversed" for item in release.items.evaluated()})
    rows = compared(reader).context["table"].rows
    assert {(row["first_control"], row["second_control"]) for row in rows} == {(0.0, None)}


def test_files_of_both_methods(reader, release):
    run = answered_run(release, "m", S)
    answered_run(release, "m", half, protocol="free_answer")
    query = {"of": f"methods-{release.pk}"}
    rows = rows_of(reader.get(reverse("evaluation:model-csv", args=[run.candidate_id]), query))
    assert [(row["nation"], row["same"], row["answer_judgement"]) for row in rows] == [
        ("FR", "0.5", "free_answer"),
        ("GB", "0.5", "free_answer"),
    ]
    picture = reader.get(reverse("evaluation:model-svg", args=[run.candidate_id]), query)
    assert b"Same outcome by both" in picture.content
    other = reader.get(reverse("evaluation:model-svg", args=[run.candidate_id]), {"of": "methods-0"})
    assert other.status_code == 404
