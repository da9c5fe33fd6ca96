"""The cause of a change, told from manifests and passports."""

from __future__ import annotations

from dataclasses import replace

from evaluation.publishing.cause_words import left_out
from evaluation.publishing.causes import cause_of, why_unknown
from evaluation.publishing.content import Manifest
from evaluation.publishing.diff import diff
from evaluation.publishing.recipe import Gates, Recipe
from tests.evaluation.publishing.content import content, reworded, row

_DECISION = {
    "kind": "attribution",
    "label": "quoted",
    "judge_type": "annotators",
    "decided_on": "2026-09-01",
    "number": 1,
}


def _passport(*decisions, **document):
    return {"document": {"published": "2024-05-01", **document}, "decisions": list(decisions)}


def _manifests(before=None, after=None):
    manifest = content().manifest
    return replace(manifest, recipe=before or Recipe()), replace(manifest, recipe=after or Recipe())


def _cause(old, new, old_passport=None, new_passport=None, before=None, after=None):
    (change,) = diff(old, new).changes
    return cause_of(change, old_passport, new_passport, *_manifests(before, after))


def test_cause_of_an_added_item_is_the_earlier_recipe_or_a_later_decision():
    item = row("GB", 1)

    assert _cause([], [item], before=Recipe(nations=("US",))) == "recipe: nation GB is not in the earlier one"
    assert (
        _cause([], [item], before=Recipe(source_types=("official",)))
        == "recipe: type quoted is not in the earlier one"
    )
    assert (
        _cause([], [item], None, _passport(published="2020"), Recipe(published_from="2020-02-01"))
        == "recipe: 2020-01-01 to 2020-12-31 is outside the window of the earlier one"
    )
    later = {**_DECISION, "decided_on": "2026-11-02", "kind": "triple", "label": "valid"}
    assert (
        _cause([], [item], None, _passport(_DECISION, later))
        == "approved by annotators on 2026-11-02 (valid)"
    )
    assert _cause([], [item], None, _passport(_DECISION), Recipe(slice_size=3)) == (
        "recipe: slice_size is none, was 3"
    )
    assert _cause([], [item], None, _passport(_DECISION)) == ""


def test_cause_of_an_item_of_the_same_day_is_known_where_the_earlier_release_took_all_there_was():
    item = row("GB", 1)
    (change,) = diff([], [item]).changes
    old, new = _manifests()
    same_day = {**_DECISION, "decided_on": old.as_of, "kind": "triple", "label": "valid"}
    told = f"approved by annotators on {old.as_of} (valid)"

    def cause(passport, **changes):
        return cause_of(change, None, passport, replace(old, **changes), new)

    whole = {"facts": {"left_out": {}}, "holdout": {}}
    assert cause(_passport(same_day), **whole) == told
    assert cause(_passport(_DECISION), **whole) == ""
    assert cause(_passport(same_day), facts={"left_out": {"excerpts": 1}}, holdout={}) == ""
    assert cause(_passport(same_day), facts={"left_out": {}}, holdout={"items": 1}) == ""
    assert cause(_passport(same_day), facts={}, holdout={}) == ""


def test_what_is_not_known_says_why():
    item, other = row("GB", 1), row("GB", 1)
    old, new = _manifests()
    old = replace(old, name="park", version="1.0.0")
    new = replace(new, name="park", version="3.0.0", previous="park@2.0.0")

    def why(before, after, missing="", previous="park@2.0.0"):
        (change,) = diff(before, after).changes
        return why_unknown(change, old, replace(new, previous=previous), missing)

    reworded = replace(other, outlet="Z")
    assert why([], [item], "park@2.0.0") == (
        "not known: park@2.0.0 came between and may tell, but is neither on record here nor in a folder "
        "beside these two"
    )
    assert why([], [item], previous="park@1.0.0") == "not known: park@3.0.0 was published without it"
    assert why([], [item]) == (
        f"not known: its passport has no decision after {old.as_of}, the day of the newest in park@1.0.0"
    )
    assert why([item], []) == (
        "not known: a passport tells what was decided on an item, not what took it out afterwards"
    )
    assert why([item], [reworded]) == "not known: its passports tell the same decisions before and after"


def test_a_change_turned_is_the_change_the_other_way():
    item = row("GB", 1)
    for old, new in (([item], []), ([item], [replace(item, source_type="official")])):
        (there,), (back,) = diff(old, new).changes, diff(new, old).changes
        assert there.turned() == back
        assert there.turned().turned() == there


def test_cause_of_a_removed_item_is_the_later_recipe():
    item = row("GB", 1)
    contested = {**_DECISION, "kind": "triple", "label": "contested_here"}

    assert (
        _cause([item], [], _passport(contested), after=Recipe(with_contested=False))
        == "recipe: the later one takes no contested items"
    )
    assert _cause([item], [], after=Recipe(conflict_reduction=False, slice_size=3, seed=2)) == (
        "recipe: conflict_reduction is false, was true; slice_size is 3, was none; seed is 2, was 0"
    )
    assert _cause([item], [], _passport(), None) == ""


def test_cause_of_another_label_is_the_decision_that_differs():
    item = row("GB", 1)
    other = replace(item, source_type="official")
    newer = {**_DECISION, "label": "official", "judge_type": "curator", "number": 2}

    assert (
        _cause([item], [other], _passport(_DECISION), _passport({**_DECISION, "number": 9}, newer))
        == "attributed by a curator on 2026-09-01 (official)"
    )
    assert _cause([item], [other], _passport(_DECISION), _passport(_DECISION)) == ""


