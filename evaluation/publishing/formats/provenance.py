"""How a release came about, in terms of W3C PROV-O: entities, activities and the agents of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.publishing.content import Manifest
from evaluation.publishing.formats.citation import responsible
from evaluation.publishing.formats.figures import counted
from evaluation.publishing.formats.making import Making
from evaluation.publishing.formats.prose import validity
from evaluation.publishing.rows import digest_of

_PEOPLE = {"annotators": "annotators", "curator": "curators"}


def activities(making: Making, annotators: Sequence[str]) -> list[dict[str, Any]]:
    """Steps from articles to the release that are on record, each with the agents that took part.

    ``annotators`` are the pseudonyms in the rows. A stage is told where an engine or people took part in it;
    conflicts only where reduction was on. Nothing is known of the steps before an import but who published.
    """
    software = _agent("prov:SoftwareAgent", making.manifest.software)
    if source := making.imported_from:
        authors = _agent("prov:Agent", responsible(making.manifest)[0])
        return [
            _activity(
                "publication", f"The items were published with the {source.removeprefix('the ')}", [authors]
            ),
            _activity(
                "import", "The published files were read; every row that could be an item is one", [software]
            ),
        ]
    agents: dict[str, list[dict[str, Any]]] = {}
    for row in making.engines():
        label = f"{row['engine']} {row['version']}"
        agents.setdefault(row["stage"], []).append(_agent("prov:SoftwareAgent", label))
    for row in making.people():
        agents.setdefault(row["stage"], []).append(_agent("prov:Person", _PEOPLE[row["judge"]]))
    recipe = making.manifest.recipe
    return [
        _activity("collection", "Articles were imported with outlet, date, licence and digest", [software]),
        *(
            _activity(stage, f"Judged or made: {stage}", [*agents[stage], software])
            for stage in sorted(agents)
        ),
        *_review(making, annotators),
        _activity(
            "release", f"Items were chosen by the recipe in release.json, seed {recipe.seed}", [software]
        ),
    ]


def _review(making: Making, annotators: Sequence[str]) -> list[dict[str, Any]]:
    """People's judgement of the items, which ended with the newest decision."""
    people = [_agent("prov:Person", name) for name in annotators]
    if making.by_curator:
        people.append(_agent("prov:Person", _PEOPLE["curator"]))
    if not people:
        return []
    made = _activity("review", f"{validity(making)} Only those were released", people)
    return [{**made, "prov:endedAtTime": making.manifest.as_of}]


def outlet_entity(outlet: str, items: int) -> dict[str, Any]:
    """An outlet items were derived from."""
    label = outlet or "outlet not given"
    return {
        "@id": f"urn:navab:outlet:{digest_of(outlet)}",
        "@type": "prov:Entity",
        "prov:label": f"{label} ({counted(items, 'item')})",
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
