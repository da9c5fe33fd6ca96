"""Handing in recorded answers: scored at once, or refused with the field and line."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from evaluation.models import Answer, CandidateModel, EvalRun, ReleaseItem, Submission
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from tests.evaluation.answered import answered_run
from tests.evaluation.api.submissions.handing_in import HEADER, PLACE, handed_in, lines

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("name", ["m\u0456x1", "\u0441ora", "\u0441\u043era-2", "org/m\u0456x1"])
def test_names_with_letters_of_another_script_in_a_word_are_refused(researcher, release, name):
    response = handed_in(researcher, lines(release, header={"model": name}), model=name)
    assert (response.status_code, list(response.json())) == (400, ["model"])


def test_a_name_wholly_in_letters_that_look_latin_is_refused_beside_the_latin_one(researcher, release):
    answered_run(release, "copa", ["statement", "statement"])
    name = "\u0441\u043e\u0440\u0430"
    response = handed_in(researcher, lines(release, header={"model": name}), model=name)
    assert response.json() == {"model": ["looks like copa, which is taken; choose another name"]}


@pytest.mark.parametrize(
    "name", ["通义千问Qwen2", "りんごモデル果", "ГигаЧат-2", "Mistral-Größe", "μ-model", "모델-1"]
)
def test_names_of_one_script_or_of_east_asian_ones_with_latin_are_taken(researcher, release, name):
    assert handed_in(researcher, lines(release, header={"model": name}), model=name).status_code == 201


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
        ("letters_logprob", ("s_rs", "rs_s"), {"reply": "A", "logprobs": [["A", 0.0, {"A": 0.0, "B": 0.0}]]}),
        ("letters_logprob", ("s_rs", "rs_s"), {"reply": "A", "logprobs": [["A", -1, {"A": -0.1, "B": -1}]]}),
        ("letters_logprob", ("s_rs", "rs_s"), {"reply": "A", "logprobs": [["C", -0.1, {"A": -0.5}]]}),
        ("likelihood", ("statement", "reversed"), {"logprobs": [0.0, 0.0]}),
        ("likelihood", ("statement", "reversed"), {"logprobs": []}),
        ("letters", ("s_rs", "rs_s"), {}),
    ],
)
def test_numbers_that_cannot_be_are_refused_and_leave_nothing(researcher, release, protocol, orders, said):
    kind = "likelihood_sum" if protocol == "likelihood" else protocol
    response = handed_in(researcher, recorded(release, protocol, orders, **said), protocol=kind)
    assert (response.status_code, list(response.json())) == (400, ["answers"])
    assert (EvalRun.objects.count(), CandidateModel.objects.count(), Submission.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("protocol", "said", "line"),
    [
        (
            "letters_logprob",
            {"reply": "A", "logprobs": [["A", 0.0, {"A": 0.0, "B": 0.0}]]},
            "line 2: line: Value error, token 1: the probabilities of its alternatives sum to 2",
        ),
        (
            "likelihood",
            {"logprobs": [0.0, 0.0]},
            "line 2: line: Value error, all 2 log-probabilities are exactly 0",
        ),
        ("letters", {}, "line 2: line: Value error, has neither a reply nor a refusal"),
    ],
)
def test_a_line_that_cannot_be_is_named(researcher, release, protocol, said, line):
    answers = [HEADER, {"protocol": protocol, "key": "k", "order": "s_rs", **said}]
    kind = "likelihood_sum" if protocol == "likelihood" else protocol
    assert handed_in(researcher, answers, protocol=kind).json() == {"answers": [line]}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "0.5"])
def test_a_file_with_numbers_that_cannot_be_is_refused_by_line(researcher, release, number):
    row = '{"protocol": "letters_logprob", "key": "k", "reply": "A", "logprobs": [["A", -1, {"A": %s}]]}'
    file = SimpleUploadedFile("answers.jsonl", f"{json.dumps(HEADER)}\n{row % number}\n".encode())
    fields = {"release": "demo", "model": "mine", "protocol": "letters_logprob", "answers": file}
    response = researcher.post(PLACE, fields)
    assert response.status_code == 400
    assert response.json()["answers"][0].startswith("line 2: logprobs.")


def test_numbers_that_are_only_rounded_are_taken(researcher, release):
    rounded = {"reply": "A", "logprobs": [["A", -0.004, {"A": -0.004, "B": -5.3}]]}  # together 1.001
    answers = recorded(release, "letters_logprob", ("s_rs", "rs_s"), **rounded)
    assert handed_in(researcher, answers, protocol="letters_logprob").status_code == 201


@pytest.mark.parametrize("reply", ["", "<think>Hm, A or B?</think>"])
@pytest.mark.parametrize("protocol", ["letters", "free_answer"])
def test_empty_replies_are_answers_that_say_nothing(researcher, release, protocol, reply):
    orders = ("",) if protocol == "free_answer" else ("s_rs", "rs_s")
    response = handed_in(researcher, recorded(release, protocol, orders, reply=reply), protocol=protocol)
    assert response.status_code == 201
    rates = {row["invalid_rate"] for row in response.json()["result"]["summary"]}
    assert rates == {1.0}


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


def test_the_same_record_again_is_the_same_run(researcher, release):
    runs = [handed_in(researcher, lines(release)).json()["run"] for _ in range(2)]
    assert runs[0] == runs[1]
