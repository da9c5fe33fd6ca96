"""Command line: train a model on a release's preference pairs and score it before and after."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TextIO

from evaluation.engines.local import LocalModelError
from evaluation.publishing.folder import FolderError
from evaluation.training.alignment import PAGE, Plan, align
from evaluation.training.dpo import Settings, TrainingError

_DEFAULTS = Settings()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 when the report is written, 1 when it cannot be."""
    options = parser().parse_args(arguments)
    try:
        plan = Plan(
            release=options.release,
            model=options.model,
            output=options.output,
            settings=Settings(**{field.name: getattr(options, field.name) for field in fields(Settings)}),
            nations=tuple(options.nations),
            with_control=options.control,
            with_balance=options.balance,
        )
        align(plan, tell=lambda line: _say(line, sys.stderr))
    except (FolderError, TrainingError, LocalModelError) as error:
        _say(f"error: {error}", sys.stderr)
        return 1
    _say(str(plan.output / PAGE), sys.stdout)
    return 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    command = argparse.ArgumentParser(
        prog="python -m evaluation.training.align",
        description="Train a model on the preference pairs of a release; score it before and after.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.add_argument("release", type=Path, help="folder of a release made with --preference-share")
    command.add_argument("--model", type=Path, required=True, help="folder with the weights to start from")
    command.add_argument("--output", type=Path, required=True, help="new folder for weights and report")
    command.add_argument(
        "--nations", nargs="+", default=[], metavar="CODE", help="train on these; all are scored"
    )
    command.add_argument(
        "--control", action="store_true", help="train a second model on half exchanged labels, too"
    )
    command.add_argument(
        "--balance", action="store_true", help="leave out pairs until length and negation tell nothing"
    )
    command.add_argument("--beta", type=float, default=_DEFAULTS.beta, help="pull towards the start")
    command.add_argument("--epochs", type=float, default=_DEFAULTS.epochs, help="passes over the pairs")
    command.add_argument("--learning-rate", type=float, default=_DEFAULTS.learning_rate, help="highest rate")
    command.add_argument("--batch-size", type=int, default=_DEFAULTS.batch_size, help="pairs a step")
    command.add_argument(
        "--max-steps", type=int, default=_DEFAULTS.max_steps, help="stop after so many; 0 follows --epochs"
    )
    command.add_argument(
        "--max-length", type=int, default=_DEFAULTS.max_length, help="tokens of question and answer"
    )
    command.add_argument(
        "--lora", type=int, default=_DEFAULTS.lora, metavar="RANK", help="train an adapter; 0 all weights"
    )
    command.add_argument(
        "--seed", type=int, default=_DEFAULTS.seed, help="of the order of pairs and controls"
    )
    command.add_argument("--device", default=_DEFAULTS.device, help="where torch computes: cpu, cuda, mps")
    return command


def _say(line: str, stream: TextIO) -> None:
    stream.write(f"{line}\n")
    stream.flush()


if __name__ == "__main__":
    raise SystemExit(main())
