"""The tagging loop, the same for every engine, with every round's tag set kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.records import DocumentRecord

TAG_CHARACTERS = 120


class Tagger(Protocol):
    """Proposes tags and says which of them are one. ``version`` changes whenever its tags could."""

    @property
    def version(self) -> str:
        """Revision, prompt digests and model, as far as it has them."""
        ...

    def propose(self, documents: Sequence[DocumentRecord]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Document key and open tags, best first; none where nothing can be said."""
        ...

    def consolidate(self, tag_counts: Mapping[str, int]) -> Mapping[str, str]:
        """Tag to the tag that takes its place, given how many documents have each; tags left out stay."""
        ...


@dataclass(frozen=True, slots=True)
class TaggingResult:
    """Tags of every document (empty: unassigned), and after each round the tag set with document counts.

    The first round is the open tags, each later one the set after a consolidation; the last may be that
    without the tags of single documents."""

    assignments: Mapping[int, tuple[str, ...]]
    rounds: tuple[Mapping[str, int], ...]


def tag_documents(
    documents: Sequence[DocumentRecord],
    *,
    tagger: Tagger,
    rounds: int = 3,
    known: Mapping[int, tuple[str, ...]] | None = None,
) -> TaggingResult:
    """Tag documents, then consolidate and re-assign up to ``rounds`` times or until nothing changes; at the
    end a tag of one document gives way to the commoner ones that document has.

    Every document has an entry in the result, also one the tagger passes over, and so has every one whose
    tags are ``known`` from before: it is not asked about again, but takes part in the consolidation. Raises
    ``ValueError`` for ``rounds`` below 0.
    """
    if rounds < 0:
        raise ValueError(f"rounds must be 0 or more, not {rounds}")
    assignments = dict(known or {})
    fresh = [document for document in documents if document.key not in assignments]
    proposed: dict[int, tuple[str, ...]] = {document.key: () for document in fresh}
    for key, tags in tagger.propose(fresh):
        if key in proposed:
            proposed[key] = _distinct(tags)
    assignments.update(proposed)
    sets = [_counted(assignments)]
    for _ in range(rounds):
        if not sets[-1]:
            break
        resolved = _resolved(tagger.consolidate(sets[-1]), sets[-1])
        if not resolved:
            break
        assignments = {
            key: _distinct(resolved.get(tag, tag) for tag in tags) for key, tags in assignments.items()
        }
        sets.append(_counted(assignments))
    folded = {key: _without_rare(tags, sets[-1]) for key, tags in assignments.items()}
    if rounds and folded != assignments:
        assignments = folded
        sets.append(_counted(folded))
    return TaggingResult(assignments, tuple(sets))


def _distinct(tags: Sequence[str] | Iterator[str]) -> tuple[str, ...]:
    cleaned = (" ".join(tag.split())[:TAG_CHARACTERS].strip() for tag in tags)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))


def _without_rare(tags: tuple[str, ...], counts: Mapping[str, int]) -> tuple[str, ...]:
    """Tags without those no other document has, unless it has none but such."""
    return tuple(tag for tag in tags if counts[tag] > 1) or tags


def _counted(assignments: Mapping[int, tuple[str, ...]]) -> dict[str, int]:
    """Documents per tag, commonest first."""
    counts = Counter(tag for tags in assignments.values() for tag in tags)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _resolved(mapping: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, str]:
    """Tag to final tag for those that change; chains are followed to their end, in a circle the commonest
    tag takes all."""
    final: dict[str, str] = {}
    for tag in counts:
        path = [tag]
        while (following := mapping.get(path[-1], path[-1]).strip() or path[-1]) not in path:
            path.append(following)
        circle = path[path.index(following) :]
        end = max(circle, key=lambda name: (counts.get(name, 0), name)) if len(circle) > 1 else path[-1]
        if end != tag:
            final[tag] = end
    return final
