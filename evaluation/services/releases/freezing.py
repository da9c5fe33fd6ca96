"""What turns chosen gold into a version of a release: canary, pseudonyms, version number, manifest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from django.utils.crypto import salted_hmac

from annotation.lifecycle import ReleaseStatus
from annotation.models import Nation
from evaluation import VERSION
from evaluation.models import Release
from evaluation.publishing.content import Manifest, Slice
from evaluation.publishing.diff import Diff, changelog_lines, diff
from evaluation.publishing.rows import PREFERENCE_PARTS, Part, ReleaseRow
from evaluation.publishing.versions import FIRST, Version, next_version
from evaluation.services.gold.agreement import Agreement, Cell
from evaluation.services.gold.collect import Gold, pseudonyms
from evaluation.services.gold.facts import facts_of
from evaluation.services.releases.causes import causes_of
from evaluation.services.releases.released import canary_of, previous_of, public_rows

SOFTWARE = f"NaVAB {VERSION}"
_CANARIES = UUID("6f0e0d5c-3f0b-4c8e-9d6a-51a1c0b7b1a5")


@dataclass(frozen=True, slots=True)
class Frozen:
    """Gold with its part, its rows as they are told, and ``names``: user name to pseudonym."""

    items: list[tuple[Gold, Part]]
    names: dict[str, str]

    def rows(self, *parts: Part) -> list[ReleaseRow]:
        """Rows of these parts, in order."""
        return [gold.row for gold, part in self.items if part in parts]


def freeze(
    release: Release,
    kept: Sequence[tuple[Gold, Part]],
    left_out: Mapping[str, Sequence[str]],
    agreement: Mapping[Cell, Agreement],
) -> Frozen:
    """Give ``release`` its previous version, number and manifest, and the rows their last words. ``left_out``
    are ids by reason.

    Raises ``NothingChanged`` when the version before holds exactly this.
    """
    release.previous = previous_of(release.name)
    names = pseudonyms([gold for gold, _ in kept], release.name)
    canary = _canary(release, [gold.row.id for gold, _ in kept])
    frozen = Frozen(
        [
            (replace(gold, row=replace(gold.row, annotators=_annotators(gold, names), canary=canary)), part)
            for gold, part in kept
        ],
        names,
    )
    changes = _changes(release, frozen)
    release.version = str(_number(release, changes))
    release.manifest = json.dumps(
        _manifest(release, frozen, left_out, agreement, changes).as_dict(), ensure_ascii=False, indent=2
    )
    return frozen


def _changes(release: Release, frozen: Frozen) -> Diff | None:
    if release.previous is None:
        return None
    pairs = release.previous.items.filter(part__in=PREFERENCE_PARTS)
    return diff(
        public_rows(release.previous),
        iter(frozen.rows(Part.EVALUATION, *PREFERENCE_PARTS)),
        old_parts=dict(pairs.values_list("key", "part")),
        new_parts={gold.row.id: str(part) for gold, part in frozen.items if part in PREFERENCE_PARTS},
    )


def _number(release: Release, changes: Diff | None) -> Version:
    """What the rule says, but never a number that a withdrawn version had. What was withdrawn may come again
    as it was."""
    before = Version.parse(release.previous.version) if release.previous else None
    if (
        release.previous
        and release.previous.status == ReleaseStatus.WITHDRAWN
        and changes
        and changes.is_empty
    ):
        version = FIRST
    else:
        version, _ = next_version(before, changes)
    built = Release.objects.built().filter(name=release.name).values_list("version", flat=True)
    highest = max(map(Version.parse, built), default=None)
    if highest is None or version > highest:
        return version
    return Version(highest.major + 1, 0, 0)


def _annotators(gold: Gold, names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted((names[name] for name in gold.votes), key=lambda name: int(name.split("-")[1])))


def _canary(release: Release, ids: Sequence[str]) -> str:
    """The same for all versions of a name, so that what was trained on any of them is found."""
    if given := canary_of(release.name):
        return given
    content = sha256("\0".join(sorted(ids)).encode()).hexdigest()
    guid = uuid5(_CANARIES, f"{release.name}\0{content}")
    return f"NaVAB benchmark data, not to be trained on. Canary GUID {guid}"


def _manifest(
    release: Release,
    frozen: Frozen,
    left_out: Mapping[str, Sequence[str]],
    agreement: Mapping[Cell, Agreement],
    changes: Diff | None,
) -> Manifest:
    evaluated = frozen.rows(Part.EVALUATION)
    counts = Counter(Slice(row.nation, row.source_type).path for row in evaluated)
    preferences = Counter(str(part) for _, part in frozen.items if part in PREFERENCE_PARTS)
    nations = {gold.row.nation for gold, _ in frozen.items}
    previous = release.previous
    reasons = {id: reason for reason, ids in left_out.items() for id in ids}
    causes = causes_of(changes, previous, release, left_out=reasons) if previous and changes else {}
    return Manifest(
        name=release.name,
        version=release.version,
        as_of=max(gold.decided_on for gold, _ in frozen.items),
        software=SOFTWARE,
        canary=evaluated[0].canary,
        recipe=release.recipe_followed,
        counts=dict(sorted(counts.items())),
        previous=previous.label if previous else "",
        preferences=dict(sorted(preferences.items())),
        holdout=_commitment(release, frozen.rows(Part.HOLDOUT)),
        gates=tuple(_without_rows(gate) for gate in release.gates),
        override=release.override,
        changes=changelog_lines(changes, causes),
        facts=facts_of(
            [gold for gold, _ in frozen.items],
            {reason: len(ids) for reason, ids in left_out.items()},
            agreement,
        ),
        nation_names=dict(sorted(Nation.objects.filter(code__in=nations).values_list("code", "name"))),
        causes=dict(sorted(causes.items())),
    )


def _without_rows(gate: Mapping[str, Any]) -> dict[str, Any]:
    """A gate's finding without the rows to fix: they are for those who can fix them."""
    return {name: value for name, value in gate.items() if name not in ("rows", "triples")}


def _commitment(release: Release, rows: Sequence[ReleaseRow]) -> dict[str, Any]:
    """What is told of the holdout items: how many, and a salted digest that fixes them. Nothing where the
    recipe asks for none: a commitment that was taken out is missed."""
    if not rows:
        return {"items": 0} if release.recipe_followed.holdout_share else {}
    release.holdout_salt = salted_hmac("navab holdout", release.label, algorithm="sha256").hexdigest()[:32]
    lines = "\n".join(sorted(row.as_json() for row in rows))
    return {
        "items": len(rows),
        "commitment": sha256(f"{release.holdout_salt}\n{lines}".encode()).hexdigest(),
    }
