"""The quality bench with a language model as the judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality.__main__ import main
from tests.benchmarks.folder import contents, write
from tests.benchmarks.running import Found, bench, figures
from tests.openai_server import Recorded, error, openai_server

Say = Callable[[Recorded], Any]
SETTINGS = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "NAVAB_MODEL", "NAVAB_EMBEDDER", "NAVAB_EMBEDDING_MODEL")
TASKS = ("SCREENING", "STATEMENTS", "ATTRIBUTION", "CONFLICTS", "TRIPLES", "TOPICS")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SETTINGS, *(f"NAVAB_MODEL_{task}" for task in TASKS)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def passages(tmp_path: Path) -> Path:
    """A folder of 20 passages, half of them with a value."""
    name = "gold/value_labels_csv.zh.jsonl.gz"
    write(tmp_path / name, contents()[name][:20])
    return tmp_path


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Found, list[Recorded]]]:
    """Runs the bench against a server that answers as ``say`` wants; gives what it was asked, too."""

    def run(folder: Path, say: Say | None, *arguments: str) -> tuple[Found, list[Recorded]]:
        with openai_server(say) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
            monkeypatch.setenv("OPENAI_API_KEY", "key")
            monkeypatch.setenv("NAVAB_MODEL", "tiny")
            found = bench(folder, "--engine", "openai", *arguments)
        return found, server.requests

    return run


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "the openai engine needs OPENAI_BASE_URL"),
        ({"NAVAB_MODEL": "tiny"}, "the openai engine needs OPENAI_BASE_URL"),
        (
            {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"},
            "the openai engine needs NAVAB_MODEL or NAVAB_MODEL_SCREENING",
        ),
        (
            {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "NAVAB_MODEL_SCREENING": "tiny"},
            "the openai engine needs NAVAB_MODEL or NAVAB_MODEL_STATEMENTS",
        ),
    ],
)
def test_openai_engine_without_its_settings_is_refused(
    folder: Path,
    settings: dict[str, str],
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    code = main(["--data", str(folder), "--engine", "openai", "--json"])

    said = capsys.readouterr()
    assert (code, said.out, said.err) == (2, "", f"{why}\n")


def test_unknown_embedder_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("NAVAB_EMBEDDER", "magic")

    code = main(["--data", str(folder), "--json"])

    said = capsys.readouterr()
    assert (code, said.out, said.err) == (2, "", "'magic' is not a valid Embedding\n")


@pytest.mark.parametrize(("label", "recall"), [("sensitive", 1.0), ("not_sensitive", 0.0)])
def test_model_screens_every_passage(passages: Path, ask, label: str, recall: float):
    reply = json.dumps({"label": label, "rationale": "scripted"})

    found, asked = ask(passages, lambda recorded: reply, "--stage", "screening")

    assert (found.code, found.engine, found.failed) == (0, "openai", {})
    assert [request.body["model"] for request in asked] == ["tiny"] * 20
    judged = [row for row in found.rows if row["dataset"] == "value_labels any"]
    assert [(row["metric"], row["n"], row["value"]) for row in judged] == [
        ("average precision", 20, 0.5),
        ("recall", 10, recall),
    ]


def test_model_judges_every_pair_in_both_orders(tmp_path: Path, ask):
    name = "gold/rte3_french.fr.jsonl"
    write(tmp_path / name, contents()[name])

    def say(recorded: Recorded) -> str:
        relation = "contradiction" if "Aucune" in recorded.prompt else "compatible"
        return json.dumps({"relation": relation, "rationale": "scripted"})

    found, asked = ask(tmp_path, say, "--stage", "conflicts", "--language", "fr")

    assert (found.code, found.engine, found.failed, len(asked)) == (0, "openai", {}, 6)
    assert [(row["dataset"], row["n"], row["value"]) for row in found.rows] == [("rte3", 3, 1.0)]


def test_pair_the_model_does_not_answer_counts_as_undecided(tmp_path: Path, ask):
    name = "gold/rte3_french.fr.jsonl"
    write(tmp_path / name, contents()[name])
    reply = json.dumps({"relation": "compatible", "rationale": "scripted"})

    found, _ = ask(
        tmp_path,
        lambda recorded: "no object" if "Aucune" in recorded.prompt else reply,
        "--stage", "conflicts",
    )  # fmt: skip

    # Two pairs are surely compatible, the contradiction is left at one half: ranked first.
    assert (found.code, [(row["n"], row["value"]) for row in found.rows]) == (0, [(3, 1.0)])


def test_endpoint_that_refuses_fails_its_parts_and_hides_no_other(passages: Path, ask):
    found, _ = ask(passages, lambda recorded: error(401, "wrong key"), "--stage", "screening")

    assert (found.code, list(found.failed)) == (1, ["screening any zh"])
    assert found.failed["screening any zh"].startswith("EndpointUnavailableError: model tiny cannot be asked")
    assert found.figures == bench(passages, "--stage", "screening").figures[2:]
    assert [row["dataset"] for row in found.rows] == ["value_labels named"]


@pytest.mark.parametrize("stage", ["language", "duplicates"])
def test_stages_that_are_the_same_for_both_engines_ask_nobody(whole: Found, folder: Path, ask, stage: str):
    found, asked = ask(folder, None, "--stage", stage, "--language", "fr")

    assert (found.code, found.engine, asked) == (0, "openai", [])
    assert found.figures == figures(
        row for row in whole.rows if row["stage"] == stage and row["language"] == "fr"
    )


def test_table_names_the_engine(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("NAVAB_MODEL", "tiny")

    main(["--data", str(folder), "--engine", "openai", "--stage", "duplicates", "--language", "en"])

    assert capsys.readouterr().out.splitlines()[0] == "engine: openai"
