"""Pages of the conflict workbench: who sees what, what they say, what their forms do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import ConflictGroup, Decision
from pipeline.records import Relation
from tests import factories
from tests.annotation.conflict_groups import join, make_group, make_statements, payload, statuses
from tests.queries import queries

pytestmark = pytest.mark.django_db

INLINE = re.compile(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=|(?:src|href)=\"(?:https?:)?//")


@pytest.fixture
def curator(client: Client) -> Any:
    """A curator of the United Kingdom, logged in."""
    user = factories.user("cora@example.org", group="curator", nations=("GB",))
    client.force_login(user)
    return user


def url(group: ConflictGroup, query: str = "") -> str:
    return reverse("annotation:conflict_group", args=[group.pk]) + query


def labels() -> list[tuple[str, str]]:
    rows = Decision.objects.exclude(status="superseded").order_by("conflict")
    return list(rows.values_list("judge_type", "label"))


# Who sees them


@pytest.mark.parametrize(
    ("group", "status"), [("annotator", 403), ("researcher", 403), ("curator", 200), ("operator", 200)]
)
def test_pages_are_for_curators_and_operators(client: Client, group: str, status: int):
    found = make_group()
    client.force_login(factories.user(group=group, nations=("GB",)))

    assert [client.get(path).status_code for path in ("/conflicts/", url(found))] == [status, status]
    assert ("/conflicts/" in client.get("/my-work/").content.decode()) is (status == 200)


def test_pages_need_a_login(client: Client):
    assert client.get("/conflicts/")["Location"] == "/login/?next=/conflicts/"


def test_groups_of_other_nations_are_not_there(client: Client, curator: Any):
    ours, theirs = make_group(), make_group(code="DE")

    page = client.get("/conflicts/")

    assert [group for group, _ in page.context["rows"]] == [ours]
    assert client.get(url(theirs)).status_code == 404
    assert client.post(url(theirs), payload(theirs, outcome="plurality")).status_code == 404


def test_who_may_only_look_cannot_settle(client: Client, curator: Any):
    group = make_group()
    curator.groups.clear()
    curator.user_permissions.add(*every_permission_named("view_conflict"))

    page, refused = client.get(url(group)), client.post(url(group), payload(group, outcome="plurality"))

    assert (page.status_code, page.content.decode().count('method="post"')) == (200, 2)  # log out, language
    assert refused.status_code == 403


def every_permission_named(codename: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename=codename)


# The list


def test_list_has_undecided_groups_first_and_the_least_certain_of_them_before_others(
    client: Client, curator: Any
):
    sure, tied, done = make_group(4, 1), make_group(1, 1), make_group(1, 1)
    client.post(url(done), payload(done, outcome="plurality"))
    old = make_group(1, 1)
    ConflictGroup.objects.filter(pk=old.pk).update(is_current=False)

    rows = [
        (group, group.n_statements, group.n_open) for group, _ in client.get("/conflicts/").context["rows"]
    ]

    assert rows == [(tied, 2, 1), (sure, 5, 4), (done, 2, 0)]


def test_list_is_narrowed_to_a_nation_and_paged(client: Client):
    client.force_login(factories.user(group="operator"))
    groups = [make_group(1, 1) for _ in range(26)]
    germany = make_group(code="DE")

    narrowed = client.get("/conflicts/?nation=DE").context["rows"]
    second = client.get("/conflicts/?nation=GB&page=2").context["rows"]

    assert [group for group, _ in narrowed] == [germany]
    assert [group for group, _ in second] == [groups[-1]]


def test_list_shows_the_oldest_statement_of_each_side(client: Client, curator: Any):
    group = make_group(2, 2)

    ((_, sides),) = client.get("/conflicts/").context["rows"]

    assert [(name, statement.pk) for name, statement in sides] == [
        (name, min(group.sides.filter(side=side).values_list("statement", flat=True)))
        for name, side in (("A", 1), ("B", -1))
    ]


# Queries


def test_group_page_asks_as_many_queries_for_2_statements_as_for_200(client: Client, curator: Any):
    small, large = make_group(1, 1), make_group(110, 90)

    assert queries(client, url(small)) == queries(client, url(large)) <= 14


def test_list_asks_as_many_queries_for_1_group_as_for_3(client: Client, curator: Any):
    make_group()
    one = queries(client, "/conflicts/")
    make_group()
    make_group()

    assert queries(client, "/conflicts/") == one


# The page


@pytest.mark.parametrize("size", [(1, 1), (14, 9), (110, 90)])
def test_page_of_any_size_has_each_statement_and_links_to_it_and_nothing_inline(
    client: Client, curator: Any, size: tuple[int, int]
):
    group = make_group(*size)

    page = client.get(url(group, "?drop=1&keep_both=1"))

    html = page.content.decode()
    assert sorted(map(int, re.findall(r'<li id="s-(\d+)"', html))) == sorted(statuses(group))
    assert set(re.findall(r'href="#s-(\d+)"', html)) == set(map(str, statuses(group)))
    assert INLINE.findall(html) == []
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_plates_of_the_picture_never_touch(client: Client, curator: Any):
    graph = client.get(url(make_group(110, 90))).context["graph"]

    width, height = graph.plate
    places = [(plate.x, plate.y) for plate in graph.plates]
    touching = [
        (one, other)
        for number, one in enumerate(places)
        for other in places[:number]
        if abs(one[0] - other[0]) < width + 4 and abs(one[1] - other[1]) < height + 4
    ]
    assert (len(places), touching) == (200, [])
    assert all(plate.left >= 0 and plate.left + width <= graph.width for plate in graph.plates)
    assert all(plate.top >= 0 and plate.top + height <= graph.height for plate in graph.plates)


def test_dots_of_the_time_axis_never_touch_and_undated_ones_stand_apart(client: Client, curator: Any):
    times = client.get(url(make_group(110, 90))).context["times"]

    places = [(dot.x, dot.y) for dot in times.dots]
    assert (len(places), len(set(places))) == (200, 200)
    assert {dot.claim.statement.as_of is None for dot in times.dots if dot.x > times.undated_x} == {True}
    assert {dot.claim.statement.as_of is None for dot in times.dots if dot.x < times.end_x} == {False}
    assert all(0 < dot.y < times.height for dot in times.dots)


def test_group_without_any_date_has_a_page(client: Client, curator: Any):
    group = make_group()
    for side in group.sides.select_related("statement"):
        side.statement.as_of = None
        side.statement.save()

    assert client.get(url(group)).context["times"].ticks == []


def test_group_whose_statements_are_all_on_one_side_has_a_page(client: Client, curator: Any):
    group = make_group(2, 1)
    group.sides.update(side=1)

    page = client.get(url(group))

    assert page.context["margin_words"] == "All statements are on one side, so neither has a lead."
    assert "No contradiction runs between the two sides." in page.content.decode()


def test_relations_differ_by_pattern_as_well_as_by_colour(client: Client, curator: Any):
    graph = client.get(url(make_group(9, 6))).context["graph"]

    dashes = [dash for _, _, dash in graph.relations]
    assert [value for value, _, _ in graph.relations] == [
        "contradiction",
        "compatible",
        "duplicate",
        "different_scope",
    ]
    assert len(dashes) == len(set(dashes))


def test_texts_from_articles_are_escaped(client: Client, curator: Any):
    group = make_group()
    for side in group.sides.select_related("statement"):
        side.statement.text = '<script>alert("x")</script> & more'
        side.statement.save()

    html = client.get(url(group)).content.decode()

    assert html.count("<script") == 1
    assert "&lt;script&gt;alert(" in html


def test_edge_link_opens_the_page_of_edges_that_has_it(client: Client, curator: Any):
    group = make_group(9, 6)
    last = client.get(url(group)).context["bench"].edges[-1]

    page = client.get(url(group, f"?edge={last.pk}"))

    assert last in [card["edge"] for card in page.context["cards"]]


def test_what_if_stands_next_to_what_is(client: Client, curator: Any):
    group = make_group(6, 1)
    edge = client.get(url(group)).context["bench"].between[0]

    page = client.get(url(group, f"?drop={edge.pk}&drop=999999&keep_both=1"))

    assert page.context["what_if"].dropped == [edge]
    assert {row[0]: row[1:] for row in page.context["prospects"]}["Set aside"] == ("1", "0")
    assert "edge 999999" in page.content.decode()


# Forms


def test_edge_form_settles_and_leads_back_to_the_edges(client: Client, curator: Any):
    group = make_group(1, 1)
    edge = client.get(url(group)).context["bench"].edges[0]

    response = client.post(
        url(group, "?edges=1"), payload(group, edge=edge.pk, outcome="different_time", note="y")
    )

    assert response["Location"] == url(group, "?edges=1#edges")
    assert labels() == [("curator", "different_time")]
    assert (
        f'A1–B1 is settled: Different time. <a href="?edge={edge.pk}#e-{edge.pk}">'
        in client.get(url(group)).content.decode()
    )


def test_group_form_settles_and_its_verdict_can_be_taken_back(client: Client, curator: Any):
    group = make_group(2, 1)

    client.post(url(group), payload(group, outcome="side_b", note="all of it"))
    settled = labels()
    client.post(url(group), {**payload(group), "act": "take_back"})

    assert [judge for judge, _ in settled] == ["curator", "curator"]
    assert [judge for judge, _ in labels()] == ["rules", "rules"]
    assert set(statuses(group).values()) == {"contested"}


def test_edge_verdict_is_taken_back_by_its_form(client: Client, curator: Any):
    group = make_group(1, 1)
    edge = client.get(url(group)).context["bench"].edges[0]
    client.post(url(group), payload(group, edge=edge.pk, outcome="keep_first"))

    client.post(url(group), {**payload(group, edge=edge.pk), "act": "take_back"})

    assert labels() == [("rules", "plurality")]


def test_stale_form_shows_the_page_as_it_stands_and_keeps_the_note(client: Client, curator: Any):
    group = make_group(1, 1)
    edge = client.get(url(group)).context["bench"].edges[0]
    form = payload(group, edge=edge.pk, outcome="keep_first", note="what I meant")
    client.post(url(group), payload(group, edge=edge.pk, outcome="compatible"))

    response = client.post(url(group), form)

    assert response.status_code == 409
    assert "somebody has decided on this conflict since you opened the page" in response.context["refusal"]
    assert 'value="what I meant"' in response.content.decode()
    assert labels() == [("curator", "compatible")]


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ({}, "the form does not say what to do; use the buttons on the page"),
        ({"act": "group", "seen": "x"}, "Choose how the conflict ends."),
        (
            {"act": "group", "seen": "x", "outcome": "keep_first"},
            "Select a valid choice. keep_first is not one of the available choices.",
        ),
        ({"act": "edge", "seen": "1", "edge": "x", "outcome": "plurality"}, "edge: Enter a whole number."),
        (
            {"act": "edge", "seen": "1", "edge": "999999", "outcome": "plurality"},
            "edge 999999 is not in this group",
        ),
    ],
)
def test_malformed_form_is_told_what_is_wrong(
    client: Client, curator: Any, form: dict[str, str], refusal: str
):
    group = make_group(1, 1)

    response = client.post(url(group), form)

    assert (response.status_code, response.context["refusal"]) == (409, refusal)
    assert labels() == [("rules", "plurality")]


def test_history_has_the_newest_event_first(client: Client, curator: Any):
    group = make_group(1, 1)
    client.post(url(group), payload(group, outcome="plurality", note="both are held"))

    events = client.get(url(group)).context["events"]

    assert [(event.old, event.new, event.actor, name) for event, name in events] == [
        ("", "settled", curator, "A1–B1"),
        ("open", "superseded", curator, "A1–B1"),
        ("", "open", None, "A1–B1"),
    ]


def test_admin_leads_to_the_workbench_and_back(client: Client):
    group = make_group()
    client.force_login(factories.user(group="curator", nations=("GB",), is_staff=True))
    admin = reverse("admin:annotation_conflictgroup_change", args=[group.pk])

    assert f'href="{url(group)}"' in client.get(admin).content.decode()
    assert f'href="{admin}"' in client.get(url(group)).content.decode()


def test_margin_and_frustration_are_told_in_words(client: Client, curator: Any):
    one, two, three = make_statements(3, ("must",), first=0, code="GB")
    pairs = [((a.pk, b.pk), Relation.CONTRADICTION) for a, b in ((one, two), (one, three), (two, three))]
    group = join(pairs, score=0.99)

    page = client.get(url(group))

    assert page.context["margin_words"] == (
        "Side A leads by 33% of all the evidence (2.0 for A against 1.0 for B; 35% is asked for): too little "
        "for the machine to propose that one side holds, so it proposes to keep both."
    )
    assert page.context["frustration_words"] == (
        "33% of the weight of all edges fits no split into two sides (1 contradiction inside a side, "
        "0 agreements across); up to 25% is tolerated: so much that the machine proposes to keep both."
    )
