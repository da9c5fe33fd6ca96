from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from evaluation.publishing.formats.lm_eval import files
from tests.clients import run_client
from tests.evaluation.publishing.content import CANARY, MemoryContent, content, row

_RUN = """
import json, sys
import lm_eval
from lm_eval.tasks import TaskManager
tasks = TaskManager(include_path=sys.argv[1] + "/lm_eval", include_defaults=False)
done = lm_eval.simple_evaluate(
    model="dummy", tasks=["navab", "navab_letters"], task_manager=tasks, bootstrap_iters=0, log_samples=True
)
keep = ("doc_id", "doc", "target", "arguments", "acc")
samples = {
    task: [{name: found[name] for name in keep} for found in rows] for task, rows in done["samples"].items()
}
print(json.dumps({"results": done["results"], "groups": done["groups"], "samples": samples}, default=str))
"""


@pytest.fixture(scope="module")
def done(release: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the harness says of the release with its dummy model, which answers at random."""
    return json.loads(
        run_client("-c", _RUN, release, cwd=tmp_path_factory.mktemp("harness")).splitlines()[-1]
    )


@pytest.mark.clients
def test_the_harness_asks_the_question_and_compares_both_statements(done: dict, made: MemoryContent):
    for where in made.slices():
        samples = done["samples"][f"navab_{where.path.replace('/', '_')}"]
        items = list(made.rows(where))

        assert [found["doc"]["id"] for found in samples] == [item.id for item in items]
        for found, item in zip(samples, items, strict=True):
            first = int(item.id[-1], 16) % 2
            options = [item.statement, item.reversed_statement]
            options = options if first == 0 else options[::-1]
            assert int(found["target"]) == first
            asked = [[item.question, f" {option}"] for option in options]
            assert found["arguments"] == asked + [["", f" {option}"] for option in options]


@pytest.mark.clients
def test_letters_are_asked_in_both_orders(done: dict, made: MemoryContent):
    where = made.slices()[0]
    samples = done["samples"]["navab_cn_quoted_letters"]

    item = next(iter(made.rows(where)))
    assert [(found["doc"]["id"], int(found["target"])) for found in samples[:2]] == [
        (item.id, 0),
        (item.id, 1),
    ]
    prompt = f"{item.question}\nA. {item.reversed_statement}\nB. {item.statement}\n答案："
    assert samples[1]["arguments"] == [[prompt, " A"], [prompt, " B"]]
    assert len(samples) == 2 * made.manifest.counts["cn/quoted"]


@pytest.mark.clients
def test_a_group_is_the_mean_over_slices_whatever_their_size(done: dict, made: MemoryContent):
    for suffix in ("", "_letters"):
        slices = [done["results"][f"navab_{where.path.replace('/', '_')}{suffix}"] for where in made.slices()]

        expected = sum(found["acc,none"] for found in slices) / len(slices)
        assert done["groups"][f"navab{suffix}"]["acc,none"] == pytest.approx(expected)
    sizes = {found["sample_len"] for found in slices}
    assert len(sizes) > 1  # otherwise the two means could not be told apart


@pytest.mark.clients
def test_targets_are_not_all_the_first_option(done: dict):
    targets = {int(found["target"]) for rows in done["samples"].values() for found in rows}

    assert targets == {0, 1}


def test_a_nation_whose_code_yaml_takes_for_a_word_of_its_own_keeps_it():
    made = content([replace(row("GB"), nation="NO")])
    written = {path: b"".join(pieces).decode() for path, pieces in files(made)}

    task = yaml.safe_load(written["lm_eval/navab_no_quoted.yaml"])
    assert task["task"] == "navab_no_quoted"
    assert task["dataset_kwargs"] == {"path": "no/quoted"}


def test_no_source_text_is_in_the_task_files(made: MemoryContent):
    written = "\n".join(b"".join(pieces).decode() for _, pieces in files(made))

    texts = {
        text for item in made.evaluation for text in (item.question, item.statement, item.outlet, item.topic)
    }
    assert [text for text in texts if text in written] == []
    assert written.count(CANARY) == len(list(files(made)))


@pytest.mark.parametrize("code", ["X Y", "../X", "1A", "A'"])
def test_a_code_that_can_be_no_name_of_a_task_is_refused(code: str):
    with pytest.raises(ValueError, match="can not be part of a task's name"):
        list(files(content([replace(row("GB"), nation=code)])))


def test_a_canary_of_two_lines_is_refused():
    with pytest.raises(ValueError, match="is not one line"):
        list(files(content([row("GB")], canary="a\nimport os")))
