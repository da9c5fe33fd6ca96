"""What differs between two releases, item by item."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from evaluation.publishing.content import Content, Slice
from evaluation.publishing.rows import COLUMNS, PREFERENCE_PARTS, Part, ReleaseRow

PART = "part"
WORDS = ("question", "statement", "reversed_statement")
LABELS = ("nation", "source_type", "language", PART)  # they decide where an item counts
# Ids follow from other fields; canary and pseudonyms belong to a release, not to its items.
_NOT_COMPARED = frozenset({"id", "origin", "canary", "annotators"})
COMPARED: tuple[str, ...] = (*(name for name in COLUMNS if name not in _NOT_COMPARED), PART)
_LONG = frozenset({"text"})  # told by digest
_SHOWN = 3  # ids a line of the changelog names


class Kind(StrEnum):
    """How an item changed; the gravest that holds."""

    ADDED = "added"
    REMOVED = "removed"
    REWORDED = "reworded"  # one statement of one document in other words
    RELABELLED = "relabelled"  # the same words for another nation, type, language or part
    DESCRIBED = "described"  # the same item, told of otherwise: outlet, topic, votes, dispute, ...


@dataclass(frozen=True, slots=True)
class Change:
    """One item that changed. ``fields`` maps each differing field to its value before and after, in the order
    of columns; an id is empty on the side where there is no item. Long texts are told by digest."""

    kind: Kind
    old_id: str
    new_id: str
    origin: str
    nation: str
    source_type: str
    statement: str
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Id by which causes are given: the new one, or the old one of what was removed."""
        return self.new_id or self.old_id

    def turned(self) -> Change:
        """The same change, seen from the newer release to the older one."""
        kinds = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED}
        before = {name: values[0] for name, values in self.fields.items()}
        return replace(
            self,
            kind=kinds.get(self.kind, self.kind),
            old_id=self.new_id,
            new_id=self.old_id,
            nation=before.get("nation", self.nation),
            source_type=before.get("source_type", self.source_type),
            statement=before.get("statement", self.statement),
            fields={name: values[::-1] for name, values in self.fields.items()},
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "kind": str(self.kind),
            "old_id": self.old_id,
            "new_id": self.new_id,
            "origin": self.origin,
            "nation": self.nation,
            "source_type": self.source_type,
            "statement": self.statement,
            "fields": {name: list(values) for name, values in self.fields.items()},
        }


