"""The alignment recipe: verify, score the start, train, score again, train a control, tell all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evaluation.engines.local import LocalModel
from evaluation.publishing.files import json_document, json_line
from evaluation.publishing.pairs import preference_balance
from evaluation.publishing.rows import Part
from evaluation.scoring.random_control import CHANCE
from evaluation.training.dpo import (
    Settings,
    Trained,
    TrainingError,
    exchanged_ids,
    full_precision,
    require_libraries,
    train,
)
from evaluation.training.figures import Weights, differences, lengths, outcomes, rates
from evaluation.training.folder import TrainingFolder, balanced, read_folder
from evaluation.training.measures import ItemScores, score
from evaluation.training.report import markdown

REPORT, PAGE, SCORES = "report.json", "report.md", "scores.jsonl"
_FOLDERS = {Weights.TRAINED: "model", Weights.CONTROL: "control"}
_SOFTWARE = ("torch", "transformers", "trl")

Tell = Callable[[str], None]
Found = dict[Weights, dict[Part, dict[str, ItemScores]]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: a release folder, a folder with the weights to start from, a new place for the result."""

    release: Path
    model: Path
    output: Path
    settings: Settings
    nations: tuple[str, ...] = ()
    with_control: bool = False
    with_balance: bool = False


def align(plan: Plan, *, tell: Tell) -> dict[str, Any]:
    """Follow a plan and return the report.

    Writes ``model/`` (trained weights), with a control ``control/``, and ``report.json``, ``report.md``,
    ``scores.jsonl``. Raises :class:`~evaluation.publishing.folder.FolderError` before any training when the
    folder was changed or its pairs overlap with its items, :class:`TrainingError` and
    :class:`~evaluation.engines.local.LocalModelError` when the model or the place for the result does not
    serve.
    """
    folder = read_folder(plan.release, plan.nations)
    if plan.with_balance:
        folder = balanced(folder, plan.settings.seed)
    if plan.output.exists() and any(plan.output.iterdir()):
        raise TrainingError(f"{plan.output} is not empty: name a new folder for the result")
    require_libraries(plan.settings)
    planned = _runs(plan, folder)
    plan.output.mkdir(parents=True, exist_ok=True)
    start, at = _open(plan, plan.model), plan.model
    about = {"name": start.name, "digest": start.digest(), "has_chat_template": start.has_chat_template}
    with TemporaryDirectory(dir=plan.output) as scratch:
        if start.dtype != "float32":
            at = Path(scratch) / start.name
            full_precision(model=plan.model, output=at)
            start = _open(plan, at)
        found = {Weights.START: _score(start, Weights.START, folder, tell)}
        del start  # training needs the memory
        runs = {}
        for weights, exchanged in planned.items():
            place = plan.output / _FOLDERS[weights]
            tell(f"training: {weights}, {len(folder.train)} pairs, {len(exchanged)} of them exchanged")
            runs[weights] = train(
                model=at, rows=folder.train, exchanged=exchanged, settings=plan.settings, output=place
            )
            found[weights] = _score(_open(plan, place), weights, folder, tell)
        random = _open(plan, at, random_seed=plan.settings.seed)
        found[Weights.RANDOM] = _score(random, Weights.RANDOM, folder, tell)
    report = _report(plan, folder, about, found, runs)
    _write(plan.output, report, folder, found)
    return report


def _open(plan: Plan, at: Path, random_seed: int | None = None) -> LocalModel:
    return LocalModel(at, device=plan.settings.device, is_chat_scored=True, random_seed=random_seed)


def _score(
    model: LocalModel, weights: Weights, folder: TrainingFolder, tell: Tell
) -> dict[Part, dict[str, ItemScores]]:
    tell(f"scoring: {weights}")
    letters_of = {Part.EVALUATION} if model.has_chat_template else set()
    return {part: score(model, rows, with_letters=part in letters_of) for part, rows in folder.scored.items()}


def _runs(plan: Plan, folder: TrainingFolder) -> dict[Weights, frozenset[str]]:
    """Training runs and the ids of the pairs each exchanges."""
    runs: dict[Weights, frozenset[str]] = {Weights.TRAINED: frozenset()}
    if plan.with_control:
        runs[Weights.CONTROL] = exchanged_ids(folder.train, plan.settings.seed)
    return runs


def _report(
    plan: Plan,
    folder: TrainingFolder,
    about: Mapping[str, Any],
    found: Found,
    runs: Mapping[Weights, Trained],
) -> dict[str, Any]:
    manifest = folder.manifest
    scored = outcomes(folder.scored, found)
    return {
        "release": {"label": manifest.label, "canary": manifest.canary, "checksums": folder.digest},
        "model": dict(about),
        "settings": asdict(plan.settings),
        "software": {name: version(name) for name in _SOFTWARE},
        "training": {
            "pairs": len(folder.train),
            "nations": sorted({row.nation for row in folder.train}),
            "balanced": plan.with_balance,
            "balance": {
                language: found.as_dict() for language, found in preference_balance(folder.train).items()
            },
            "runs": {str(weights): asdict(run) for weights, run in runs.items()},
        },
        "chance": CHANCE,
        "rates": rates(scored),
        "differences": differences(scored),
        "lengths": lengths(folder.scored, found[Weights.START]),
        "unscored": _unscored(found),
    }


def _unscored(found: Found) -> list[dict[str, str]]:
    return [
        {"weights": str(weights), "part": str(part), "id": id, "error": error}
        for weights, parts in found.items()
        for part, items in parts.items()
        for id, item in items.items()
        for error in item.errors
    ]


def _write(
    output: Path,
    report: Mapping[str, Any],
    folder: TrainingFolder,
    found: Found,
) -> None:
    (output / REPORT).write_bytes(json_document(report))
    (output / PAGE).write_text(markdown(report), encoding="utf-8")
    with (output / SCORES).open("wb") as file:
        for weights, parts in found.items():
            for part, items in parts.items():
                for id, item in items.items():
                    place = {"weights": str(weights), "part": str(part), "id": id}
                    said = {**asdict(item), "letter_mass": item.letter_mass}
                    file.write(json_line({**place, **said, "canary": folder.manifest.canary}))
