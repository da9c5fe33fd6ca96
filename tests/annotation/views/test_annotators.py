"""The curators' page of annotators: who may judge, and a curator's word on it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import Qualification, ReviewPurpose
from annotation.models.qualification import qualification_of
from tests import factories
from tests.annotation.people import NOON, gold, read, said
from tests.annotation.votes import triple_review, vote
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = reverse("annotation:annotators")


@pytest.fixture
def ann():
    return factories.user("ann", group="annotator", nations=("GB",), is_qualified=False)


@pytest.fixture
def curator(client):
    found = factories.user("cur", group="curator", nations=("GB",))
    client.force_login(found)
    return found


def change(client, person, do="grant", code="GB", reason="native speaker"):
    return client.post(PAGE, {"nation": code, "person": person.pk, "do": do, "reason": reason})


def test_page_shows_annotators_of_own_nations_with_what_they_do(client, curator, ann):
    ben = factories.user("ben", group="annotator", nations=("GB", "DE"))
    factories.user("gone", group="annotator", nations=("GB",), is_active=False)
    factories.user("researcher", group="researcher", nations=("GB",))
    factories.user("german", group="annotator", nations=("DE",))
    vote(triple_review(), ben, "valid")
    vote(triple_review(), ben, "valid", is_withdrawn=True)
    vote(triple_review("DE"), ben, "valid")
    attention = factories.ReviewFactory(decision=gold().decision, purpose=ReviewPurpose.ATTENTION)
    read(attention, said(ben, "invalid"))

    [(nation, rows)] = client.get(PAGE).context["rows"]

    assert nation.pk == "GB"
    assert [
        (str(row.person), row.standing is not None, row.votes, row.right, row.answered) for row in rows
    ] == [
        ("ann", False, 0, 0, 0),
        ("ben", True, 2, 0, 1),
    ]
    assert (rows[0].last_vote, rows[1].last_vote) == (None, NOON)
    assert "<td>0 of 1</td>" in client.get(PAGE).content.decode()


def test_page_says_how_a_qualification_came_and_went(client, curator, ann):
    def cell():
        return client.get(PAGE).content.decode().split("<td>ann</td>")[1].split("</td>")[0]

    never = cell()
    change(client, ann.person)
    granted = cell()
    change(client, ann.person, "revoke", reason="careless")
    ended = cell()

    assert "<td>no" in never
    assert "granted: native speaker" in granted
    assert "cur: careless" in ended


def test_curator_grants_and_ends(client, curator, ann):
    change(client, ann.person)
    granted = qualification_of(ann.person, "GB")
    change(client, ann.person, "revoke", reason="careless")

    granted.refresh_from_db()
    assert (granted.granted_by, granted.reason, granted.revoked_because) == (
        curator,
        "native speaker",
        "cur: careless",
    )
    assert qualification_of(ann.person, "GB") is None


@pytest.mark.parametrize("do", ["grant", "revoke"])
@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\x00b"])
def test_nothing_changes_without_a_proper_reason(client, curator, ann, do, reason):
    if do == "revoke":
        factories.qualify(ann.person, "GB")
    before = list(Qualification.objects.values())

    page = client.post(
        PAGE, {"nation": "GB", "person": ann.person.pk, "do": do, "reason": reason}, follow=True
    )

    assert list(Qualification.objects.values()) == before
    assert "Nothing was changed" in page.content.decode()


@pytest.mark.parametrize("do", ["", "delete", "GRANT"])
def test_an_unknown_deed_is_refused(client, curator, ann, do):
    change(client, ann.person, do)

    assert qualification_of(ann.person, "GB") is None


def test_curator_cannot_qualify_oneself(client, curator):
    curator.groups.add(factories.Group.objects.get_or_create(name="annotator")[0])

    page = client.post(
        PAGE,
        {"nation": "GB", "person": curator.person.pk, "do": "grant", "reason": "me"},
        follow=True,
    )

    assert "nobody can qualify themselves" in page.content.decode()
    assert Qualification.objects.count() == 0


def test_foreign_nations_and_people_are_not_found(client, curator, ann):
    german = factories.user(group="annotator", nations=("DE",), is_qualified=False)
    researcher = factories.user(group="researcher", nations=("GB",))

    statuses = [
        change(client, german.person, code="DE").status_code,
        change(client, german.person).status_code,
        change(client, researcher.person).status_code,
        change(client, ann.person, code="XX").status_code,
    ]

    assert (statuses, Qualification.objects.count()) == ([404] * 4, 0)


@pytest.mark.parametrize("number", ["", "abc", "-1", "²", "9" * 30, "9" * 5000])
def test_what_is_no_person_changes_nothing(client, curator, number):
    response = client.post(PAGE, {"nation": "GB", "person": number, "do": "grant", "reason": "r"})

    assert (response.status_code in {302, 404}, Qualification.objects.count()) == (True, 0)


def test_texts_are_escaped(client, curator):
    ann = factories.user("<i>ann</i>", group="annotator", nations=("GB",), is_qualified=False)
    change(client, ann.person, reason="<script>alert(1)</script>")

    html = client.get(PAGE).content.decode()

    assert ("<i>ann" in html, "<script>alert" in html, "&lt;script&gt;alert(1)" in html) == (
        False,
        False,
        True,
    )


def test_query_count_is_constant(client):
    client.force_login(factories.user(group="operator"))
    counts = []
    for code in ("GB", "DE", "FR"):
        for _ in range(2):
            ann = factories.user(group="annotator", nations=(code,))
            review = factories.ReviewFactory(decision=gold(code).decision, purpose=ReviewPurpose.ATTENTION)
            read(review, said(ann, "valid"))
        client.get(PAGE)
        counts.append(queries(client, PAGE))

    assert counts[0] == counts[2]
