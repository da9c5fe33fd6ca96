"""Handing in recorded answers and endpoints: scored at once, queued, refused with the field and line."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from annotation.seed import seed_groups
from evaluation.api.submissions import MOST_BYTES
from evaluation.models import Answer, CandidateModel, EvalRun, ReleaseItem, Submission
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.services.runs import submissions
from tests import factories
from tests.evaluation.answered import answered_run
from tests.evaluation.scored import scored_release
from tests.evaluation.services.runs.evaluating import affirmed
from tests.openai_server import openai_server

pytestmark = pytest.mark.django_db
PLACE = "/api/submissions/"
ENDPOINT = {"release": "demo", "model": "mine", "protocol": "letters"}
HEADER = {"format": "navab-answers-1", "model": "mine", "recorded_at": "2026-01-01T00:00:00+00:00"}


@pytest.fixture(autouse=True)
def _fresh():
    seed_groups(apps, "default")
    cache.clear()  # throttles count there


@pytest.fixture
def release():
    return scored_release(2, nations=("FR", "GB"), holdout=1)


@pytest.fixture
def researcher(client):
    person = factories.user(group="researcher", nations=("GB",))
    client.force_login(person)
    client.person = person
    return client


def lines(release, letter="A", header=None, **other):
    rows = [
        {"protocol": "letters", "key": item.key, "order": order, "reply": letter, **other}
        for item in release.items.evaluated().order_by("key")
        for order in ("s_rs", "rs_s")
    ]
    return [{**HEADER, **(header or {})}, *rows]


def handed_in(client, answers, **fields):
    body = {"release": "demo@1.0.0", "model": "mine", "protocol": "letters", "answers": answers, **fields}
    return client.post(PLACE, json.dumps(body), content_type="application/json")


def test_recorded_answers_are_scored_at_once_and_figures_come_back(researcher, release):
    response = handed_in(researcher, lines(release))
    told = response.json()
    assert (response.status_code, told["status"], told["release"]) == (201, "finished", "demo@1.0.0")
    run = EvalRun.objects.get(pk=told["run"])
    assert (run.candidate.name, run.candidate.backend, run.status) == ("mine", "replay", "finished")
    assert not run.is_holdout
    rows = {(row["nation"], row["source_type"]): row for row in told["result"]["summary"]}
    assert (rows["GB", "all"]["items"], rows["GB", "all"]["flip_rate"]) == (2, 1.0)
    assert "holdout" not in told["result"]
    assert Answer.objects.filter(run=run).count() == 8


def test_a_file_does_as_well_as_json(researcher, release):
    text = "\n".join(json.dumps(line) for line in lines(release)) + "\n"
    file = SimpleUploadedFile("answers.jsonl", text.encode())
    response = researcher.post(
        PLACE, {"release": "demo", "model": "mine", "protocol": "letters", "answers": file}
    )
    assert (response.status_code, response.json()["status"]) == (201, "finished")


def test_likelihoods_are_scored_with_their_control(researcher, release):
    rows = [
        {"protocol": "likelihood", "key": item.key, "order": order, "logprobs": [value]}
        for item in release.items.evaluated()
        for order, value in (("statement", -1.0), ("reversed", -2.0))
    ]
    response = handed_in(researcher, [HEADER, *rows], protocol="likelihood_sum")
    result = response.json()["result"]
    assert response.status_code == 201
    assert [row["rate"] for row in result["summary"] if row["source_type"] == "all"] == [1.0, 1.0]
    assert result["control"]["items"] == 4


def test_free_answers_are_judged_by_the_embedded_judge(researcher, release):
    rows = [
        {"protocol": "free_answer", "key": item.key, "order": "", "reply": item.statement}
        for item in release.items.evaluated()
    ]
    told = handed_in(researcher, [HEADER, *rows], protocol="free_answer").json()
    assert (told["judge"], told["result"]["summary"][-1]["rate"]) == (OVERLAP_JUDGE, 1.0)


def broken(release, change):
    found = lines(release)
    change(found)
    return found


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows.pop(), "1 answers are missing or cannot be read: no recorded answer for letters|"),
        (lambda rows: rows[2].update(key="nowhere"), "line 3: key: 'nowhere' is no item of the public"),
        (lambda rows: rows[2].update(order="up"), "line 3: order: 'up' is not 's_rs' or 'rs_s'"),
        (lambda rows: rows.append(rows[1]), "line 10: the same item and order as line 2"),
        (lambda rows: rows[4].update(surprise=1), "line 5: surprise: Extra inputs are not permitted"),
        (lambda rows: rows[0].update(model="other"), "line 1: model is 'other', not 'mine'"),
        (lambda rows: rows[0].update(format="x"), "line 1: format: Value error, must be navab-answers-1"),
        (
            lambda rows: rows[0].update(release="demo@2.0.0"),
            "line 1: release is 'demo@2.0.0', not 'demo@1.0.0'",
        ),
        (lambda rows: rows[0].update(release_digest="f"), "line 1: release_digest is 'f', not "),
        (
            lambda rows: [row.update(protocol="decisions") for row in rows[1:]],
            "no line has protocol 'letters'",
        ),
        (
            lambda rows: rows[3].update(prompt_digest="0" * 32),
            "1 answers are missing or cannot be read: the rec",
        ),
    ],
)
def test_a_record_with_faults_names_the_line_and_leaves_nothing(researcher, release, change, says):
    response = handed_in(researcher, broken(release, change))
    assert response.status_code == 400
    (said,) = response.json()["answers"]
    assert said.startswith(says)
    assert "/tmp" not in said
    assert (EvalRun.objects.count(), CandidateModel.objects.count(), Submission.objects.count()) == (0, 0, 0)


def test_private_items_cannot_be_answered_in_a_record_nor_told_from_unknown_ones(researcher, release):
    private = ReleaseItem.objects.get(part="holdout", nation="GB")
    said = [
        handed_in(researcher, broken(release, lambda rows, key=key: rows[2].update(key=key))).json()[
            "answers"
        ][0]
        for key in (private.key, "0" * 40)
    ]
    assert said[0].replace(private.key, "KEY") == said[1].replace("0" * 40, "KEY")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"release": "none"}, "release"),
        ({"protocol": "phrenology"}, "protocol"),
        ({"model": " spaced "}, "model"),
        ({"model": "a\x07b"}, "model"),
        ({"model": "ngram-baseline"}, "model"),
        ({"answers": "text"}, "answers"),
        ({"answers": []}, "answers"),
        ({"answers": [1]}, "answers"),
        ({"key_variable": "NAVAB_KEY_X"}, "key_variable"),
        ({"base_url": "http://127.0.0.1/v1"}, "non_field_errors"),
    ],
)
def test_wrong_fields_are_named(researcher, release, fields, wrong):
    response = handed_in(researcher, **{"answers": lines(release), **fields})
    assert (response.status_code, list(response.json())) == (400, [wrong])


@pytest.mark.parametrize(
    "name",
    [
        "bigram-baseline",
        "Ngram-Baseline",
        "ngram\u2011baseline",
        "x/ngram_baseline",
        "m\u200bine",
        "m\u202eine",
    ],
)
def test_names_of_baselines_and_names_with_hidden_characters_are_refused(researcher, release, name):
    response = handed_in(researcher, lines(release, header={"model": name}), model=name)
    assert (response.status_code, list(response.json())) == (400, ["model"])


def test_a_name_that_looks_like_a_scored_one_is_refused_and_another_size_is_not(researcher, release):
    answered_run(release, "SmolLM2:135m", ["statement", "statement"])
    for name, status in (("smollm2:135M", 400), ("org/SmolLM2:135m", 400), ("SmolLM2:1.7b", 201)):
        response = handed_in(researcher, lines(release, header={"model": name}), model=name)
        assert (name, response.status_code) == (name, status)


def recorded(release, protocol, orders, **said):
    return [
        HEADER,
        *(
            {"protocol": protocol, "key": item.key, "order": order, **said}
            for item in release.items.evaluated()
            for order in orders
        ),
    ]


@pytest.mark.parametrize(
    ("protocol", "orders", "said"),
    [
        ("decisions", ("s_rs", "rs_s"), {"probabilities": {"A": 0, "B": 0}}),
        ("decisions", ("s_rs", "rs_s"), {"probabilities": {"A": 1, "B": -1}}),
        ("decisions", ("s_rs", "rs_s"), {"probabilities": {"A": 5, "B": -3}}),
        ("decisions", ("s_rs", "rs_s"), {"probabilities": {"A": 900, "B": 100}}),
        ("likelihood", ("statement", "reversed"), {"logprobs": [1e308, 1e308]}),
        ("likelihood", ("statement", "reversed"), {"logprobs": [-1e308, -1e308]}),
        ("likelihood", ("statement", "reversed"), {"logprobs": [0.5, 0.25]}),
        ("letters", ("s_rs", "rs_s"), {"reply": "A", "tokens": [-5, 1]}),
        ("letters", ("s_rs", "rs_s"), {"reply": "A", "tokens": [10**30, 1]}),
        ("letters", ("s_rs", "rs_s"), {"reply": "A\0"}),
        ("letters_logprob", ("s_rs", "rs_s"), {"reply": "A", "logprobs": [["A", 0.5, {"A": 0.5, "B": 0.1}]]}),
    ],
)
def test_numbers_that_cannot_be_are_refused_and_leave_nothing(researcher, release, protocol, orders, said):
    kind = "likelihood_sum" if protocol == "likelihood" else protocol
    response = handed_in(researcher, recorded(release, protocol, orders, **said), protocol=kind)
    assert (response.status_code, list(response.json())) == (400, ["answers"])
    assert (EvalRun.objects.count(), CandidateModel.objects.count(), Submission.objects.count()) == (0, 0, 0)


def test_json_nested_beyond_reading_is_refused(researcher, release):
    deep = "[" * 100_000 + "]" * 100_000
    response = researcher.post(PLACE, '{"answers": ' + deep + "}", content_type="application/json")
    assert response.status_code == 400
    file = SimpleUploadedFile("answers.jsonl", (json.dumps(HEADER)[:-1] + ', "x": ' + deep + "}").encode())
    fields = {"release": "demo", "model": "mine", "protocol": "letters", "answers": file}
    assert researcher.post(PLACE, fields).status_code == 400


def test_a_crash_while_scoring_a_record_leaves_nothing(researcher, release, monkeypatch):
    def crash(*_arguments, **_named):
        raise MemoryError("no room")

    monkeypatch.setattr("evaluation.services.runs.evaluate.keep_standing", crash)
    with pytest.raises(MemoryError):
        handed_in(researcher, lines(release))
    assert (EvalRun.objects.count(), CandidateModel.objects.count()) == (0, 0)


def test_a_draft_or_withdrawn_release_takes_nothing(researcher, release):
    release.status = "withdrawn"
    release.save()
    assert list(handed_in(researcher, lines(release)).json()) == ["release"]


def test_nobody_adds_answers_to_a_model_this_server_or_somebody_else_has_scored(researcher, client, release):
    answered_run(release, "asked-here", ["statement", "statement"])
    taken = handed_in(researcher, lines(release, header={"model": "asked-here"}), model="asked-here")
    assert list(taken.json()) == ["model"]
    assert handed_in(researcher, lines(release)).status_code == 201
    assert handed_in(researcher, lines(release, "B")).status_code == 201
    client.force_login(factories.user(group="researcher"))
    assert list(handed_in(client, lines(release)).json()) == ["model"]


def test_the_same_record_again_is_the_same_run(researcher, release):
    runs = [handed_in(researcher, lines(release)).json()["run"] for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("group", "status"),
    [("researcher", 201), ("operator", 201), ("curator", 403), ("annotator", 403), ("", 403)],
)
def test_only_researchers_and_operators_hand_in(client, release, group, status):
    client.force_login(factories.user(group=group))
    assert handed_in(client, lines(release)).status_code == status


def test_handing_in_needs_a_login(client, release):
    assert handed_in(client, lines(release)).status_code == 403


def test_too_much_is_refused_before_it_is_read(researcher, release):
    response = researcher.post(
        PLACE, "{}", content_type="application/json", headers={"content-length": str(MOST_BYTES + 1)}
    )
    assert response.status_code == 413


def test_handing_in_is_throttled_and_reading_is_not(researcher, release):
    statuses = [handed_in(researcher, []).status_code for _ in range(21)]
    assert statuses == [400] * 20 + [429]
    assert researcher.get(PLACE).status_code == 200


def test_own_submissions_are_read_and_operators_read_all(researcher, client, release):
    made = handed_in(researcher, lines(release)).json()["id"]
    assert [row["id"] for row in researcher.get(PLACE).json()["results"]] == [made]
    client.force_login(factories.user(group="researcher"))
    assert client.get(PLACE).json()["results"] == []
    assert client.get(f"{PLACE}{made}/").status_code == 404
    client.force_login(factories.user(group="operator"))
    assert client.get(f"{PLACE}{made}/").json()["status"] == "finished"


def queued(client, server="http://models.example/v1", **fields):
    body = {**ENDPOINT, "base_url": server, **fields}
    return client.post(PLACE, json.dumps(body), content_type="application/json")


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
        assert len(server.requests) > 0
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


def test_the_schema_tells_of_submissions_and_answers(researcher):
    schema = researcher.get("/api/schema/", {"format": "json"}).json()
    assert sorted(schema["paths"][PLACE]) == ["get", "post"]
    body = schema["paths"][PLACE]["post"]["requestBody"]["content"]
    assert sorted(body) == ["application/json", "multipart/form-data"]
    assert "/api/eval-runs/{id}/answers/" in schema["paths"]
