"""Settings of a run, and the version of the stage made from them."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.topics.parameters import REVISION, TopicParameters, stage_version

NAMES = {"engine": "rules", "embedder": "hybrid", "labeller": "keywords", "tagger": "tags"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("n_components", 0, "n_components must be 1 or more, not 0"),
        ("n_epochs", 0, "n_epochs must be 1 or more, not 0"),
        ("sample_limit", 0, "sample_limit must be 1 or more, not 0"),
        ("characters", -1, "characters must be 1 or more, not -1"),
        ("keywords", 0, "keywords must be 1 or more, not 0"),
        ("label_words", 0, "label_words must be 1 or more, not 0"),
        ("exemplars", 0, "exemplars must be 1 or more, not 0"),
        ("n_neighbors", 1, "n_neighbors must be 2 or more, not 1"),
        ("min_cluster_size", 1, "min_cluster_size must be 2 or more, not 1"),
        ("diversity", 1.1, r"diversity must be in \[0, 1\], not 1.1"),
        ("diversity", -0.1, r"diversity must be in \[0, 1\], not -0.1"),
    ],
)
def test_senseless_setting_is_refused_by_name(name: str, value: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TopicParameters(**{name: value})


@pytest.mark.parametrize(
    ("documents", "smallest", "neighbours"),
    [(0, 2, 2), (3, 2, 2), (11, 2, 10), (12, 3, 11), (400, 7, 15), (1_000_000, 50, 15)],
)
def test_adapted_asks_less_of_a_small_corpus(documents: int, smallest: int, neighbours: int) -> None:
    found = TopicParameters().adapted(documents)

    assert (found.min_cluster_size, found.n_neighbors) == (smallest, neighbours)


@given(st.integers(0, 100_000), st.integers(2, 100), st.integers(2, 100))
def test_adapted_never_asks_more_and_settles(documents: int, smallest: int, neighbours: int) -> None:
    asked = TopicParameters(min_cluster_size=smallest, n_neighbors=neighbours, seed=9)

    found = asked.adapted(documents)

    assert found.min_cluster_size <= smallest
    assert found.n_neighbors <= neighbours
    assert found.adapted(documents) == found
    assert replace(found, min_cluster_size=smallest, n_neighbors=neighbours) == asked


def test_as_dict_can_be_stored_and_read_back() -> None:
    parameters = TopicParameters(keywords=7)

    assert TopicParameters(**json.loads(json.dumps(parameters.as_dict()))) == parameters


def test_stage_version_changes_with_every_setting() -> None:
    plain = TopicParameters()
    changed = [
        replace(
            plain, **{field.name: {"metric": "euclidean", "cluster_selection_method": "leaf"}[field.name]}
        )
        if isinstance(field.default, str)
        else replace(plain, **{field.name: field.default + (0.5 if field.type == "float" else 1)})
        for field in fields(plain)
    ]

    versions = {stage_version(parameters, **NAMES) for parameters in [plain, *changed]}

    assert len(versions) == 1 + len(fields(plain))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_stage_version_changes_with_every_part(name: str) -> None:
    parameters = TopicParameters()

    assert stage_version(parameters, **NAMES) != stage_version(parameters, **{**NAMES, name: "other"})


def test_stage_version_names_engine_and_revision() -> None:
    version = stage_version(TopicParameters(), **NAMES)

    start, digest = version.split("+")
    assert (start, len(digest)) == (f"rules-{REVISION}", 12)
    assert version == stage_version(TopicParameters(), **NAMES)
