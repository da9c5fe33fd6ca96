"""Pages of agreement: values worked out by hand, files, access, queries."""

from __future__ import annotations

import csv
import io

import pytest

from annotation.models import DecisionKind
from annotation.services.votes.agreement import ORDERED_KINDS, read_ratings, summaries, summarise
from annotation.views.tables import Table, csv_response
from tests import factories
from tests.annotation.agreement.published import ratings
from tests.annotation.votes import triple_review, vote
from tests.queries import queries

pytestmark = pytest.mark.django_db
SIGNS = {"v": "valid", "i": "invalid", "-": ""}


def answered(rows: str, nation: str = "GB", names: str = "ann ben cara") -> None:
    """One review per word, one vote per sign: v, i, - for a skip, . for none."""
    people = [
        factories.user(f"{name}-{nation}", group="annotator", nations=(nation,)) for name in names.split()
    ]
    for row in rows.split():
        review = triple_review(nation)
        for person, sign in zip(people, row, strict=False):
            if sign != ".":
                vote(review, person, SIGNS[sign])


def curator(client, *nations: str):
    client.force_login(factories.user(group="curator", nations=nations))
    return client


def lines(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode())))


def test_coefficients_on_the_page_are_those_worked_out_by_hand(client):
    # Votes vv vi ii vv. Of 8 ratings 5 are v and 3 are i; 3 of 4 pairs agree.
    # Alpha: observed disagreement 2/8, expected 2*5*3/(8*7) = 30/56; 1 - (2/8)/(30/56) = 8/15 = 0.5333.
    # Fleiss: by chance (5/8)^2 + (3/8)^2 = 34/64; (48/64 - 34/64) / (30/64) = 14/30 = 0.4667.
    answered("vv vi ii vv")

    page = curator(client, "GB").get("/agreement/")

    [coefficients, prevalence, _revealed] = page.context["tables"]
    [row] = coefficients.shown
    assert [cell.text for cell in row] == ["GB", "triple", "4", "8", "2", "0.7500", "0.5333", "0.4667"]
    assert [[cell.text for cell in row] for row in prevalence.shown] == [
        ["GB", "triple", "valid", "0.6250"],
        ["GB", "triple", "invalid", "0.3750"],
        ["GB", "triple", "contested here", "0.0000"],
        ["GB", "triple", "no longer current", "0.0000"],
    ]
    html = page.content.decode()
    assert [
        html.count(f'<td class="number remarked">{value}<br>') for value in ("0.5333", "0.4667", "0.7500")
    ] == [
        1,
        1,
        1,
    ]


def test_detail_shows_pairs_and_distribution(client):
    # ann: v v i v, ben: v i i v. Observed 3/4; by chance 3/4*2/4 + 1/4*2/4 = 1/2; Cohen (3/4 - 1/2) / (1/2).
    answered("vv vi ii vv")

    page = curator(client, "GB").get("/agreement/GB/triple/")

    tables = {
        table.name: [[cell.text for cell in row] for row in table.shown] for table in page.context["tables"]
    }
    assert tables["pairs"] == [
        ["ann-GB", "ben-GB", "4", "0.7500", "0.5000"],
        ["all", "mean", "4", "", "0.5000"],
    ]
    assert tables["annotators"] == [
        ["ann-GB", "4", "", "3", "1", "0", "0"],
        ["ben-GB", "4", "", "2", "2", "0", "0"],
    ]
    assert tables["mixed-up"] == [
        ["valid", "valid", "2"],
        ["valid", "invalid", "1"],
        ["invalid", "invalid", "1"],
    ]
    assert tables["distribution"] == [["2 valid", "2"], ["2 invalid", "1"], ["1 valid · 1 invalid", "1"]]
    assert "fewer than three people have answered" in page.content.decode()


def test_detail_shows_competence_where_three_people_answered(client):
    # cara calls everything valid: right on the two valid items of four.
    answered("vvv iiv iiv vvv")

    page = curator(client, "GB").get("/agreement/GB/triple/")

    tables = {
        table.name: [[cell.text for cell in row] for row in table.shown] for table in page.context["tables"]
    }
    assert tables["annotators"] == [
        ["ann-GB", "4", "1.0000", "2", "2", "0", "0"],
        ["ben-GB", "4", "1.0000", "2", "2", "0", "0"],
        ["cara-GB", "4", "0.5000", "4", "0", "0", "0"],
    ]
    assert ["cara-GB", "invalid", "1.0000", "0.0000", "0.0000", "0.0000"] in tables["confusion"]


def test_undefined_values_say_why(client):
    answered("v. .v", "GB")
    answered("vv vv", "FR")

    page = curator(client, "GB", "FR").get("/agreement/").content.decode()

    # Raw agreement, alpha and Fleiss of GB; alpha and Fleiss of FR.
    assert page.count("no item has two answers") == 3
    assert page.count("all answers are the same label") == 2


def test_skipped_and_withdrawn_votes_do_not_count():
    answered("vv- vi-")
    review = triple_review()
    vote(review, factories.user(), "invalid", is_withdrawn=True)

    [summary] = summaries(factories.user(group="operator"))

    assert (summary.n_items, summary.n_votes, summary.n_annotators) == (2, 4, 2)