def test_cause_of_another_description_is_document_recipe_or_part():
    item = row("GB", 1)

    assert (
        _cause([item], [replace(item, outlet="Z")], _passport(outlet="A"), _passport(outlet="Z"))
        == "the record of its document: outlet"
    )
    assert (
        _cause([item], [replace(item, period="recent")], after=Recipe(recent_from="2019-01-01"))
        == 'recipe: recent_from is "2019-01-01", was none'
    )
    (change,) = diff([item], [item], new_parts={item.id: "train"}).changes
    assert cause_of(change, None, None, *_manifests()) == "parts were drawn anew for the items there are now"
    assert cause_of(change, None, None, *_manifests(after=Recipe(preference_share=0.2))) == (
        "recipe: preference_share is 0.2, was 0.0"
    )


def _conflict(label, side):
    return {**_DECISION, "kind": "conflict", "label": label, "side": side, "status": "settled"}


def test_cause_names_only_settings_that_concern_the_item():
    item = row("GB", 1)
    lost, won = _passport(_conflict("keep_first", "second")), _passport(_conflict("keep_first", "first"))
    before, after = Recipe(slice_size=4), Recipe(slice_size=4, conflict_reduction=False, seed=2)

    assert _cause([], [item], None, lost, before, after) == "recipe: conflict_reduction is false, was true"
    assert _cause([], [item], None, won, before, after) == "recipe: seed is 2, was 0"
    assert _cause([item], [], won, None, before, after) == "recipe: seed is 2, was 0"
    assert _cause([], [item], None, won, Recipe(), Recipe(seed=2)) == ""
    assert _cause([], [item], None, won, Recipe(), Recipe(gates=Gates(max_outlet_share=0.3))) == ""
    assert _cause([], [item], None, won, Recipe(), Recipe(balance=("outlets",))) == (
        'recipe: balance is ["outlets"], was none'
    )


def test_cause_of_a_source_that_became_a_reference_is_its_disclosure_and_no_decision():
    item = row("GB", 1)
    assert item.disclosure == "full_text"
    kept = {**_DECISION, "rationale": "It says that the county must."}
    blank = {**_DECISION, "rationale": ""}
    now = replace(item, disclosure="reference", evidence="", text="")

    assert _cause([item], [now], _passport(kept), _passport(blank)) == (
        "the source's disclosure is now reference"
    )
    assert _cause([item], [replace(now, outlet="Z")], _passport(kept), _passport(blank)) == (
        "the source's disclosure is now reference; the record of its document: outlet"
    )
    assert _cause([item], [replace(item, text="Else.")], _passport(kept), _passport(blank)) == (
        "the record of its document: text"
    )


def test_cause_of_votes_is_a_new_decision_or_votes():
    item = row("GB", 1)
    other = replace(item, votes={"valid": 3})
    given = {**_DECISION, "kind": "triple", "label": "valid", "votes": {"valid": 2}, "agreement": 1.0}
    more = {**given, "votes": {"valid": 3}}
    anew = {**given, "decided_on": "2026-12-01", "judge_type": "curator"}

    assert _cause([item], [other], _passport(given), _passport(more)) == "votes were given or taken back"
    assert _cause([item], [other], _passport(given), _passport(given, anew)) == (
        "judged anew by a curator on 2026-12-01 (valid)"
    )


def test_cause_of_a_reworded_item_is_who_approved_the_new_words():
    item = row("GB", 1)
    other = reworded(item, 1, question="Why?")
    approved = {**_DECISION, "kind": "triple", "label": "valid", "decided_on": "2026-12-01"}
    made, corrected = _passport(approved), {**_passport(approved), "triple": {"revisions": 1}}

    assert _cause([item], [other], _passport(), made) == (
        "made anew, then approved by annotators on 2026-12-01 (valid)"
    )
    assert _cause([item], [other], _passport(), corrected) == (
        "corrected by annotators on 2026-12-01 (valid)"
    )
    assert _cause([item], [other], _passport(), _passport()) == ""


def test_cause_is_the_one_the_next_release_was_published_with():
    item = row("GB", 1)
    (change,) = diff([item], []).changes
    old, new = _manifests()
    new = replace(new, previous=old.label, causes={item.id: "triple refused by a curator"})

    assert cause_of(change, None, None, old, new) == "triple refused by a curator"
    assert cause_of(change, None, None, replace(old, version="0.9.0"), new) == ""


def test_a_manifest_keeps_its_causes_and_one_without_is_as_it_was_before_there_were_any():
    old, _ = _manifests()
    new = replace(old, causes={"a": "b"})

    assert Manifest.from_dict(new.as_dict()) == new
    assert "causes" not in old.as_dict()
    assert Manifest.from_dict(old.as_dict()) == old


def test_left_out_is_told_with_the_settings_that_decide_it():
    assert left_out("published_as_preference", Recipe(), Recipe(preference_share=0.2, seed=3)) == (
        "left out: published_as_preference"
    )
    assert left_out("size", Recipe(slice_size=3), Recipe(slice_size=3, seed=3, holdout_share=0.1)) == (
        "left out: size (recipe: seed is 3, was 0)"
    )
