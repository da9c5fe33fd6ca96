"""What card and Croissant say of how a release came about, each kind of release its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from evaluation.publishing.formats.card import data_card
from evaluation.publishing.formats.columns import MEANINGS
from evaluation.publishing.formats.croissant import files
from evaluation.publishing.formats.left_out import REASONS
from evaluation.publishing.formats.making import Making, Tally
from evaluation.publishing.formats.prose import collection
from evaluation.publishing.parts import Barred
from evaluation.publishing.recipe import Balance, Recipe
from evaluation.publishing.selection import LeftOut
from tests.evaluation.publishing.content import MemoryContent, content, row
from tests.evaluation.publishing.formats.told import ENGINES, curated, mixed, paper, voted

SOFTWARE = content().manifest.software
_SINGLE = re.compile(r"\s+")


def card(made: MemoryContent) -> str:
    """The card for people, each run of blanks one blank."""
    return _SINGLE.sub(" ", data_card(made).split("\n---\n", 1)[1])


def croissant(made: MemoryContent) -> dict[str, Any]:
    ((_, pieces),) = files(made)
    return json.loads(b"".join(pieces))


def steps(made: MemoryContent) -> dict[str, list[str]]:
    """Label of each activity to the labels of its agents."""
    return {
        step["prov:label"]: [agent["prov:label"] for agent in step["prov:wasAssociatedWith"]]
        for step in croissant(made)["prov:wasGeneratedBy"]
    }


def making(made: MemoryContent) -> Making:
    tally = Tally()
    for item in made.evaluation:
        tally.add(item)
    return Making(made.manifest, tally)


@pytest.mark.parametrize(
    ("made", "validity"),
    [
        (voted, "Annotators of the nation held {} valid by their votes."),
        (
            mixed,
            "People held {} valid: annotators of the nation by their votes (3 items), or a curator (1 item).",
        ),
        (curated, "A curator held {} valid; no annotator voted on them."),
        (paper, "The files do not say who held the items valid."),
    ],
)  # fmt: skip
def test_who_held_items_valid_is_told_by_who_did(made: Callable[[], MemoryContent], validity: str):
    told = croissant(made())["rai:dataAnnotationProtocol"]

    assert told.partition(" Labels to choose from:")[0] == validity.format(
        "each triple of question, statement and reversal"
    )


def test_a_curator_who_decides_after_votes_is_told_with_the_votes():
    made = content([row("GB", 1, decided_by="curator"), row("GB", 4)], facts={})

    assert "valid; annotators had voted on 1 of 2 items." in croissant(made)["rai:dataAnnotationProtocol"]


def test_rows_that_nobody_is_known_to_have_decided_are_told_as_that():
    made = content([row("GB", 1, decided_by="elsewhere")], facts={})

    assert croissant(made)["rai:dataAnnotationProtocol"].startswith("It is not on record who held the items")


def test_collection_tells_only_the_steps_on_record():
    first = (
        "Statements were extracted from news articles and official texts together with the words they rest on"
    )

    assert collection(making(voted())).startswith(f"{first}. Statements that conflict reduction")
    assert collection(making(voted(engines=ENGINES[:1]))).startswith(
        f"{first}, and screened for value content. "
    )
    people = [{"stage": "attribution", "judge": "curator", "items": 1}]
    assert collection(making(voted(engines=ENGINES[:1], people=people))).startswith(
        f"{first}, screened for value content, and attributed to who holds them. "
    )


def test_conflict_reduction_is_told_only_where_it_was_on():
    on, off = voted(engines=ENGINES), curated(engines=ENGINES)

    assert "Statements that conflict reduction set aside are left out." in card(on)
    assert "Judged or made: conflicts" in steps(on)
    assert "set aside are left out" not in card(off)
    assert "Conflict reduction is off: statements that it set aside, or that wait for it, are taken" in card(
        off
    )
    assert "| conflicts |" not in card(off)
    assert "Judged or made: conflicts" not in steps(off)
    assert croissant(off)["rai:machineAnnotationTools"] == [
        "rules 3.1 (screening)",
        "rules 3.1 (attribution)",
    ]


def test_people_take_part_in_the_activities_they_judged_in():
    people = [{"stage": "conflicts", "judge": "annotators", "items": 2},
              {"stage": "screening", "judge": "curator", "items": 1}]  # fmt: skip

    found = steps(voted(people=people))

    assert found["Judged or made: conflicts"] == ["annotators", SOFTWARE]
    assert found["Judged or made: screening"] == ["curators", SOFTWARE]


def test_annotators_and_their_platform_are_named_only_where_there_are_votes():
    with_votes, without = croissant(mixed()), croissant(curated())

    assert with_votes["rai:dataAnnotationPlatform"] == "Label Studio"
    assert list(steps(mixed()).values())[1] == ["annotator-1", "annotator-2", "curators"]
    assert "rai:dataAnnotationPlatform" not in without
    assert list(steps(curated()).values())[1] == ["curators"]
    assert "Native speakers" not in json.dumps(without)
    assert "No annotator appears in it." in card(curated())
    assert "Annotators appear under pseudonyms" in card(mixed())
    assert "a curator decided every one of them" in card(curated())


def test_a_release_of_the_papers_files_claims_nothing_of_how_they_were_made():
    told, found = card(paper()), croissant(paper())

    for claim in ("curator", "Label Studio", "Native speakers", "conflict reduction", "entered by people",
                  "newest decision", "near copies", "source's policy", "recent period", "Approved items",
                  "approved items", "genuine plurality", "holder is not known"):  # fmt: skip
        # Only what the columns may say of any release names these.
        meaning = [" ".join(words.split()) for words in MEANINGS.values() if claim in words]
        body = told
        for words in meaning:
            body = body.replace(words, "")
        assert claim not in body, claim
        assert claim not in json.dumps({**found, "recordSet": []}), claim
    assert "Nobody judged them again." in told
    assert "The paper appeared in 2025-04; its files carry no date." in told
    assert "No item is dated, so the column `period` is `undated` throughout." in told
    assert "Rows of the files left out, by the first reason that holds: | reason | items | in words |" in told
    assert not {"rai:dataAnnotationPlatform", "rai:annotationsPerItem", "rai:machineAnnotationTools"} & set(
        found
    )
    assert found["rai:dataCollectionType"] == ["Secondary Data Analysis"]
    assert steps(paper()) == {
        "The items were published with the NaVAB paper (arXiv 2504.12911)": [
            "the authors of the NaVAB paper"
        ],
        "The published files were read; every row that could be an item is one": [SOFTWARE],
    }


def test_decided_by_is_explained_in_all_its_values():
    for value in ("annotators", "curator", "paper"):
        assert re.search(rf"\b{value} \(", MEANINGS["decided_by"]), value


def test_the_canary_of_pairs_is_explained_where_there_are_pairs():
    with_pairs = card(content(train=[row("GB", 1)], test=[]))

    assert "are made to be trained on. There the text only marks where a pair comes from." in with_pairs
    assert "do not feed that column to a model" in with_pairs
    assert "are made to be trained on" not in card(voted())
    assert "The text" not in MEANINGS["canary"]
    assert "training data" not in MEANINGS["canary"]


_ADVICE = "`make_release --balance choices` leaves out"


def test_balance_of_choices_is_advised_only_where_the_recipe_has_it_not():
    rows = [row("GB", n) for n in range(24)]
    without = card(content(rows, recipe=Recipe(), train=[], test=[]))
    with_rule = card(content(rows, recipe=Recipe(balance=("choices",)), train=[], test=[]))

    assert "NOT at chance" in without
    assert "NOT at chance" in with_rule
    assert _ADVICE in without
    assert _ADVICE not in with_rule
    assert "The recipe has the balance rule `choices` already." in with_rule
    assert "NOT at chance" in card(paper(24))
    assert "--balance" not in card(paper(24))
    assert _ADVICE not in card(voted())  # nothing was measured


def test_every_reason_to_leave_an_item_out_has_words():
    assert {str(reason) for reason in (*LeftOut, *Barred, Balance.PAIRS)} <= set(REASONS)