@dataclass(frozen=True, slots=True)
class Diff:
    """Changes by kind, nation, type and id, and the number of items that did not change."""

    changes: tuple[Change, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        """Whether the releases hold the same."""
        return not self.changes

    def of(self, *kinds: Kind) -> tuple[Change, ...]:
        """Changes of these kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)

    def counts(self) -> dict[str, int]:
        """Number of changes of every kind, and of unchanged items."""
        found = Counter(change.kind for change in self.changes)
        return {**{str(kind): found[kind] for kind in Kind}, "unchanged": self.unchanged}

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"counts": self.counts(), "changes": [change.as_dict() for change in self.changes]}


Rows = Iterable[ReleaseRow]


def diff(
    old: Rows,
    new: Rows,
    *,
    old_parts: Mapping[str, str] | None = None,
    new_parts: Mapping[str, str] | None = None,
) -> Diff:
    """Compare two releases; the order of rows does not matter.

    Items are the same by id; otherwise those of one origin are paired by the wording they share, and what is
    then left by equal words of another nation or document. Parts are given by id; an item that is not there
    is of the evaluation. Both sides are read once, item by item: of those that agree a digest is kept, of the
    others one line of JSON.
    """
    before = {row.id: _Packed.of(row, old_parts) for row in old}
    unchanged = 0
    pairs: list[tuple[_Packed, _Packed]] = []
    added: list[_Packed] = []
    for row in new:
        after = _Packed.of(row, new_parts)
        found = before.pop(row.id, None)
        if found is None:
            added.append(after)
        elif found.line == after.line:
            unchanged += 1
        else:
            pairs.append((found, after))
    removed = list(before.values())
    del before
    for key in (_by_origin, _by_words):
        matched = _matched(removed, added, key)
        pairs += matched
        gone, come = {id(first) for first, _ in matched}, {id(second) for _, second in matched}
        removed = [found for found in removed if id(found) not in gone]
        added = [found for found in added if id(found) not in come]
    changes = [
        *(_changed(first, second) for first, second in pairs),
        *(_alone(Kind.REMOVED, found) for found in removed),
        *(_alone(Kind.ADDED, found) for found in added),
    ]
    order = list(Kind)
    changes.sort(key=lambda change: (order.index(change.kind), change.nation, change.source_type, change.key))
    return Diff(tuple(changes), unchanged)


def diff_contents(old: Content, new: Content) -> Diff:
    """Compare what two releases publish: evaluation items and preference pairs."""
    return diff(
        public_rows(old), public_rows(new), old_parts=preference_parts(old), new_parts=preference_parts(new)
    )


def public_rows(content: Content) -> Iterator[ReleaseRow]:
    """Every item of every public part."""
    for where in content.slices():
        yield from content.rows(where)
    for part in PREFERENCE_PARTS:
        yield from content.preferences(part)


def preference_parts(content: Content) -> dict[str, str]:
    """Id of each preference item to its part."""
    return {row.id: str(part) for part in PREFERENCE_PARTS for row in content.preferences(part)}


def changelog_lines(diff: Diff | None, causes: Mapping[str, str]) -> tuple[str, ...]:
    """A line for the changes of one kind, cause and set of fields, most items first, naming slices and a few
    ids; ``causes`` is by :attr:`Change.key`. Nothing for ``None``: there is no earlier release."""
    if diff is None:
        return ()
    found: dict[tuple[Kind, str, tuple[str, ...]], list[Change]] = defaultdict(list)
    for change in diff.changes:
        names = () if change.kind is Kind.REWORDED else tuple(change.fields)
        found[change.kind, causes.get(change.key, ""), names].append(change)
    order = list(Kind)
    ranked = sorted(found.items(), key=lambda item: (order.index(item[0][0]), -len(item[1]), item[0][1:]))
    return tuple(_line(*group, ours) for group, ours in ranked)


def _line(kind: Kind, cause: str, names: tuple[str, ...], changes: list[Change]) -> str:
    slices = Counter(Slice(change.nation, change.source_type).path for change in changes)
    where = ", ".join(f"{count} in {path}" for path, count in sorted(slices.items()))
    ids = [change.key[:12] for change in changes[:_SHOWN]]
    more = ", ..." if len(changes) > _SHOWN else ""
    what = f" ({', '.join(names)})" if names else ""
    number = f"{len(changes)} item{'s' * (len(changes) != 1)}"
    return f"{number} {kind}{what}: {where}{f'; cause: {cause}' if cause else ''} [{', '.join(ids)}{more}]"


@dataclass(frozen=True, slots=True, eq=False)
class _Packed:
    """An item in little memory: its ids and what is compared, as JSON."""

    id: str
    origin: str
    line: bytes

    @classmethod
    def of(cls, row: ReleaseRow, parts: Mapping[str, str] | None) -> _Packed:
        values = row.as_dict()
        values[PART] = (parts or {}).get(row.id, str(Part.EVALUATION))
        for name in _LONG:
            values[name] = _digest(values[name]) if values[name] else ""
        line = json.dumps([values[name] for name in COMPARED], ensure_ascii=False, separators=(",", ":"))
        return cls(row.id, row.origin, line.encode("utf-8", "surrogatepass"))

    def values(self) -> dict[str, Any]:
        found = json.loads(self.line.decode("utf-8", "surrogatepass"))
        return dict(zip(COMPARED, found, strict=True))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _by_origin(item: _Packed) -> str:
    return item.origin


def _by_words(item: _Packed) -> str:
    values = item.values()
    return _digest("\0".join(values[name] for name in WORDS))


def _matched(removed: Collection[_Packed], added: Collection[_Packed], key: Any) -> list[tuple[Any, Any]]:
    """Pairs of one key, those first that share most."""
    ours: dict[str, list[_Packed]] = defaultdict(list)
    theirs: dict[str, list[_Packed]] = defaultdict(list)
    for item in removed:
        ours[key(item)].append(item)
    for item in added:
        theirs[key(item)].append(item)
    found = []
    for name in ours.keys() & theirs.keys():
        candidates = sorted(
            (-_shared(first, second), first.id, second.id, first, second)
            for first in ours[name]
            for second in theirs[name]
        )
        taken: set[int] = set()
        for *_, first, second in candidates:
            if id(first) not in taken and id(second) not in taken:
                taken.update((id(first), id(second)))
                found.append((first, second))
    return found


def _shared(first: _Packed, second: _Packed) -> int:
    """How much two items have in common; a word counts more than all that is told of it."""
    ours, theirs = first.values(), second.values()
    return sum(100 if name in WORDS else 1 for name in COMPARED if ours[name] == theirs[name])


def _changed(first: _Packed, second: _Packed) -> Change:
    before, after = first.values(), second.values()
    fields = {name: (before[name], after[name]) for name in COMPARED if before[name] != after[name]}
    if any(name in fields for name in WORDS):
        kind = Kind.REWORDED
    elif any(name in fields for name in LABELS):
        kind = Kind.RELABELLED
    else:
        kind = Kind.DESCRIBED
    return Change(
        kind,
        first.id,
        second.id,
        second.origin,
        after["nation"],
        after["source_type"],
        after["statement"],
        fields,
    )


def _alone(kind: Kind, item: _Packed) -> Change:
    values = item.values()
    ids = (item.id, "") if kind is Kind.REMOVED else ("", item.id)
    return Change(kind, *ids, item.origin, values["nation"], values["source_type"], values["statement"])
