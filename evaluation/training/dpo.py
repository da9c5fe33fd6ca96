"""Direct preference optimisation with TRL: seeded, with the start as its own reference."""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evaluation.publishing.draws import draw
from evaluation.publishing.rows import ReleaseRow
from evaluation.training.prompts import example


class TrainingError(RuntimeError):
    """A model cannot be trained; the message says what to do."""


_LEAST = {
    "beta": 0,
    "epochs": 0,
    "learning_rate": 0,
    "batch_size": 1,
    "max_steps": 0,
    "max_length": 2,
    "lora": 0,
    "seed": 0,
}
_ABOVE = frozenset({"beta", "epochs", "learning_rate"})


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train. ``max_steps`` 0 follows ``epochs``; ``lora`` is the rank of an adapter, 0 trains all
    weights; ``max_length`` is in tokens of prompt and answer together."""

    beta: float = 0.1
    epochs: float = 1.0
    learning_rate: float = 1e-6
    batch_size: int = 8
    max_steps: int = 0
    max_length: int = 1024
    lora: int = 0
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Check every number. Raises :class:`TrainingError`."""
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if not math.isfinite(value) or value < least or (value == 0 and name in _ABOVE):
                bound = f"above {least}" if name in _ABOVE else f"at least {least}"
                raise TrainingError(f"{name.replace('_', '-')} is {value}; it must be {bound}")


@dataclass(frozen=True, slots=True)
class Trained:
    """What training says of itself: optimiser steps, loss by step, pairs longer than ``max_length`` that
    were cut, and pairs left out because the question alone fills it."""

    steps: int
    losses: tuple[float, ...]
    cut_pairs: int
    left_out_pairs: int


def exchanged_ids(rows: Sequence[ReleaseRow], seed: int) -> frozenset[str]:
    """Half of the rows of every nation and type, drawn by ``seed``: the control run prefers RS to S in them,
    so that its labels say nothing while its texts, lengths and steps are the same. Raises
    :class:`TrainingError` where no slice has two."""
    slices: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        slices[row.nation, row.source_type].append(row.id)
    drawn = [sorted(ids, key=lambda id: draw(seed, id)) for ids in slices.values()]
    found = frozenset(id for ids in drawn for id in ids[: len(ids) // 2])
    if not found:
        raise TrainingError("a control needs a nation and type with at least two pairs to learn from")
    return found


def require_libraries(settings: Settings) -> None:
    """Raise :class:`TrainingError` for a library that these settings need and that is not installed."""
    if missing := [name for name in ("torch", "transformers", "datasets", "trl") if find_spec(name) is None]:
        raise TrainingError(f"there is no {', '.join(missing)}: `python3 navab install local` installs them")
    if settings.lora and find_spec("peft") is None:
        raise TrainingError("an adapter (--lora) needs peft, which is not installed: `pip install peft`")


def train(
    *,
    model: Path,
    rows: Sequence[ReleaseRow],
    exchanged: frozenset[str],
    settings: Settings,
    output: Path,
) -> Trained:
    """Train the weights in ``model`` on ``rows`` and write the result, tokenizer included, to ``output``.

    The reference is the start. Nothing is fetched: ``model`` is a folder. On a CPU the same seed gives the
    same weights on the same machine and versions. Raises :class:`TrainingError`.
    """
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, set_seed
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    set_seed(settings.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
    if tokenizer.eos_token is None:
        raise TrainingError(f"the tokenizer in {model} has no end token: set its eos_token")
    is_chat = bool(tokenizer.chat_template)
    examples = [example(row, is_chat=is_chat, exchanged=row.id in exchanged) for row in rows]
    weights = AutoModelForCausalLM.from_pretrained(
        model, local_files_only=True, use_safetensors=True, dtype=torch.float32
    )
    trainer = DPOTrainer(
        model=weights,
        args=DPOConfig(
            output_dir=str(output),
            beta=settings.beta,
            num_train_epochs=settings.epochs,
            max_steps=settings.max_steps or -1,
            learning_rate=settings.learning_rate,
            per_device_train_batch_size=settings.batch_size,
            max_length=settings.max_length,
            seed=settings.seed,
            data_seed=settings.seed,
            use_cpu=settings.device == "cpu",
            bf16=False,
            gradient_checkpointing=False,
            precompute_ref_log_probs=True,
            dataloader_pin_memory=False,
            save_strategy="no",
            logging_steps=1,
            report_to="none",
            disable_tqdm=not sys.stderr.isatty(),
        ),
        train_dataset=Dataset.from_list(examples),
        processing_class=tokenizer,
        peft_config=_adapter(settings.lora),
    )
    trainer.remove_callback(PrinterCallback)  # the report tells the losses
    trainer.train()
    trained = trainer.accelerator.unwrap_model(trainer.model)
    if settings.lora:
        trained = trained.merge_and_unload()
    trained.save_pretrained(output)
    # Training gives the tokenizer a padding token; what is published is the start's.
    AutoTokenizer.from_pretrained(model, local_files_only=True).save_pretrained(output)
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    prepared: Any = trainer.train_dataset
    return Trained(
        steps=trainer.state.global_step,
        losses=tuple(losses),
        cut_pairs=_cut(prepared, settings.max_length),
        left_out_pairs=len(rows) - len(prepared),
    )


def full_precision(*, model: Path, output: Path) -> None:
    """Write the weights in ``model`` with 32 bits each: what training begins with, so that before and after
    are scored at one precision."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    AutoModelForCausalLM.from_pretrained(
        model, local_files_only=True, use_safetensors=True, dtype=torch.float32
    ).save_pretrained(output)
    AutoTokenizer.from_pretrained(model, local_files_only=True).save_pretrained(output)


def _adapter(rank: int) -> Any:
    if not rank:
        return None
    from peft import LoraConfig

    return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")


def _cut(dataset: Any, max_length: int) -> int:
    return sum(
        len(pair["prompt_ids"]) + max(len(pair["chosen_ids"]), len(pair["rejected_ids"])) > max_length
        for pair in dataset
    )