def test_kinds_that_share_a_screen_are_told_apart():
    for kind, subject in (("topic_screening", "topic"), ("statement_screening", "statement")):
        row = factories.TopicFactory() if subject == "topic" else factories.StatementFactory()
        decision = factories.DecisionFactory(kind=kind, label="sensitive", **{subject: row})
        annotator = factories.user(group="annotator", nations=("GB",))
        vote(factories.ReviewFactory(decision=decision), annotator, "sensitive")

    found = read_ratings(factories.user(group="operator"))

    assert list(found) == [("GB", DecisionKind.TOPIC_SCREENING), ("GB", DecisionKind.STATEMENT_SCREENING)]


def test_ordinal_alpha_is_for_kinds_whose_labels_have_an_order():
    kind = DecisionKind.CONFLICT
    found = ratings("ab ab bc aa cc", "abc")

    without = summarise("GB", kind, found)
    ordered = summarise("GB", kind, found, frozenset({kind}))

    assert (without.ordinal, kind in ORDERED_KINDS) == (None, False)
    # Ratings: a 4, b 3, c 3; mid-ranks 2, 5.5, 8.5. Observed 2*2*3.5^2 + 2*3^2 = 67 of 10 ratings;
    # expected 2 * (12*3.5^2 + 12*6.5^2 + 9*3^2) / 9 = 1470 / 9. 1 - 67 / (1470 / 9) = 0.5898.
    assert round(ordered.ordinal.value, 4) == 0.5898


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("/agreement/prevalence.csv", ["nation", "kind", "label", "share of votes"]),
        ("/agreement/GB/triple/pairs.csv", ["annotator", "other annotator", "common items", "raw agreement"]),
        ("/agreement/GB/triple/annotators.csv", ["annotator", "votes", "expected share right", "valid"]),
        ("/agreement/GB/triple/confusion.csv", ["annotator", "probably true", "valid", "invalid"]),
        ("/agreement/GB/triple/mixed-up.csv", ["label", "other label", "pairs of votes"]),
        ("/agreement/GB/triple/distribution.csv", ["votes on an item", "items"]),
        ("/agreement/GB/triple/prevalence.csv", ["label", "share of votes"]),
    ],
)
def test_every_table_can_be_had_as_a_file(client, path, header):
    answered("vvv iiv iiv vvv")

    response = curator(client, "GB").get(path)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert lines(response)[0][: len(header)] == header
    assert len(lines(response)) > 1


def test_file_of_coefficients_holds_intervals_and_reasons(client):
    answered("vv vi ii vv")
    answered("v. .v", "FR")

    header, french, british = lines(curator(client, "GB", "FR").get("/agreement/coefficients.csv"))

    place = header.index("alpha (nominal)")
    assert header[place + 1 : place + 5] == [
        f"alpha (nominal): {what}" for what in ("low", "high", "items", "remark")
    ]
    assert round(float(british[place]), 4) == 0.5333
    assert float(british[place + 1]) < 0.5333 < float(british[place + 2])
    assert french[place : place + 5] == ["", "", "", "0", "no item has two answers"]


def test_cells_of_a_file_are_never_formulas():
    response = csv_response(
        Table("t", "T", ["=a"], [["=cmd|' /C calc'!A0"], ["@x"], [-1.5], [None]]), "t.csv"
    )

    assert lines(response) == [["'=a"], ["'=cmd|' /C calc'!A0"], ["'@x"], ["-1.5"], [""]]


@pytest.mark.parametrize("path", ["/agreement/", "/agreement/GB/triple/", "/agreement/prevalence.csv"])
@pytest.mark.parametrize(
    ("group", "status"),
    [("annotator", 403), ("researcher", 403), ("curator", 200), ("operator", 200), ("", 302)],
)
def test_agreement_is_for_those_who_may_see_reviews(client, path, group, status):
    answered("vv")
    if group:
        client.force_login(factories.user(group=group, nations=("GB",)))

    assert client.get(path).status_code == status


def test_curators_see_their_own_nations_only(client):
    answered("vv", "GB")
    answered("vv", "FR")

    client = curator(client, "FR")

    assert [row[0] for row in lines(client.get("/agreement/coefficients.csv"))] == ["nation", "FR"]
    statuses = [
        client.get(f"/agreement/{path}").status_code for path in ("GB/triple/", "GB/triple/pairs.csv")
    ]
    assert statuses == [404, 404]


@pytest.mark.parametrize(
    "path", ["GB/nothing/", "GB/conflict/", "XX/triple/", "nothing.csv", "GB/triple/nothing.csv"]
)
def test_what_is_not_there_is_not_found(client, path):
    answered("vv")

    assert curator(client, "GB").get(f"/agreement/{path}").status_code == 404


def test_without_votes_the_page_says_so(client):
    page = curator(client, "GB").get("/agreement/")

    assert "Nobody has answered a question yet." in page.content.decode()


@pytest.mark.parametrize("path", ["/agreement/", "/agreement/GB/triple/"])
def test_query_count_does_not_depend_on_votes(client, path):
    answered("vv")
    client = curator(client, "GB")
    few = queries(client, path)

    answered("vvv vvi iiv", names="dan eve fay")

    assert queries(client, path) == few


def test_links_are_shown_to_those_who_may_follow_them(client):
    client.force_login(factories.user(group="annotator", nations=("GB",)))
    to_annotators = client.get("/").content.decode()
    to_curators = curator(client, "GB").get("/").content.decode()

    assert [page.count('href="/agreement/"') for page in (to_annotators, to_curators)] == [0, 1]
    assert [page.count('href="/adjudication/"') for page in (to_annotators, to_curators)] == [0, 1]
