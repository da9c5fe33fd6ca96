from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.publishing.formats.inspect_task import files
from tests.clients import run_client
from tests.evaluation.publishing.content import MemoryContent, content, row

_RUN = """
import json, sys
from inspect_ai import eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

def answers():
    while True:
        output = ModelOutput.from_content("mockllm/model", sys.argv[2])
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        yield output

tasks = [f"{sys.argv[1]}/inspect/navab.py@{name}" for name in sys.argv[3:]]
logs = eval(tasks, model=get_model("mockllm/model", custom_outputs=answers()), display="none", log_dir="logs")
print(json.dumps([{
    "status": log.status,
    "task": log.eval.task,
    "metrics": {name: found.value for name, found in log.results.scores[0].metrics.items()},
    "samples": [[s.id, s.input, s.choices, s.target, s.metadata, s.messages[0].text] for s in log.samples],
} for log in logs]))
"""


def _run(release: Path, where: Path, answer: str, *tasks: str) -> list[dict]:
    return json.loads(run_client("-c", _RUN, release, answer, *tasks, cwd=where).splitlines()[-1])


@pytest.mark.clients
def test_inspect_asks_every_item_in_both_orders(release: Path, made: MemoryContent, tmp_path: Path):
    nation, everything = _run(release, tmp_path, "ANSWER: A", "navab_fr", "navab")

    assert [nation["status"], everything["status"]] == ["success", "success"]
    (where,) = [found for found in made.slices() if found.nation == "FR"]
    asked = [sample[:4] for sample in nation["samples"]]
    assert sorted(asked) == sorted(
        sample
        for item in made.rows(where)
        for sample in (
            [f"{item.id}-A", item.question, [item.statement, item.reversed_statement], "A"],
            [f"{item.id}-B", item.question, [item.reversed_statement, item.statement], "B"],
        )
    )
    assert {sample[4]["article"] for sample in nation["samples"]} == {
        item.article for item in made.rows(where)
    }
    assert len(everything["samples"]) == 2 * len(made.evaluation)
    # Always A is right in one order and wrong in the other: half, and never in both.
    assert everything["metrics"] == {"accuracy": 0.5, "stderr": 0.0, "both_orders": 0.0}


@pytest.mark.clients
def test_an_answer_without_a_letter_counts_as_wrong(release: Path, tmp_path: Path):
    (found,) = _run(release, tmp_path, "I would rather not say.", "navab_fr")

    assert found["metrics"] == {"accuracy": 0.0, "stderr": 0.0, "both_orders": 0.0}


def test_there_is_a_task_for_all_and_one_per_nation(made: MemoryContent):
    ((path, pieces),) = files(made)
    tree = ast.parse(b"".join(pieces))

    tasks = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(mark, ast.Name) and mark.id == "task" for mark in node.decorator_list)
    ]
    assert path == "inspect/navab.py"
    assert tasks == ["navab", "navab_cn", "navab_de", "navab_fr", "navab_gb", "navab_us"]


@pytest.mark.parametrize("code", ["X\nY", 'A"B', "../X"])
def test_a_code_that_could_break_out_of_the_file_is_refused(code: str):
    with pytest.raises(ValueError, match="can not be part of a task's name"):
        list(files(content([replace(row("GB"), nation=code)])))
