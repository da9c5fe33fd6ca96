"""``croissant.json``: Croissant 1.1 with W3C PROV and responsible-AI fields, record sets reading ``data/``.

Specifications: http://mlcommons.org/croissant/1.1 (its section Provenance Representation) and
http://mlcommons.org/croissant/RAI/1.0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from evaluation.publishing.content import Content, Files, Slice
from evaluation.publishing.files import json_document, whole
from evaluation.publishing.formats.citation import bibtex, release_address, responsible
from evaluation.publishing.formats.columns import MEANINGS
from evaluation.publishing.formats.croissant_context import CONTEXT
from evaluation.publishing.formats.dataset import jsonl_path
from evaluation.publishing.formats.making import Making, Tally
from evaluation.publishing.formats.passports import passport_file, passport_path
from evaluation.publishing.formats.provenance import activities, outlet_entity, previous_release
from evaluation.publishing.formats.responsible_ai import responsible_ai
from evaluation.publishing.rows import COLUMNS, ReleaseRow
from pipeline.records import TripleValidity

_TYPES = {"url": "sc:URL", "is_contested": "sc:Boolean"}
_PROV = {"annotators": "prov:wasAttributedTo", "url": "prov:hadPrimarySource"}


class _Written:
    """Digest and size in bytes of a file, taken in as its pieces come."""

    def __init__(self, pieces: Iterable[bytes] = ()) -> None:
        self._digest, self.size = sha256(), 0
        for piece in pieces:
            self.add(piece)

    def add(self, piece: bytes) -> None:
        """The next piece."""
        self._digest.update(piece)
        self.size += len(piece)

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal digits."""
        return self._digest.hexdigest()


@dataclass(slots=True)
class _Found:
    """What one pass over a slice tells."""

    file: _Written
    passports: _Written
    tally: Tally = field(default_factory=Tally)
    languages: set[str] = field(default_factory=set)
    licences: set[str] = field(default_factory=set)
    outlets: Counter[str] = field(default_factory=Counter)
    annotators: set[str] = field(default_factory=set)
    votes: Counter[int] = field(default_factory=Counter)
    dates: set[str] = field(default_factory=set)


def files(content: Content) -> Files:
    """The description. Digests are those of ``data/`` and ``passports/``, from a second pass over both."""
    found = {where: _look_at(content, where) for where in content.slices()}
    tally = Tally()
    for slice_ in found.values():
        tally.merge(slice_.tally)
    yield "croissant.json", whole(json_document(_document(Making(content.manifest, tally), found)))


def _look_at(content: Content, where: Slice) -> _Found:
    found = _Found(_Written(), _Written(passport_file(content, where)))
    for row in content.rows(where):
        found.file.add(f"{row.as_json()}\n".encode())
        _count(found, row)
    return found


def _count(found: _Found, row: ReleaseRow) -> None:
    found.tally.add(row)
    found.languages.add(row.language)
    found.outlets[row.outlet] += 1
    found.annotators.update(row.annotators)
    found.votes[sum(row.votes.values())] += 1
    if row.licence:
        found.licences.add(row.licence)
    if row.published:
        found.dates = {min({row.published, *found.dates}), max({row.published, *found.dates})}


def _document(making: Making, found: dict[Slice, _Found]) -> dict[str, Any]:
    manifest = making.manifest
    name, address = responsible(manifest)
    licences = sorted(set().union(*(slice_.licences for slice_ in found.values())))
    by_source = {
        "@type": "sc:CreativeWork",
        "name": "Not stated" if making.imported_from else "By source",
        "description": "Rights in a text stay with its source"
        + (
            "; the files name no licence."
            if making.imported_from
            else ", under the licence in the column licence."
        ),
    }
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": manifest.name,
        "description": (
            f"NaVAB release {manifest.label}: {sum(manifest.counts.values())} evaluation items, each a"
            " question, a position documented in a public source of a nation, and its reversal."
            f" Canary, never to be in training data: {manifest.canary}"
        ),
        "url": release_address(manifest),
        "version": manifest.version,
        "datePublished": manifest.as_of,
        "license": [by_source, *licences],
        "creator": {"@type": "sc:Organization", "name": name, **({"url": address} if address else {})},
        "citeAs": bibtex(manifest),
        "inLanguage": sorted(set().union(*(slice_.languages for slice_ in found.values()))),
        "keywords": ["values", "alignment", "evaluation"],
        "isLiveDataset": False,
        **responsible_ai(
            making,
            votes=sum((slice_.votes for slice_ in found.values()), Counter()),
            dates=sorted(set().union(*(slice_.dates for slice_ in found.values()))),
        ),
        **previous_release(manifest),
        "prov:wasGeneratedBy": activities(
            making, sorted(set().union(*(slice_.annotators for slice_ in found.values())))
        ),
        "distribution": [
            made
            for where, slice_ in found.items()
            for made in (_file(where, slice_), _passports(where, slice_))
        ],
        "recordSet": [_record_set(where) for where in found],
    }


def _file(where: Slice, found: _Found) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": jsonl_path(where),
        "name": jsonl_path(where),
        "contentUrl": jsonl_path(where),
        "contentSize": f"{found.file.size} B",
        "encodingFormat": "application/jsonlines",
        "sha256": found.file.digest,
        "prov:wasDerivedFrom": [
            outlet_entity(outlet, found.outlets[outlet]) for outlet in sorted(found.outlets)
        ],
    }


def _passports(where: Slice, found: _Found) -> dict[str, Any]:
    path = passport_path(where)
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "description": f"Provenance of each item of {where.nation}, {where.source_type}, by its id.",
        "contentUrl": path,
        "contentSize": f"{found.passports.size} B",
        "encodingFormat": "application/jsonlines",
        "sha256": found.passports.digest,
    }


def _record_set(where: Slice) -> dict[str, Any]:
    name = where.path
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"Items of {where.nation}, {where.source_type}.",
        "key": {"@id": f"{name}/id"},
        "prov:wasDerivedFrom": {"@id": passport_path(where)},
        "field": [made for column in COLUMNS for made in _fields(where, column)],
    }


def _fields(where: Slice, column: str) -> list[dict[str, Any]]:
    if column == "votes":
        return [
            _field(where, f"votes_{label}", "votes", data_type="sc:Integer", path=str(label))
            for label in TripleValidity
        ]
    return [_field(where, column, column, data_type=_TYPES.get(column, "sc:Text"))]


def _field(where: Slice, name: str, column: str, *, data_type: str, path: str = "") -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": jsonl_path(where)}, "extract": {"column": column}}
    if path:
        source["transform"] = {"jsonPath": path}
    return {
        "@type": "cr:Field",
        "@id": f"{where.path}/{name}",
        "name": f"{where.path}/{name}",
        "description": MEANINGS[column],
        "dataType": data_type,
        **({"isArray": True, "arrayShape": "-1"} if column == "annotators" else {}),
        **({"equivalentProperty": _PROV[column]} if column in _PROV else {}),
        "source": source,
    }
