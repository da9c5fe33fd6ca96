"""One's own settings, and leaving for good: no trace of a name in the whole database."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from annotation.models import Decision, Event, Inquiry, Person, Qualification, Vote, VoteRevision
from annotation.services.curation.triage import give_verdict
from annotation.services.people.erasure import erase_person
from annotation.services.people.inquiries import answer, ask
from annotation.services.people.qualifications import grant_qualification, revoke_qualifications
from evaluation.models import Release, ReleaseEvent
from tests import factories
from tests.annotation.people import account, read, said
from tests.annotation.votes import triple_review
from tests.queries import queries

pytestmark = pytest.mark.django_db
PROFILE, ERASE = reverse("annotation:profile"), reverse("annotation:erase")
NAME, FIRST, LAST = "zacharias.quill@example.org", "Zacharias", "Quillfeather"


@pytest.fixture
def leaver():
    """A curator who also annotates, with a trace in every table that may name people."""
    user = factories.user(
        NAME, group="annotator", nations=("GB",), first_name=FIRST, last_name=LAST, is_staff=True
    )
    factories.Group.objects.get_or_create(name="curator")[0].user_set.add(user)
    person = user.person
    person.language, person.demographics = "de", {"region": f"{LAST} Hall"}
    person.save()
    colleague = factories.user(group="annotator", nations=("GB",), is_qualified=False)
    account(user)
    person.studio_accounts.update(address=NAME)
    review = triple_review()
    read(review, said(user, "valid", note=f"Yours, {FIRST}"))
    question = ask(person=person, nation=factories.nation("GB"), text=f"{LAST} asks")
    answer(question, curator=colleague, text=f"Dear {FIRST}")
    overruled = triple_review().decision
    give_verdict(overruled, "invalid", curator=user)
    revoke_qualifications(person, "GB", because=f"{LAST} was careless")
    grant_qualification(person, "GB", curator=colleague, reason=f"I know {FIRST} well")
    grant_qualification(colleague.person, "GB", curator=user, reason="native")
    revoke_qualifications(colleague.person, "GB", because=f"{user}: careless")
    release = Release.objects.create(name="r1", created_by=user)
    ReleaseEvent.objects.create(release=release, old="", new="draft", actor=user, actor_name=str(user))
    for row in (user, person, Qualification.objects.filter(person=person).first()):
        LogEntry.objects.create(
            user=user,
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr=str(row)[:200],
            action_flag=CHANGE,
            change_message=f'[{{"changed": {{"name": "user", "object": "{user}"}}}}]',
        )
    return user


def everything():
    """All rows of all tables, as one text."""
    rows = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            rows += [f"{model._meta.db_table}: {row}" for row in cursor.fetchall()]
    return rows


def test_erasure_leaves_no_trace_of_the_name_in_any_table(leaver):
    def traces():
        return [row for row in everything() for word in (NAME, FIRST, LAST) if word.lower() in row.lower()]

    before = len(traces())

    name = erase_person(leaver.person)

    assert before > 15
    assert traces() == []
    assert name == f"erased-{leaver.person.pseudonym}"


def test_what_belongs_to_the_record_stays(leaver):
    name = erase_person(leaver.person)

    given = Vote.objects.get(annotator=leaver)
    assert (given.label, given.note, given.is_withdrawn) == ("valid", "", False)
    assert list(VoteRevision.objects.values_list("label", "note")) == [("valid", "")]
    verdict = Decision.objects.get(judge_type="curator")
    assert (verdict.label, verdict.judge, verdict.decided_by) == ("invalid", name, leaver)
    notes = Event.objects.filter(decision=verdict.supersedes, new="superseded").values_list(
        "note", "actor_name"
    )
    assert list(notes) == [(f"{name}: invalid", name)]
    assert list(Inquiry.objects.values_list("text", "answer")) == [("(erased)", "(erased)")]
    others = Qualification.objects.exclude(person=leaver.person).values_list("reason", "revoked_because")
    assert list(others) == [("native", f"{name}: careless")]
    assert ReleaseEvent.objects.get().actor_name == name


def test_others_keep_their_names(leaver):
    other = factories.user("zacharias.quill@example.org.uk", group="curator", nations=("GB",))
    give_verdict(triple_review().decision, "valid", curator=other)

    erase_person(leaver.person)

    other.refresh_from_db()
    assert other.email == "zacharias.quill@example.org.uk"
    assert Decision.objects.get(decided_by=other).judge == str(other)
    assert Event.objects.filter(actor=other, note=f"{other}: valid").count() == 1


def test_who_was_erased_has_no_rights_no_nations_and_no_way_in(leaver, client):
    client.force_login(leaver)
    elsewhere = Client()
    elsewhere.force_login(factories.user())

    erase_person(leaver.person)

    leaver.refresh_from_db()
    person = Person.objects.get(user=leaver)
    assert (leaver.is_active, leaver.is_staff, leaver.has_usable_password(), leaver.email) == (
        False,
        False,
        False,
        "",
    )
    assert (list(leaver.groups.all()), list(person.nations.all()), person.demographics, person.language) == (
        [],
        [],
        {},
        "",
    )
    assert person.erased_at is not None
    assert Session.objects.count() == 1
    assert client.get("/my-work/").status_code == 302
    assert client.post("/login/", {"username": NAME, "password": "password"}).status_code == 200


# The page


@pytest.fixture
def ann(client):
    found = factories.user("ann@example.org", group="annotator", nations=("GB",))
    client.force_login(found)
    return found


def test_settings_are_kept_and_shown_in_the_language_chosen(client, ann):
    told = {
        "language": "de",
        "birth_decade": "1980",
        "gender": "",
        "education": "university",
        "region": "Kent",
    }

    response = client.post(PROFILE, told)
    page = client.get(PROFILE)

    ann.person.refresh_from_db()
    assert response["Location"] == PROFILE
    assert (ann.person.language, ann.person.demographics) == (
        "de",
        {"birth_decade": "1980", "education": "university", "region": "Kent"},
    )
    assert "Ihre Einstellungen" in page.content.decode()
    assert page.context["form"]["region"].value() == "Kent"
    assert page.context["form"]["language"].value() == "de"


def test_everything_but_the_language_may_be_left_out(client, ann):
    response = client.post(PROFILE, {"language": "en"})

    ann.person.refresh_from_db()
    assert (response.status_code, ann.person.demographics) == (302, {})


@pytest.mark.parametrize(("header", "initial"), [("zh-hans", "zh"), ("fr", "fr"), ("en", "en")])
def test_the_language_of_the_page_is_proposed(client, ann, header, initial):
    page = client.get(PROFILE, headers={"accept-language": header})

    assert page.context["form"]["language"].value() == initial
    assert f'<option value="{initial}" selected>' in page.content.decode()


@pytest.mark.parametrize(
    "told",
    [
        {"language": "xx"},
        {"language": ""},
        {"language": "en", "gender": "<b>"},
        {"language": "en", "birth_decade": "1981"},
        {"language": "en", "region": "x" * 81},
        {"language": "en", "region": "a\x00b"},
    ],
)
def test_settings_refuse_what_is_not_offered(client, ann, told):
    page = client.post(PROFILE, told)

    ann.person.refresh_from_db()
    assert (page.status_code, ann.person.demographics) == (400, {})


@pytest.mark.parametrize("confirm", ["", "ann", "ANN@example.org", "other@example.org"])
def test_erasing_needs_the_own_login_name(client, ann, confirm):
    factories.user("other@example.org")

    page = client.post(ERASE, {"confirm": confirm}, follow=True)

    ann.refresh_from_db()
    assert (page.redirect_chain, ann.is_active) == ([(PROFILE, 302)], True)
    assert "Nothing was erased" in page.content.decode()


def test_erasing_oneself_logs_out_everywhere(client, ann):
    other_window = Client()
    other_window.force_login(ann)

    page = client.post(ERASE, {"confirm": "ann@example.org"}, follow=True)

    ann.refresh_from_db()
    assert (ann.is_active, ann.username) == (False, f"erased-{ann.person.pseudonym}")
    assert "You have been erased." in page.content.decode()
    assert [one.get(PROFILE).status_code for one in (client, other_window)] == [302, 302]


def test_erasing_is_a_post(client, ann):
    assert client.get(ERASE).status_code == 405


def test_settings_page_query_count_does_not_depend_on_what_one_told(client, ann):
    before = queries(client, PROFILE)
    client.post(PROFILE, {"language": "en", "region": "Kent", "gender": "other"})
    client.get(PROFILE)

    assert queries(client, PROFILE) == before


def test_a_short_name_is_erased_where_it_is_the_name_and_nowhere_else(ann):
    short = factories.user("a", group="annotator", nations=("GB",))
    entry = LogEntry.objects.create(
        user=ann, object_id="1", object_repr="anna banana", action_flag=2, change_message="a banana of anna"
    )
    named = LogEntry.objects.create(user=ann, object_id="2", object_repr="a for GB", action_flag=2)

    name = erase_person(short.person)

    entry.refresh_from_db()
    named.refresh_from_db()
    assert (entry.object_repr, entry.change_message) == ("anna banana", f"{name} banana of anna")
    assert named.object_repr == f"{name} for GB"
