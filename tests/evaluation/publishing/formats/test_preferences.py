from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.publishing.formats.preferences import files, llama_factory_row, trl_row
from evaluation.publishing.rows import ReleaseRow
from tests.clients import run_client
from tests.evaluation.publishing.content import CANARY, MemoryContent, content, row

_TRL = """
import json, sys
from datasets import load_dataset
from trl import DPOConfig, DPOTrainer
release, model = sys.argv[1:]
rows = {
    part: load_dataset("json", data_files=f"{release}/dpo/{part}.jsonl", split="train")
    for part in ("train", "test")
}
config = DPOConfig(output_dir="out", max_steps=1, per_device_train_batch_size=2, use_cpu=True, bf16=False,
                   report_to=[], save_strategy="no", logging_steps=1, eval_strategy="steps", eval_steps=1)
trainer = DPOTrainer(model=model, args=config, train_dataset=rows["train"], eval_dataset=rows["test"])
done = trainer.train()
evaluated = next(found for found in trainer.state.log_history if "eval_loss" in found)
found = {"steps": done.global_step, "loss": done.training_loss, "evaluated": evaluated["eval_loss"]}
print(json.dumps(found))
"""
# LLaMA-Factory imports torchaudio for its multimodal part, which text does not need.
_LLAMA_FACTORY = """
import importlib.machinery, json, sys, types
import peft, transformers
if importlib.util.find_spec("torchaudio") is None:
    absent = types.ModuleType("torchaudio")
    absent.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
    sys.modules["torchaudio"] = absent
from datasets import load_dataset
from llamafactory.data.converter import get_dataset_converter
from llamafactory.data.parser import get_dataset_list
found = {}
for attributes in get_dataset_list(["navab_train", "navab_test"], sys.argv[1] + "/llama_factory"):
    file = f"{sys.argv[1]}/llama_factory/{attributes.dataset_name}"
    rows = load_dataset(attributes.load_from.replace("file", "json"), data_files=file, split=attributes.split)
    convert = get_dataset_converter(attributes.formatting, attributes, types.SimpleNamespace(media_dir=None))
    keep = ("_prompt", "_response")
    found[attributes.dataset_name] = [{name: convert(row)[name] for name in keep} for row in rows]
print(json.dumps(found))
"""


def test_rows_for_trl_are_conversations_with_the_items_columns(release: Path, made: MemoryContent):
    lines = (release / "dpo/train.jsonl").read_text("utf-8").split("\n")

    rows = [json.loads(line) for line in lines[:-1]]
    assert rows == [trl_row(item) for item in made.preferences("train")]
    columns = [
        {name: row[name] for name in row if name not in ("prompt", "chosen", "rejected")} for row in rows
    ]
    assert [ReleaseRow.from_dict(found) for found in columns] == list(made.preferences("train"))


def test_the_statement_is_chosen_and_its_reversal_rejected():
    item = row("GB", 7)

    assert {name: trl_row(item)[name] for name in ("prompt", "chosen", "rejected", "id", "canary")} == {
        "prompt": [{"role": "user", "content": "What should become of library 7?"}],
        "chosen": [{"role": "assistant", "content": "The county should keep library 7 open."}],
        "rejected": [{"role": "assistant", "content": "The county should not keep library 7 open."}],
        "id": item.id,
        "canary": CANARY,
    }


def test_files_for_llama_factory_are_as_its_format_wants_them(release: Path, made: MemoryContent):
    folder = release / "llama_factory"

    assert json.loads((folder / "dataset_info.json").read_bytes()) == {
        f"navab_{part}": {
            "file_name": f"navab_{part}.json",
            "formatting": "sharegpt",
            "ranking": True,
            "columns": {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"},
            "canary": CANARY,
        }
        for part in ("train", "test")
    }
    assert json.loads((folder / "navab_test.json").read_bytes()) == [
        llama_factory_row(item) for item in made.preferences("test")
    ]
    assert llama_factory_row(row("FR", 7)) == {
        "conversations": [{"from": "human", "value": "Que faire de l’école 7 ?"}],
        "chosen": {"from": "gpt", "value": "La commune doit agrandir l’école 7."},
        "rejected": {"from": "gpt", "value": "La commune ne doit pas agrandir l’école 7."},
        "id": row("FR", 7).id,
        "canary": CANARY,
    }


def test_without_pairs_there_are_no_files():
    assert list(files(content(train=[], test=[]))) == []


def test_a_part_without_pairs_has_no_file():
    assert [path for path, _ in files(content(test=[]))] == [
        "dpo/train.jsonl",
        "llama_factory/navab_train.json",
        "llama_factory/dataset_info.json",
    ]


@pytest.mark.clients
def test_trl_takes_a_step_on_the_pairs_of_train_and_evaluates_on_those_of_test(release: Path, tmp_path: Path):
    from tests.evaluation.training.tiny import model_folder

    model = model_folder(tmp_path / "model", with_chat=True)

    found = json.loads(run_client("-c", _TRL, release, model, cwd=tmp_path).splitlines()[-1])

    assert found["steps"] == 1
    # Before anything is learned the model and its reference agree: the loss is that of a coin, ln 2.
    assert found["loss"] == pytest.approx(0.6931, abs=1e-3)
    assert 0 < found["evaluated"] < 0.6932


@pytest.mark.clients
def test_llama_factory_reads_the_pairs_with_its_own_parser(
    release: Path, made: MemoryContent, tmp_path: Path
):
    found = json.loads(run_client("-c", _LLAMA_FACTORY, release, cwd=tmp_path).splitlines()[-1])

    assert found == {
        f"navab_{part}.json": [
            {
                "_prompt": [{"role": "user", "content": item.question}],
                "_response": [
                    {"role": "assistant", "content": item.statement},
                    {"role": "assistant", "content": item.reversed_statement},
                ],
            }
            for item in made.preferences(part)
        ]
        for part in ("train", "test")
    }
