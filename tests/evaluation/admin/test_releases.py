"""Releases in the admin: made by a form, published once verified, withdrawn with a reason; items are read."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from evaluation.admin.release_forms import MakeReleaseForm
from evaluation.models import Answer, CandidateModel, EvalRun, Release, ReleaseEvent, ReleaseItem
from evaluation.publishing.recipe import Gates, Recipe
from evaluation.services.releases.make import make_release, release_item
from tests import factories
from tests.evaluation.gold import approved_corpus
from tests.evaluation.publishing.content import hostile_rows
from tests.evaluation.released import built_release
from tests.queries import queries

pytestmark = pytest.mark.django_db
ALL = ("CN", "DE", "FR", "GB", "US")
LIST = "admin:evaluation_release_changelist"
MAKE = "admin:evaluation_release_make"
# What the form sends when nothing but the name is filled in.
FILLED = {
    "name": "harbour",
    "source_types": ["quoted", "official"],
    "with_contested": "on",
    "conflict_reduction": "on",
    "seed": "0",
    "all_qualified": "on",
}


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.RELEASES_DIR = tmp_path


def curator(*nations):
    return factories.user(group="curator", nations=nations, is_staff=True)


def form(user=None, **data):
    return MakeReleaseForm(FILLED | data, user=user or curator(*ALL))


def act(client, action, *rows, **more):
    return client.post(
        reverse(LIST), {"action": action, "_selected_action": [row.pk for row in rows], **more}
    )


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def candidate():
    approved_corpus(per_slice=1)
    return make_release(name="harbour")


def test_form_gives_the_recipe_it_asks_for():
    found = form(
        nations=["FR", "GB"],
        source_types=["quoted"],
        published_from="2020-01-01",
        with_contested="",
        conflict_reduction="",
        balance=["choices", "years"],
        slice_size="50",
        recent_from="2024-01-01",
        holdout_share="0.1",
        preference_share="0.2",
        seed="7",
        max_outlet_share="0.5",
        min_items="3",
        min_alpha="0.6",
        all_qualified="",
    )

    assert found.errors == {}
    assert found.cleaned_data["recipe"] == Recipe(
        nations=("FR", "GB"),
        source_types=("quoted",),
        published_from="2020-01-01",
        with_contested=False,
        conflict_reduction=False,
        balance=("choices", "years"),
        slice_size=50,
        recent_from="2024-01-01",
        holdout_share=0.1,
        preference_share=0.2,
        seed=7,
        gates=Gates(max_outlet_share=0.5, min_items=3, min_alpha=0.6, all_qualified=False),
    )


def test_form_left_alone_gives_the_recipe_there_is_without_options():
    found = form(factories.user(is_superuser=True))

    assert (found.errors, found.cleaned_data["recipe"]) == ({}, Recipe())


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "Harbour 1"}, "name"),
        ({"name": ""}, "name"),
        ({"nations": ["XX"]}, "nations"),
        ({"source_types": []}, "source_types"),
        ({"published_from": "yesterday"}, "published_from"),
        ({"published_from": "2024-01-01", "published_to": "2023-01-01"}, "published_from"),
        ({"recent_from": "2024-13-01"}, "recent_from"),
        ({"slice_size": "0"}, "slice_size"),
        ({"holdout_share": "1.5"}, "holdout_share"),
        ({"holdout_share": "0.6", "preference_share": "0.6"}, "holdout_share"),
        ({"max_year_share": "2"}, "max_year_share"),
        ({"min_alpha": "x"}, "min_alpha"),
        ({"seed": "-1"}, "seed"),
        ({"balance": ["weather"]}, "balance"),
    ],
)
def test_form_says_at_the_field_what_is_wrong(data, field):
    assert form(**data).errors.keys() == {field}


def test_form_offers_and_takes_own_nations_only():
    person = curator("FR", "DE")

    assert [code for code, _ in form(person).fields["nations"].choices] == ["DE", "FR"]
    assert form(person, nations=["CN"]).errors.keys() == {"nations"}
    filled = form(person)
    assert filled.is_valid()
    assert sorted(filled.cleaned_data["recipe"].nations) == ["DE", "FR"]
    assert form(curator()).errors == {"__all__": ["You work for no nation."]}


def test_curator_makes_a_candidate_of_own_nations(client):
    approved_corpus(per_slice=1)
    person = curator("FR", "GB")
    client.force_login(person)

    response = client.post(reverse(MAKE), FILLED)

    release = Release.objects.get()
    assert response.status_code == 302
    assert response.url == reverse("admin:evaluation_release_change", args=[release.pk])
    assert (release.label, release.status, release.created_by) == ("harbour@1.0.0", "candidate", person)
    assert set(release.items.values_list("nation_id", flat=True)) == {"FR", "GB"}
    assert ReleaseEvent.objects.get().actor == person


def test_release_that_fails_its_gates_is_shown_with_the_rows_to_fix(client):
    approved_corpus(per_slice=1)
    client.force_login(curator("GB"))

    response = client.post(reverse(MAKE), FILLED | {"max_outlet_share": "0.5"})

    draft = Release.objects.get()
    failed = [gate for gate in draft.gates if not gate["passed"]]
    page = response.content.decode()
    links = [
        reverse("admin:annotation_triple_change", args=[pk]) for gate in failed for pk in gate["triples"]
    ]
    assert (response.status_code, draft.status, bool(links)) == (400, "draft", True)
    assert "stays a draft" in page
    assert [link for link in links if link not in page] == []
    assert 'value="0.5"' in page

    overridden = client.post(
        reverse(MAKE), FILLED | {"max_outlet_share": "0.5", "override": "One outlet is all there is."}
    )

    made = Release.objects.get()
    assert (overridden.status_code, made.pk, made.status) == (302, draft.pk, "candidate")
    assert made.told.override == "One outlet is all there is."


def test_release_of_nothing_says_what_to_do(client):
    client.force_login(curator("GB"))

    response = client.post(reverse(MAKE), FILLED)

    assert response.status_code == 400
    assert "0 approved triples" in response.content.decode()
    assert Release.objects.count() == 0


@pytest.mark.parametrize("group", ["annotator", "researcher"])
def test_others_neither_make_nor_publish_nor_withdraw(client, candidate, group):
    client.force_login(factories.user(group=group, nations=ALL, is_staff=True))

    opened = [client.get(reverse(MAKE)).status_code, client.post(reverse(MAKE), FILLED).status_code]
    act(client, "publish", candidate)
    act(client, "withdraw", candidate, reason="no")

    assert opened == [403, 403]
    assert [release.status for release in Release.objects.all()] == ["candidate"]


def test_list_offers_the_form_to_those_who_may_use_it(client):
    offered = {}
    for group in ("curator", "researcher"):
        client.force_login(factories.user(group=group, nations=ALL, is_staff=True))
        offered[group] = reverse(MAKE) in client.get(reverse(LIST)).content.decode()

    assert offered == {"curator": True, "researcher": False}


def test_publish_verifies_and_names_the_actor(client, candidate):
    person = curator(*ALL)
    client.force_login(person)

    response = act(client, "publish", candidate, row=candidate.pk)

    candidate.refresh_from_db()
    assert told(response) == ["1 published."]
    assert response.url == reverse("admin:evaluation_release_change", args=[candidate.pk])
    assert candidate.status == "published"
    assert candidate.events.first().actor == person


def test_folder_that_does_not_verify_is_not_published(client, candidate, tmp_path):
    card = tmp_path / "harbour-1.0.0" / "README.md"
    card.chmod(0o644)
    card.write_text("changed")
    client.force_login(curator(*ALL))

    (message,) = told(act(client, "publish", candidate))

    candidate.refresh_from_db()
    assert candidate.status == "candidate"
    assert "README.md" in message
    assert message.startswith("1 not changed:")


@pytest.mark.parametrize("action", ["publish", "withdraw"])
def test_release_of_other_nations_is_left_alone(client, candidate, action):
    client.force_login(curator("FR"))

    (message,) = told(act(client, action, candidate, reason="no"))

    candidate.refresh_from_db()
    assert candidate.status == "candidate"
    assert "nations you do not work for" in message


def test_withdraw_asks_for_a_reason_and_keeps_it(client, candidate):
    client.force_login(curator(*ALL))

    asked = act(client, "withdraw", candidate)
    empty = act(client, "withdraw", candidate, reason="  ")
    between = Release.objects.get().status
    done = act(client, "withdraw", candidate, reason="Two articles were forged.")

    assert (asked.status_code, empty.status_code, between) == (200, 400, "candidate")
    assert "Withdraw harbour@1.0.0" in asked.content.decode()
    assert f'name="_selected_action" value="{candidate.pk}"' in asked.content.decode()
    assert (done.status_code, told(done)) == (302, ["1 withdrawn."])
    event = ReleaseEvent.objects.first()
    assert (Release.objects.get().status, event.note) == ("withdrawn", "Two articles were forged.")
    assert told(act(client, "withdraw", candidate, reason="again"))[-1].startswith("1 not changed:")


def test_page_of_a_release_tells_recipe_and_gates_and_no_secret(client, tmp_path):
    release = built_release(tmp_path)
    Release.objects.update(holdout_salt="secret salt")
    client.force_login(factories.user(is_superuser=True, is_staff=True))

    page = client.get(reverse("admin:evaluation_release_change", args=[release.pk])).content.decode()

    assert "10 % of the items, scored on the server only" in page
    triple = release.gates[0]["triples"][0]
    link = reverse("admin:annotation_triple_change", args=[triple])
    assert f'found 0, limit 4. 4 of 4 items are missing <a href="{link}">triple {triple}</a>' in page
    assert "secret salt" not in page


@pytest.mark.parametrize("recipe", [{}, {"format": 99}, {"nobody": "knows"}])
def test_draft_with_any_recipe_has_a_page(client, recipe):
    draft = Release.objects.create(name="pier", recipe=recipe)
    client.force_login(curator("FR"))

    assert client.get(reverse("admin:evaluation_release_change", args=[draft.pk])).status_code == 200


def test_items_held_back_are_for_who_keeps_the_server(client, tmp_path):
    held = built_release(tmp_path).items.get(part="holdout")
    addresses = [
        reverse("admin:evaluation_releaseitem_changelist") + "?part__exact=holdout",
        reverse("admin:evaluation_releaseitem_change", args=[held.pk]),
        reverse("admin:evaluation_releaseitem_changelist") + f"?q={held.key}",
    ]
    seen = {}
    for who, fields in {
        "curator": {"group": "curator", "nations": ALL},
        "operator": {"group": "operator"},
        "superuser": {"is_superuser": True},
    }.items():
        client.force_login(factories.user(is_staff=True, **fields))
        pages = [client.get(address, follow=True).content.decode() for address in addresses]
        seen[who] = [held.statement in page or held.question in page for page in pages]

    assert seen == {
        "curator": [False] * 3,
        "operator": [True] * 3,
        "superuser": [True] * 3,
    }


def test_answers_to_items_held_back_are_for_those_who_may_see_the_items(client, tmp_path):
    release = built_release(tmp_path)
    held, other = (
        release.items.get(part="holdout"),
        release.items.public().get(nation="GB", source_type="quoted"),
    )
    run = EvalRun.objects.create(
        release=release,
        candidate=CandidateModel.objects.create(name="m", backend="openai"),
        method="mc",
        protocol="letters",
        is_holdout=True,
    )
    for item in (held, other):
        Answer.objects.create(run=run, item=item, order="s_rs", outcome="statement")
    seen = {}
    for who, fields in {
        "researcher": {"group": "researcher", "nations": ALL},
        "operator": {"group": "operator"},
        "superuser": {"is_superuser": True},
    }.items():
        client.force_login(factories.user(is_staff=True, **fields))
        listed = client.get(reverse("admin:evaluation_answer_changelist")).context["cl"].queryset
        shown = client.get(reverse("evaluation:answers", args=[run.pk])).context["page"]
        seen[who] = [{answer.item_id for answer in rows} == {held.pk, other.pk} for rows in (listed, shown)]

    assert seen == {"researcher": [False, False], "operator": [True, True], "superuser": [True, True]}


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 17),
        ("part__exact=evaluation", 17),
        ("part__exact=train", 0),
        ("is_contested__exact=1", 1),
        ("period__exact=recent", 1),
        ("nation=FR", 2),
        ("source_type__exact=official", 8),
    ],
)
def test_items_are_filtered_by_slice(client, tmp_path, query, number):
    item = built_release(tmp_path).items.public().first()
    ReleaseItem.objects.filter(pk=item.pk).update(is_contested=True, period="recent")
    client.force_login(curator(*ALL))

    page = client.get(reverse("admin:evaluation_releaseitem_changelist") + f"?{query}")

    assert page.context["cl"].result_count == number


def test_items_are_read_only_and_link_to_their_passport(client, tmp_path):
    item = built_release(tmp_path).items.public().first()
    client.force_login(factories.user(is_superuser=True, is_staff=True))
    address = reverse("admin:evaluation_releaseitem_change", args=[item.pk])

    page = client.get(address).content.decode()

    assert reverse("evaluation:passport", args=["harbour@1.2.0", item.key]) in page
    assert client.post(address, {"statement": "changed"}).status_code == 403


@pytest.mark.parametrize("table", ["release", "releaseitem"])
def test_query_counts_of_lists_do_not_grow_with_rows(client, tmp_path, table):
    release = built_release(tmp_path)
    client.force_login(curator(*ALL))
    address = reverse(f"admin:evaluation_{table}_changelist")
    before = queries(client, address)
    ReleaseItem.objects.bulk_create(release_item(release, row) for row in hostile_rows())
    for n in range(3):
        other = Release.objects.get(pk=release.pk)
        other.pk, other.version, other.previous = None, f"2.{n}.0", release
        other.save()

    assert queries(client, address) == before
