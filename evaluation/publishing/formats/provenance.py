"""How a release came about, in terms of W3C PROV-O: entities, activities and the agents of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.publishing.content import Manifest
from evaluation.publishing.rows import digest_of


def activities(manifest: Manifest, annotators: Sequence[str]) -> list[dict[str, Any]]:
    """Steps from articles to the release, each with the agents that took part.

    ``annotators`` are the pseudonyms in the rows. Engines are those of ``manifest.facts["engines"]``, rows
    with stage, engine and version; where the facts name none, only the software is named.
    """
    software = _agent("prov:SoftwareAgent", manifest.software)
    people = [_agent("prov:Person", name) for name in annotators]
    engines: dict[str, list[dict[str, Any]]] = {}
    for row in manifest.facts.get("engines", ()):
        label = f"{row['engine']} {row['version']}"
        engines.setdefault(row["stage"], []).append(_agent("prov:SoftwareAgent", label))
    steps = [
        _activity("collection", "Articles were imported with outlet, date, licence and digest", [software]),
        *(
            _activity(stage, f"Judged or made by engines: {stage}", [*engines[stage], software])
            for stage in sorted(engines)
        ),
        _activity(
            "review",
            "Native speakers and curators judged each triple; only those held valid were released",
            people or [_agent("prov:Person", "curators")],
        ),
    ]
    release = _activity(
        "release", f"Items were chosen by the recipe in release.json, seed {manifest.recipe.seed}", [software]
    )
    return [*steps, {**release, "prov:endedAtTime": manifest.as_of}]


def outlet_entity(outlet: str, items: int) -> dict[str, Any]:
    """An outlet items were derived from."""
    label = outlet or "outlet not given"
    return {
        "@id": f"urn:navab:outlet:{digest_of(outlet)}",
        "@type": "prov:Entity",
        "prov:label": f"{label} ({items} items)",
    }


def previous_release(manifest: Manifest) -> dict[str, Any]:
    """``prov:wasRevisionOf`` the release before, if there is one."""
    if not manifest.previous:
        return {}
    return {
        "prov:wasRevisionOf": {
            "@id": f"urn:navab:release:{digest_of(manifest.previous)}",
            "@type": "prov:Entity",
            "prov:label": manifest.previous,
        }
    }


def _activity(key: str, label: str, agents: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@id": f"urn:navab:activity:{digest_of(key)}",
        "@type": "prov:Activity",
        "prov:label": label,
        "prov:wasAssociatedWith": agents,
    }


def _agent(kind: str, label: str) -> dict[str, Any]:
    return {"@id": f"urn:navab:agent:{digest_of(kind, label)}", "@type": kind, "prov:label": label}
