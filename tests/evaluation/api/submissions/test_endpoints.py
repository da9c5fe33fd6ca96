"""Handing in endpoints: queued, started by an operator, asked with bound keys only."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from evaluation.models import EvalRun, ReleaseItem, Submission
from evaluation.services.runs import submissions
from tests.evaluation.api.submissions.handing_in import PLACE, queued
from tests.evaluation.services.runs.evaluating import affirmed
from tests.openai_server import openai_server

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("hosts", "address", "fields", "wrong"),
    [
        ([], "http://127.0.0.1/v1", {}, "base_url"),
        (["models.example"], "http://127.0.0.1/v1", {}, "base_url"),
        (["models.example"], "http://models.example@evil.example/v1", {}, "base_url"),
        (["models.example"], "http://u:p@models.example/v1", {}, "base_url"),
        (["models.example"], "file:///etc/passwd", {}, "base_url"),
        (["models.example"], "http://models.example:99999/v1", {}, "base_url"),
        (
            ["models.example"],
            "http://models.example/v1",
            {"key_variable": "DJANGO_SECRET_KEY"},
            "key_variable",
        ),
        (["models.example"], "http://models.example/v1", {"key_variable": "OPENAI_API_KEY"}, "key_variable"),
        (["models.example"], "http://models.example/v1", {"protocol": "free_answer", "judge": "j"}, "judge"),
    ],
)
def test_an_endpoint_that_may_not_be_asked_is_refused(
    researcher, release, settings, hosts, address, fields, wrong
):
    settings.NAVAB_ENDPOINT_HOSTS = hosts
    settings.OPENAI_BASE_URL = ""
    response = queued(researcher, address, **fields)
    assert (response.status_code, list(response.json())) == (400, [wrong])
    assert Submission.objects.count() == 0


def test_an_endpoint_waits_until_an_operator_starts_it(researcher, release, settings):
    settings.NAVAB_ENDPOINT_HOSTS = ["127.0.0.1"]
    with openai_server(affirmed) as server:
        response = queued(researcher, server.base_url, holdout=True)
        told = response.json()
        assert (response.status_code, told["status"], told["run"], told["result"]) == (
            202,
            "queued",
            None,
            None,
        )
        assert server.requests == []
        listed = StringIO()
        call_command("run_submissions", "--list", stdout=listed)
        assert server.requests == []
        call_command("run_submissions", stdout=StringIO())
        spent = EvalRun.objects.get().spent
        assert spent["requests"] == len(server.requests) > 0
    assert listed.getvalue().startswith(
        f"{told['id']}: mine by letters on demo@1.0.0 at {server.base_url} (host 127.0.0.1), private"
    )
    told = researcher.get(f"{PLACE}{told['id']}/").json()
    assert told["status"] == "finished"
    assert {
        (row["nation"], row["items"]) for row in told["result"]["holdout"] if row["source_type"] == "all"
    } == {
        ("FR", 1),
        ("GB", 1),
    }
    assert {row["rate"] for row in told["result"]["holdout"]} == {None}
    assert {row["rate"] for row in told["result"]["summary"]} == {None}
    read = researcher.get(f"/api/eval-runs/{told['run']}/").json()
    assert {row["rate"] for row in read["summary"]} == {None}
    assert read["slices"] == {}
    private = ReleaseItem.objects.filter(part="holdout")
    assert not any(item.key in json.dumps(told) or item.statement in json.dumps(told) for item in private)


def test_a_model_does_not_judge_itself(researcher, release, settings):
    settings.NAVAB_ENDPOINT_HOSTS = ["models.example"]
    settings.OPENAI_BASE_URL = "http://models.example/v1"
    response = queued(researcher, protocol="free_answer", judge="lab/Mine")
    assert (response.status_code, list(response.json())) == (400, ["judge"])


def test_no_key_of_the_server_is_sent_to_an_endpoint_without_one(researcher, release, settings, monkeypatch):
    settings.NAVAB_ENDPOINT_HOSTS = ["127.0.0.1"]
    settings.OPENAI_API_KEY = "secret-of-the-server"
    monkeypatch.setenv("OPENAI_API_KEY", "secret-of-the-server")
    with openai_server(affirmed) as server:
        queued(researcher, server.base_url)
        call_command("run_submissions", stdout=StringIO())
        sent = json.dumps([dict(recorded.headers) for recorded in server.requests])
    assert "secret-of-the-server" not in sent


KEY = "NAVAB_KEY_LAB"


@pytest.mark.parametrize("keys", [{}, {KEY: {"other.example"}}, {"NAVAB_KEY_OTHER": {"models.example"}}])
def test_a_key_goes_to_no_host_it_is_not_bound_to(researcher, release, settings, keys):
    settings.NAVAB_ENDPOINT_HOSTS = ["models.example", "other.example"]
    settings.NAVAB_ENDPOINT_KEYS = keys
    response = queued(researcher, key_variable=KEY)
    assert (response.status_code, list(response.json())) == (400, ["key_variable"])
    assert Submission.objects.count() == 0


def test_a_bound_key_is_sent_listed_and_no_more_once_it_is_unbound(
    researcher, release, settings, monkeypatch
):
    settings.NAVAB_ENDPOINT_HOSTS = ["127.0.0.1"]
    settings.NAVAB_ENDPOINT_KEYS = {KEY: frozenset({"127.0.0.1"})}
    monkeypatch.setenv(KEY, "secret-of-the-lab")
    with openai_server(affirmed) as server:
        queued(researcher, server.base_url, key_variable=KEY)
        listed = StringIO()
        call_command("run_submissions", "--list", stdout=listed)
        settings.NAVAB_ENDPOINT_KEYS = {}
        call_command("run_submissions", stdout=StringIO())
        refused = Submission.objects.get()
        assert (refused.status, server.requests) == ("failed", [])
        settings.NAVAB_ENDPOINT_KEYS = {KEY: frozenset({"127.0.0.1"})}
        call_command("run_submissions", str(refused.pk), "--again", stdout=StringIO())
        keys = {dict(recorded.headers).get("authorization") for recorded in server.requests}
    assert f"(host 127.0.0.1, with the key of {KEY})" in listed.getvalue()
    assert refused.error.startswith(f"{KEY} may not be sent to 127.0.0.1")
    assert keys == {"Bearer secret-of-the-lab"}


def test_private_items_are_sent_only_where_asked_for_and_allowed(researcher, release, settings):
    settings.NAVAB_ENDPOINT_HOSTS = ["models.example"]
    assert not Submission.objects.get(pk=queued(researcher).json()["id"]).is_holdout
    refused = queued(researcher, holdout=True)
    assert (refused.status_code, list(refused.json())) == (400, ["holdout"])
    settings.NAVAB_HOLDOUT_HOSTS = ["models.example"]
    assert Submission.objects.get(pk=queued(researcher, holdout=True).json()["id"]).is_holdout


@pytest.mark.parametrize(
    "address", ["http://models.example/v1\r\n", "http://models.example/v1 x", " http://models.example/v1"]
)
def test_an_address_with_spaces_or_line_ends_is_refused(researcher, release, settings, address):
    settings.NAVAB_ENDPOINT_HOSTS = ["models.example"]
    response = queued(researcher, address)
    assert (response.status_code, list(response.json())) == (400, ["base_url"])


def test_an_endpoint_that_fails_says_why_and_can_be_queued_again(researcher, release, settings):
    settings.NAVAB_ENDPOINT_HOSTS = ["127.0.0.1"]
    queued(researcher, "http://127.0.0.1:9/v1")
    call_command("run_submissions", stdout=StringIO())
    failed = Submission.objects.get()
    assert failed.status == "failed"
    assert failed.error
    with openai_server(affirmed) as server:
        Submission.objects.update(base_url=server.base_url)
        call_command("run_submissions", str(failed.pk), "--again", stdout=StringIO())
    failed.refresh_from_db()
    assert (failed.status, failed.error) == ("finished", "")


def test_a_crash_is_told_with_its_cause_and_the_next_is_still_scored(
    researcher, release, settings, monkeypatch
):
    settings.NAVAB_ENDPOINT_HOSTS = ["127.0.0.1"]
    real = submissions.evaluate

    def crash_for_first(*, candidate, **named):
        if candidate.name == "first":
            raise KeyError("a bug")
        return real(candidate=candidate, **named)

    monkeypatch.setattr(submissions, "evaluate", crash_for_first)
    with openai_server(affirmed) as server:
        for name in ("first", "second"):
            queued(researcher, server.base_url, model=name)
        call_command("run_submissions", stdout=StringIO())
    assert list(Submission.objects.order_by("pk").values_list("status", "error")) == [
        ("failed", "crashed by KeyError: 'a bug'; put it in the queue again"),
        ("finished", ""),
    ]


def test_the_queue_is_empty_says_so():
    out = StringIO()
    call_command("run_submissions", stdout=out)
    assert out.getvalue() == "Nothing is queued.\n"
