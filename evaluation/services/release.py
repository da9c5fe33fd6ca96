"""Releases: approved triples frozen into rows and an immutable folder, in one step or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from annotation.lifecycle import ReleaseStatus
from annotation.models import Nation
from evaluation.models import Release, ReleaseItem
from evaluation.services.exports.card import data_card
from evaluation.services.exports.dataset import dataset_files
from evaluation.services.exports.files import (
    CHECKSUMS,
    checksum_file,
    publish_folder,
    remove_folder,
    write_temporary,
)
from evaluation.services.exports.paper import paper_files
from evaluation.services.exports.preferences import preference_files, split_articles
from evaluation.services.fairness import balanced
from evaluation.services.gold import (
    EVIDENCE_LENGTH,
    GoldItem,
    collect_gold,
    pseudonyms,
    too_long,
    why_empty,
)
from evaluation.services.statuses import move_release

_ACTOR = "make_release"


class ReleaseError(ValueError):
    """A release cannot be made; the message says why and what to do."""


def make_release(
    *,
    name: str,
    nations: Sequence[str] | None = None,
    seed: int = 0,
    balance_choices: bool = False,
    actor: Any = None,
    output: Path | None = None,
) -> Release:
    """Freeze the approved triples of ``nations`` (all when ``None``) as release ``name``.

    Writes rows and the folder ``output / name`` (``settings.RELEASES_DIR`` by default), both or neither. The
    same database content, name, seed and options give the same bytes. ``balance_choices`` leaves out items
    until statements cannot be told from their reversals without the question. Raises :class:`ReleaseError`
    for a bad or taken name, an unknown nation, a text that could be an article, or when nothing is approved.
    """
    codes = _known_nations(nations)
    release = Release(name=name, seed=seed, created_by=actor)
    target = Path(output or settings.RELEASES_DIR).absolute() / name
    _check_name(release, target)
    items = collect_gold(codes)
    if not items:
        raise ReleaseError(f"Release {name} would be empty: {why_empty(codes)}.")
    if long := too_long(items):
        raise ReleaseError(
            f"Release {name} could give articles away: the texts of statement "
            f"{', '.join(map(str, long[:10]))} are longer than {EVIDENCE_LENGTH} characters; reject them."
        )
    approved = len(items)
    if balance_choices:
        items = balanced(items)
    files = release_files(items, name=name, seed=seed, left_out=approved - len(items))
    temporary = write_temporary(files, target.parent)
    try:
        with transaction.atomic():
            release.folder = str(target)
            release.save()
            ReleaseItem.objects.bulk_create((_row(release, item) for item in items), batch_size=500)
            move_release(
                release,
                ReleaseStatus.FROZEN,
                actor=actor,
                actor_name=str(actor) if actor is not None else _ACTOR,
                note=f"{len(items)} items",
                digest=sha256(files[CHECKSUMS]).hexdigest(),
                frozen_at=timezone.now(),
            )
            publish_folder(temporary, target)
    except FileExistsError as error:
        raise ReleaseError(str(error)) from error
    finally:
        remove_folder(temporary)  # gone already when it was published
    return release


def release_files(items: Sequence[GoldItem], *, name: str, seed: int, left_out: int = 0) -> dict[str, bytes]:
    """Every file of the folder by its path, checksums included; ``left_out`` items were for balance."""
    names = pseudonyms(items, name)
    split_of = split_articles((item.article_key for item in items), seed)
    nation_names = dict(Nation.objects.values_list("code", "name"))
    card = data_card(
        items,
        name=name,
        seed=seed,
        nation_names=nation_names,
        names=names,
        split_of=split_of,
        left_out=left_out,
    )
    files = {
        "README.md": card,
        **dataset_files(items, names, split_of),
        **paper_files(items, nation_names),
        **preference_files(items, split_of),
    }
    return {**files, CHECKSUMS: checksum_file(files)}


def _known_nations(nations: Sequence[str] | None) -> list[str] | None:
    if nations is None:
        return None
    known = sorted(Nation.objects.values_list("code", flat=True))
    codes = sorted({code.upper() for code in nations})
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise ReleaseError(f"Unknown nation {', '.join(unknown)}; known: {', '.join(known) or 'none'}.")
    return codes


def _check_name(release: Release, target: Path) -> None:
    try:
        release.clean_fields(exclude=["created_by"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ReleaseError(f"{field} {getattr(release, field)!r}: {' '.join(messages)}") from error
    if Release.objects.filter(name=release.name).exists():
        raise ReleaseError(f"Release {release.name} exists already and never changes; choose another name.")
    if target.exists():
        raise ReleaseError(f"{target} exists already; choose another name or --output folder.")


def _row(release: Release, item: GoldItem) -> ReleaseItem:
    return ReleaseItem(
        release=release,
        triple=item.triple,
        nation_id=item.nation,
        key=item.key,
        source_type=item.source_type,
        language=item.language,
        topic=item.topic,
        question=item.question,
        statement=item.statement,
        reversed_statement=item.reversed_statement,
        article_key=item.article_key,
    )
