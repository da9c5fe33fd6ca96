"""``croissant.json``: Croissant 1.1 with W3C PROV and responsible-AI fields, record sets reading ``data/``.

Specifications: http://mlcommons.org/croissant/1.1 (its section Provenance Representation) and
http://mlcommons.org/croissant/RAI/1.0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from evaluation.publishing.content import Content, Files, Manifest, Slice
from evaluation.publishing.files import json_document, whole
from evaluation.publishing.formats.citation import bibtex, release_address, responsible
from evaluation.publishing.formats.columns import MEANINGS
from evaluation.publishing.formats.croissant_context import CONTEXT
from evaluation.publishing.formats.dataset import jsonl_path
from evaluation.publishing.formats.prose import COLLECTION, INTENDED_USE, LIMITS, NEGATION_BIAS, PERSONAL
from evaluation.publishing.formats.provenance import activities, outlet_entity, previous_release
from evaluation.publishing.rows import COLUMNS, ReleaseRow
from pipeline.records import TripleValidity

_TYPES = {"url": "sc:URL", "is_contested": "sc:Boolean"}
_PROV = {"annotators": "prov:wasAttributedTo", "url": "prov:hadPrimarySource"}


@dataclass(slots=True)
class _Found:
    """What one pass over a slice tells."""

    digest: str = ""
    size: int = 0
    languages: set[str] = field(default_factory=set)
    licences: set[str] = field(default_factory=set)
    outlets: Counter[str] = field(default_factory=Counter)
    annotators: set[str] = field(default_factory=set)
    votes: Counter[int] = field(default_factory=Counter)
    dates: set[str] = field(default_factory=set)


def files(content: Content) -> Files:
    """The description. Digests are those of ``data/``, taken from a second pass over the rows."""
    found = {where: _look_at(content, where) for where in content.slices()}
    yield "croissant.json", whole(json_document(_document(content.manifest, found)))


def _look_at(content: Content, where: Slice) -> _Found:
    found, digest = _Found(), sha256()
    for row in content.rows(where):
        line = f"{row.as_json()}\n".encode()
        digest.update(line)
        found.size += len(line)
        _count(found, row)
    found.digest = digest.hexdigest()
    return found


def _count(found: _Found, row: ReleaseRow) -> None:
    found.languages.add(row.language)
    found.outlets[row.outlet] += 1
    found.annotators.update(row.annotators)
    found.votes[sum(row.votes.values())] += 1
    if row.licence:
        found.licences.add(row.licence)
    if row.published:
        found.dates = {min({row.published, *found.dates}), max({row.published, *found.dates})}


def _document(manifest: Manifest, found: dict[Slice, _Found]) -> dict[str, Any]:
    name, address = responsible(manifest)
    licences = sorted(set().union(*(slice_.licences for slice_ in found.values())))
    by_source = {
        "@type": "sc:CreativeWork",
        "name": "By source",
        "description": "Rights in a text stay with its source, under the licence in the column licence.",
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
        **_responsible_ai(manifest, found),
        **previous_release(manifest),
        "prov:wasGeneratedBy": activities(
            manifest, sorted(set().union(*(slice_.annotators for slice_ in found.values())))
        ),
        "distribution": [_file(where, slice_) for where, slice_ in found.items()],
        "recordSet": [_record_set(where) for where in found],
    }


def _responsible_ai(manifest: Manifest, found: dict[Slice, _Found]) -> dict[str, Any]:
    dates = sorted(set().union(*(slice_.dates for slice_ in found.values())))
    votes: Counter[int] = Counter()
    for slice_ in found.values():
        votes.update(slice_.votes)
    per_item = ", ".join(f"{number} votes: {votes[number]} items" for number in sorted(votes))
    frame = [
        f"{date}-01-01"[:10] if len(date) == 4 else f"{date}-01"[:10] for date in (dates[:1] + dates[-1:])
    ]
    engines = [
        f"{row['engine']} {row['version']} ({row['stage']})" for row in manifest.facts.get("engines", ())
    ]
    return {
        "rai:dataCollection": COLLECTION,
        "rai:dataCollectionType": ["Document analysis", "Manual Human Curator", "Software Collection"],
        **({"rai:dataCollectionTimeframe": frame} if frame else {}),
        "rai:dataAnnotationProtocol": "Native speakers judged each triple before it was released; labels: "
        + ", ".join(map(str, TripleValidity)),
        "rai:dataAnnotationPlatform": "Label Studio",
        "rai:annotationsPerItem": per_item or "no item",
        "rai:machineAnnotationTools": engines or [f"{manifest.software}; engines are named in the passports"],
        "rai:dataBiases": NEGATION_BIAS,
        "rai:dataLimitations": list(LIMITS),
        "rai:dataUseCases": list(INTENDED_USE),
        "rai:personalSensitiveInformation": PERSONAL,
    }


def _file(where: Slice, found: _Found) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": jsonl_path(where),
        "name": jsonl_path(where),
        "contentUrl": jsonl_path(where),
        "contentSize": f"{found.size} B",
        "encodingFormat": "application/jsonlines",
        "sha256": found.digest,
        "prov:wasDerivedFrom": [
            outlet_entity(outlet, found.outlets[outlet]) for outlet in sorted(found.outlets)
        ],
    }


def _record_set(where: Slice) -> dict[str, Any]:
    name = where.path
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"Items of {where.nation}, {where.source_type}.",
        "key": {"@id": f"{name}/id"},
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
