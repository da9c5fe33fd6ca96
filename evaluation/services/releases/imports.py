"""Taking in a release folder of another installation: verified first, then stored to the byte."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from annotation.lifecycle import ReleaseStatus
from annotation.models import Nation
from evaluation.models import Origin, Release, ReleaseItem
from evaluation.publishing.content import Manifest
from evaluation.publishing.files import CHECKSUMS, digest_file, publish_folder, remove_folder
from evaluation.publishing.folder import FolderContent
from evaluation.publishing.rows import PREFERENCE_PARTS, Part, ReleaseRow
from evaluation.publishing.verify import verify
from evaluation.services.releases.make import release_item
from evaluation.services.releases.statuses import move_release

ACTOR = "import_release"
_BATCH = 500
_SHOWN = 10
_KEY = re.compile(r"[0-9a-f]{8,40}")  # digests only: every database puts them in the same order
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_SCRIPTS = {
    "LATIN": "Latn",
    "CJK": "Hani",
    "CYRILLIC": "Cyrl",
    "ARABIC": "Arab",
    "GREEK": "Grek",
    "HEBREW": "Hebr",
    "DEVANAGARI": "Deva",
    "THAI": "Thai",
    "HANGUL": "Kore",
    "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
}

Told = tuple[ReleaseRow, Part, str]  # a row, what it is for, its passport


class ReleaseImportError(ValueError):
    """A release cannot be taken in; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A release that was taken in; ``new_nations`` are codes of rows made for it."""

    release: Release
    items: int
    slices: dict[str, int]
    new_nations: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.release.name,
            "version": self.release.version,
            "origin": self.release.origin,
            "status": self.release.status,
            "items": self.items,
            "slices": self.slices,
            "digest": self.release.digest,
            "folder": self.release.folder,
            "new_nations": self.new_nations,
        }


def import_folder(
    *,
    path: Path,
    name: str = "",
    add_nations: bool = False,
    output: Path | None = None,
    actor: Any = None,
) -> Imported:
    """Store the release in the folder ``path`` as ``name`` (its own by default), a candidate.

    The folder is copied to ``output / name-version`` (``settings.RELEASES_DIR`` by default); rows, copy and
    new nations are made all or none. Items the other installation keeps back are not in the folder, so not
    here. Raises :class:`ReleaseImportError` for a folder that does not verify, an unknown nation unless
    ``add_nations``, and a version that is here already.
    """
    _check_no_links(path)
    report = verify(path)
    if not report.ok:
        findings = list(report.findings)
        shown = "; ".join(map(str, findings[:_SHOWN]))
        raise ReleaseImportError(
            f"{path} does not verify, so nothing was imported: {len(findings)} findings: {shown}"
        )
    content = FolderContent(path)
    manifest = content.manifest
    release = new_release(name or manifest.name, manifest, Origin.INSTALLATION, output)
    temporary = Path(tempfile.mkdtemp(prefix=".release-", dir=_made(Path(release.folder).parent)))
    try:
        shutil.copytree(path, temporary, dirs_exist_ok=True, copy_function=shutil.copyfile)
        for found in temporary.rglob("*"):
            found.chmod(0o755 if found.is_dir() else 0o444)
        temporary.chmod(0o755)
        with transaction.atomic():
            nations = known_nations(manifest, content, add_nations)
            release.save()
            slices = store_items(release, _told(content))
            finish(release, digest_file(path / CHECKSUMS), sum(slices.values()), path.name, actor)
            publish_folder(temporary, Path(release.folder))
    except ReleaseImportError:
        raise
    except (FileExistsError, ValueError) as error:  # RowError among them
        raise ReleaseImportError(f"{path}: {error}; nothing was imported") from error
    finally:
        remove_folder(temporary)
    return Imported(release, sum(slices.values()), dict(slices), nations)


def new_release(name: str, manifest: Manifest, origin: Origin, output: Path | None) -> Release:
    """An unsaved release as ``manifest`` tells it. Raises :class:`ReleaseImportError` for a bad name or
    version and one that is here already."""
    parent = Path(output or settings.RELEASES_DIR).absolute()
    release = Release(
        name=name,
        version=manifest.version,
        origin=origin,
        recipe=manifest.recipe.as_dict(),
        manifest=json.dumps(manifest.as_dict(), ensure_ascii=False, indent=2),
        folder=str(parent / f"{name}-{manifest.version}"),
        override=manifest.override,
    )
    try:
        release.clean_fields(exclude=["created_by", "previous", "holdout_salt"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ReleaseImportError(f"{field} {getattr(release, field)!r}: {' '.join(messages)}") from error
    if not _VERSION.fullmatch(release.version):
        raise ReleaseImportError(f"version {release.version!r} is not three numbers such as 1.0.0")
    if Release.objects.filter(name=name, version=release.version).exists():
        raise ReleaseImportError(f"Release {release.label} is here already; give another --name.")
    if Path(release.folder).exists():
        raise ReleaseImportError(f"{release.folder} exists already; give another --name or --output.")
    return release


def known_nations(manifest: Manifest, content: FolderContent, add: bool) -> list[str]:
    """Codes of the nations that had to be made. Raises :class:`ReleaseImportError` when one may not be."""
    known = set(Nation.objects.values_list("code", flat=True))
    missing = sorted({*manifest.nation_names, *(where.nation for where in content.slices())} - known)
    if missing and not add:
        raise ReleaseImportError(
            f"Unknown nation {', '.join(missing)}: add the row in the admin (nations), or give --add-nations "
            "to make it from what the release says."
        )
    for code in missing:
        rows = [row for row in _sample(content) if row.nation == code]
        languages = [language for language, _ in Counter(row.language for row in rows).most_common()]
        nation = Nation(
            code=code,
            name=manifest.nation_names.get(code, code),
            languages=languages or ["und"],
            script=_script("".join(row.statement for row in rows)),
        )
        try:
            nation.full_clean()
        except ValidationError as error:
            raise ReleaseImportError(f"Nation {code}: {' '.join(error.messages)}") from error
        nation.save()
    return missing


def store_items(release: Release, told: Iterable[Told]) -> Counter[str]:
    """Store items some hundred at a time; returns how many each part and slice has. Raises ``ValueError``
    for an item no release may have."""
    counts: Counter[str] = Counter()
    rows = iter(told)
    while batch := list(islice(rows, _BATCH)):
        items = []
        for row, part, passport in batch:
            item = release_item(release, row, part, passport=passport)
            if not _KEY.fullmatch(row.id) or not _KEY.fullmatch(row.origin):
                raise ValueError(f"item {row.id!r} has an id or origin that is no digest")
            try:
                item.clean_fields(exclude=["release", "triple", "nation"])
            except ValidationError as error:
                found = "; ".join(f"{field}: {' '.join(why)}" for field, why in error.message_dict.items())
                raise ValueError(f"item {row.id}: {found}") from error
            counts[f"{row.nation}/{row.source_type}" if part is Part.EVALUATION else str(part)] += 1
            items.append(item)
        ReleaseItem.objects.bulk_create(items)
    return counts


def finish(release: Release, digest: str, items: int, source: str, actor: Any) -> None:
    """The stored release is a candidate."""
    move_release(
        release,
        ReleaseStatus.CANDIDATE,
        actor=actor,
        actor_name=str(actor) if actor is not None else ACTOR,
        note=f"{release.version}: {items} items imported from {source}",
        digest=digest,
        frozen_at=timezone.now(),
    )


def _told(content: FolderContent) -> Iterator[Told]:
    for where in content.slices():
        for row, passport in zip(content.rows(where), content.passports(where), strict=True):
            yield row, Part.EVALUATION, passport
    preferences = [part for part in PREFERENCE_PARTS if content.manifest.preferences.get(str(part))]
    if preferences:
        passports: Mapping[str, str] = {json.loads(line)["id"]: line for line in content.passports(None)}
        for part in preferences:
            for row in content.preferences(str(part)):
                if row.id not in passports:
                    raise ValueError(f"item {row.id} of part {part} has no passport")
                yield row, part, passports[row.id]


def _sample(content: FolderContent) -> Iterator[ReleaseRow]:
    for where in content.slices():
        yield from islice(content.rows(where), _BATCH)
    for part in PREFERENCE_PARTS:
        if content.manifest.preferences.get(str(part)):
            yield from islice(content.preferences(str(part)), _BATCH)


def _script(text: str) -> str:
    """ISO 15924 code of most letters; ``Zyyy`` (undetermined) for a script not in the list."""
    names = Counter(
        unicodedata.name(letter, "?").split()[0] for letter in text[: 10 * _BATCH] if letter.isalpha()
    )
    return _SCRIPTS.get(names.most_common(1)[0][0], "Zyyy") if names else "Zyyy"


def _check_no_links(path: Path) -> None:
    """A link in a folder from elsewhere could bring a file of this machine into the copy."""
    if not path.is_dir():
        raise ReleaseImportError(f"{path} is not a folder; give the folder that has release.json")
    if links := [found for found in path.rglob("*") if found.is_symlink()]:
        raise ReleaseImportError(f"{links[0]} is a link; a release folder has only files")


def _made(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    return parent
