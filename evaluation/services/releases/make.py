"""Making a release: a recipe is followed, its gates are checked, and what it gives is frozen and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.lifecycle import ReleaseStatus
from annotation.models import Nation
from evaluation.models import Release, ReleaseItem
from evaluation.publishing.content import Slice
from evaluation.publishing.excerpts import beyond_share
from evaluation.publishing.files import publish_folder, remove_folder
from evaluation.publishing.gates import ALL_QUALIFIED, GateResult, check_gates
from evaluation.publishing.pairs import balanced_pairs
from evaluation.publishing.parts import assign_parts
from evaluation.publishing.recipe import Balance, Recipe
from evaluation.publishing.rows import EXCERPT_LENGTH, PREFERENCE_PARTS, Part, ReleaseRow
from evaluation.publishing.selection import select
from evaluation.publishing.versions import NothingChanged
from evaluation.services.gold.agreement import Agreement, Cell, agreement_of, alpha_by_nation
from evaluation.services.gold.collect import Gold, collect_gold, too_long, why_empty
from evaluation.services.gold.passports import passports
from evaluation.services.releases.freezing import Frozen, freeze
from evaluation.services.releases.released import published_rows
from evaluation.services.releases.statuses import move_release
from evaluation.services.releases.stored import write_release

EXCERPTS = "excerpts"  # with it, an article's items would give away more than half of the article
_ACTOR = "make_release"
_BATCH = 500
_SHOWN = 10


class ReleaseError(ValueError):
    """A release cannot be made; the message says why and what to do."""


class UnchangedError(ReleaseError):
    """The version before holds exactly what a new one would hold."""


class GateError(ReleaseError):
    """A release fails its gates; ``release`` is the draft that keeps what they found and the rows to fix."""

    def __init__(self, release: Release, failed: Sequence[GateResult]) -> None:
        self.release, self.failed = release, list(failed)
        found = "; ".join(_found(gate) for gate in failed)
        super().__init__(
            f"Release {release.name} fails its gates and stays a draft: {found}. Put the rows right, let the "
            "recipe balance them, or give a reason to override the gates."
        )


def make_release(
    *,
    name: str,
    recipe: Recipe | None = None,
    actor: Any = None,
    output: Path | None = None,
    override: str = "",
) -> Release:
    """Follow ``recipe`` and freeze what it gives as the next version of ``name``, a candidate.

    Writes rows and the folder ``output / name-version`` (``settings.RELEASES_DIR`` by default), both or
    neither. The same records, name and recipe give the same bytes. Raises :class:`GateError` when a gate
    fails and ``override`` gives no reason, :class:`UnchangedError` when nothing changed since the version
    before, and :class:`ReleaseError` for a bad name, an unknown nation, a text that could be an article or
    nothing approved.
    """
    recipe = _with_known_nations(recipe or Recipe())
    parent = Path(output or settings.RELEASES_DIR).absolute()
    release = _draft(name, recipe, actor, override)
    golds = _gold(name, recipe)
    kept, left_out = _chosen(name, golds, recipe)
    agreement = agreement_of({gold.row.nation for gold, _ in kept})
    _pass_gates(release, kept, recipe, _expected(golds, recipe), agreement)
    try:
        frozen = freeze(release, kept, left_out, agreement)
    except NothingChanged:
        label = release.previous.label if release.previous else name
        raise UnchangedError(f"Release {label} holds exactly this already; nothing was made.") from None
    return _built(release, frozen, parent, actor)


def _with_known_nations(recipe: Recipe) -> Recipe:
    known = sorted(Nation.objects.values_list("code", flat=True))
    codes = sorted({code.upper() for code in recipe.nations})
    if unknown := [code for code in codes if code not in known]:
        raise ReleaseError(f"Unknown nation {', '.join(unknown)}; known: {', '.join(known) or 'none'}.")
    return recipe.changed(nations=tuple(codes))


def _draft(name: str, recipe: Recipe, actor: Any, override: str) -> Release:
    """The one draft of that name, not saved yet, with nothing in it."""
    release = Release.objects.filter(name=name, status=ReleaseStatus.DRAFT).first() or Release(name=name)
    release.recipe, release.override, release.created_by = recipe.as_dict(), override.strip(), actor
    try:
        release.clean_fields(exclude=["created_by", "previous"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ReleaseError(f"{field} {getattr(release, field)!r}: {' '.join(messages)}") from error
    return release


def _gold(name: str, recipe: Recipe) -> list[Gold]:
    golds = collect_gold(recipe)
    if not golds:
        raise ReleaseError(f"Release {name} would be empty: {why_empty(recipe.nations)}.")
    if long := too_long(golds):
        raise ReleaseError(
            f"Release {name} could give articles away: the texts of statement "
            f"{', '.join(map(str, long[:_SHOWN]))} are longer than {EXCERPT_LENGTH} characters; reject them."
        )
    return golds


def _chosen(
    name: str, golds: Sequence[Gold], recipe: Recipe
) -> tuple[list[tuple[Gold, Part]], dict[str, list[str]]]:
    """Gold the recipe takes, each with its part, and the ids left out by reason."""
    selection = select([gold.row for gold in golds], recipe)
    lengths = {gold.row.id: gold.article_length for gold in golds}
    beyond = beyond_share(((row, lengths[row.id]) for row in selection.rows), recipe.seed)
    rows = [row for row in selection.rows if row.id not in beyond]
    parts = assign_parts(rows, recipe, published_rows())
    left_out = {
        str(reason): list(ids) for reason, ids in [*selection.left_out.items(), *parts.left_out.items()]
    }
    left_out[EXCERPTS] = sorted(beyond)
    part_of = {**parts.part_of}
    if Balance.PAIRS in recipe.balance:
        left_out[str(Balance.PAIRS)] = _uneven(rows, part_of, recipe)
        for key in left_out[str(Balance.PAIRS)]:
            del part_of[key]
    left_out = {reason: ids for reason, ids in sorted(left_out.items()) if ids}
    kept = [(gold, part_of[gold.row.id]) for gold in golds if gold.row.id in part_of]
    if not any(part is Part.EVALUATION for _, part in kept):
        reasons = ", ".join(f"{len(ids)} by {reason}" for reason, ids in left_out.items())
        raise ReleaseError(f"Release {name} would be empty: its recipe leaves everything out ({reasons}).")
    return kept, left_out


def _uneven(rows: Sequence[ReleaseRow], part_of: Mapping[str, Part], recipe: Recipe) -> list[str]:
    """Pairs whose length or negation tells the chosen text, of each part."""
    return sorted(
        key
        for part in PREFERENCE_PARTS
        for key in balanced_pairs([row for row in rows if part_of.get(row.id) is part], recipe.seed).left_out
    )


def _expected(golds: Sequence[Gold], recipe: Recipe) -> set[Slice]:
    """Slices that were asked for by name or have gold: where nothing is left of one, its gate says so."""
    asked = {Slice(nation, kind) for nation in recipe.nations for kind in recipe.source_types}
    found = {Slice(gold.row.nation, gold.row.source_type) for gold in golds}
    return asked | {where for where in found if where.source_type in recipe.source_types}


def _pass_gates(
    release: Release,
    kept: Sequence[tuple[Gold, Part]],
    recipe: Recipe,
    expected: Iterable[Slice],
    agreement: Mapping[Cell, Agreement],
) -> None:
    """Check the gates on what will be evaluated, and on all items whether qualified people judged them; a
    release that fails is saved as a draft with the rows."""
    unqualified = frozenset(gold.row.id for gold, _ in kept if not gold.is_qualified)
    results = [
        result
        for result in check_gates(
            [gold.row for gold, part in kept if part is Part.EVALUATION],
            recipe.gates,
            alpha=alpha_by_nation(agreement),
            unqualified_ids=unqualified,
            expected=expected,
        )
        if result.name != ALL_QUALIFIED
    ]
    everything = check_gates(
        [gold.row for gold, _ in kept], recipe.gates, alpha={}, unqualified_ids=unqualified
    )
    results += [result for result in everything if result.name == ALL_QUALIFIED]
    triples = {gold.row.id: gold.triple_id for gold, _ in kept}
    release.gates = [
        {**result.as_dict(), "triples": [triples[key] for key in result.rows]} for result in results
    ]
    failed = [result for result in results if not result.passed]
    if failed and not release.override:
        release.save()
        raise GateError(release, failed)


def _found(gate: GateResult) -> str:
    rows = f" (rows to fix: {', '.join(gate.rows[:_SHOWN])})" if gate.rows else ""
    return f"{gate.name} of {gate.slice} is {gate.value}, limit {gate.limit}: {gate.detail}{rows}"


def _built(release: Release, frozen: Frozen, parent: Path, actor: Any) -> Release:
    target = parent / f"{release.name}-{release.version}"
    if target.exists():
        raise ReleaseError(f"{target} exists already; choose another name or --output folder.")
    release.folder = str(target)
    temporary = None
    try:
        with transaction.atomic():
            release.save()
            for items in _items(release, frozen):
                ReleaseItem.objects.bulk_create(items)
            temporary, digest = write_release(release, parent)
            move_release(
                release,
                ReleaseStatus.CANDIDATE,
                actor=actor,
                actor_name=str(actor) if actor is not None else _ACTOR,
                note=f"{release.version}: {len(frozen.items)} items",
                digest=digest,
                frozen_at=timezone.now(),
            )
            publish_folder(temporary, target)
    except FileExistsError as error:
        raise ReleaseError(str(error)) from error
    except IntegrityError as error:
        if Release.objects.filter(name=release.name, version=release.version).exclude(pk=release.pk).exists():
            said = f"{release.label} was made meanwhile by somebody else; run the same command again."
            raise ReleaseError(said) from error
        raise
    finally:
        if temporary:
            remove_folder(temporary)  # gone already when it was published
    return release


def _items(release: Release, frozen: Frozen) -> Iterator[list[ReleaseItem]]:
    for start in range(0, len(frozen.items), _BATCH):
        batch = frozen.items[start : start + _BATCH]
        told = passports([gold for gold, _ in batch], frozen.names)
        yield [
            release_item(release, gold.row, part, triple_id=gold.triple_id, passport=passport)
            for (gold, part), passport in zip(batch, told, strict=True)
        ]


def release_item(
    release: Release,
    row: ReleaseRow,
    part: Part = Part.EVALUATION,
    *,
    triple_id: int | None = None,
    passport: str = "",
) -> ReleaseItem:
    """An unsaved item with what its row says."""
    return ReleaseItem(
        release=release,
        triple_id=triple_id,
        nation_id=row.nation,
        key=row.id,
        origin=row.origin,
        part=part,
        source_type=row.source_type,
        language=row.language,
        topic=row.topic,
        period=row.period,
        is_contested=row.is_contested,
        question=row.question,
        statement=row.statement,
        reversed_statement=row.reversed_statement,
        article_key=row.article,
        row=row.as_json(),
        passport=passport,
    )
