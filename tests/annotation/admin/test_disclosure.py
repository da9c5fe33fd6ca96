"""How much of a source's documents leaves: said at ingest, changed by curators, kept in the history."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotation.models import Source
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def french_source():
    return factories.DocumentFactory(nation=factories.nation("FR")).source


def change(client, source, **data):
    return client.post(reverse("admin:annotation_source_change", args=[source.pk]), data)


def curator(*nations):
    return factories.user(group="curator", nations=nations, is_staff=True)


def test_ingest_keeps_the_disclosure_it_is_told(tmp_path):
    factories.nation("GB")
    row = {"country": "GB", "language": "en", "text": "The council should protect the old park in town. " * 4}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    (tmp_path / "b.jsonl").write_text(json.dumps(row | {"text": row["text"] * 2}) + "\n", "utf-8")

    call_command("ingest", tmp_path / "a.jsonl", disclosure="reference", stdout=StringIO())
    call_command("ingest", tmp_path / "b.jsonl", stdout=StringIO())

    assert dict(Source.objects.values_list("name", "disclosure")) == {
        "a.jsonl": "reference",
        "b.jsonl": "span",
    }


def test_ingest_refuses_a_disclosure_it_does_not_know(tmp_path):
    with pytest.raises(CommandError, match="full_text"):
        call_command("ingest", str(tmp_path), "--disclosure", "everything")


def test_curator_changes_the_disclosure_and_nothing_else_and_the_history_says_so(client, french_source):
    person = curator("FR")
    client.force_login(person)

    response = change(client, french_source, disclosure="reference", name="other", licence="none")

    found = Source.objects.get()
    assert response.status_code == 302
    assert (found.disclosure, found.name, found.licence) == ("reference", french_source.name, "")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_change_message()) == (person, "disclosure: span -> reference")


def test_disclosure_page_says_what_each_choice_means(client, french_source):
    client.force_login(curator("FR"))

    page = client.get(reverse("admin:annotation_source_change", args=[french_source.pk])).content.decode()

    assert "Reference: digest and address only." in page


def test_unknown_disclosure_is_refused(client, french_source):
    client.force_login(curator("FR"))

    response = change(client, french_source, disclosure="everything")

    assert response.context["adminform"].form.errors.keys() == {"disclosure"}


def test_source_of_several_nations_is_changed_by_those_who_work_for_all_of_them(client, french_source):
    factories.DocumentFactory(nation=factories.nation("DE"), source=french_source)

    client.force_login(curator("FR"))
    refused = change(client, french_source, disclosure="full_text").status_code
    client.force_login(curator("FR", "DE"))
    done = change(client, french_source, disclosure="full_text").status_code

    assert (refused, done, Source.objects.get().disclosure) == (403, 302, "full_text")


@pytest.mark.parametrize("group", ["annotator", "researcher"])
def test_others_do_not_change_the_disclosure(client, french_source, group):
    client.force_login(factories.user(group=group, nations=("FR",), is_staff=True))

    assert change(client, french_source, disclosure="full_text").status_code == 403


def test_nobody_adds_or_deletes_a_source(client, french_source):
    client.force_login(factories.user(is_superuser=True, is_staff=True))
    pages = [
        reverse("admin:annotation_source_add"),
        reverse("admin:annotation_source_delete", args=[french_source.pk]),
    ]

    assert [client.post(page, {"post": "yes"}).status_code for page in pages] == [403, 403]
