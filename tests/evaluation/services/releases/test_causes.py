"""Each change between two versions has its cause: the decision, or else the recipe."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree, rmtree

import pytest
from django.utils import timezone

from annotation.models import Decision, DecisionKind, JudgeType, Source
from annotation.services.curation.triage import give_verdict
from annotation.services.decisions.recording import settle_decision
from evaluation.models import Release, ReleaseItem
from evaluation.publishing.content import Content
from evaluation.publishing.diff import Diff, diff_contents
from evaluation.publishing.folder import FolderContent
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.verify import verify
from evaluation.services.releases.causes import causes_of
from evaluation.services.releases.diffs import compare_releases
from evaluation.services.releases.make import make_release
from evaluation.services.releases.sides import Side
from evaluation.services.releases.stored import StoredContent
from tests import factories
from tests.evaluation.gold import annotators, approve, waiting_triple

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date().isoformat()


@pytest.fixture
def curator():
    return factories.user("secret.curator@example.org", group="curator")


def corpus(number: int = 4, **recipe: object) -> Recipe:
    people = annotators(2)
    for n in range(number):
        text = (
            f"The council must protect park {n}. It rained on day {n}, and again on the day after that one."
        )
        decision = waiting_triple(
            "GB", n, document=factories.DocumentFactory(nation=factories.nation("GB"), text=text)
        )
        factories.DecisionFactory(
            kind=DecisionKind.ATTRIBUTION,
            statement=decision.triple.statement,
            label="quoted",
            status="settled",
            triple=None,
        )
        approve(decision, dict.fromkeys(people, "valid"))
    return Recipe(**recipe)


def item_of(release: Release, n: int):
    return release.items.get(statement=f"The council must protect park {n}.")


def verdict_on(release: Release, n: int) -> Decision:
    return item_of(release, n).triple.decisions.get(status="settled")


def changes(old: Release, new: Release) -> Diff:
    contents: list[Content] = [StoredContent(old), StoredContent(new)]
    return diff_contents(*contents)


def causes(old: Release, new: Release) -> set[tuple[str, str]]:
    found = changes(old, new)
    why = causes_of(found, old, new)
    assert set(why) == {change.key for change in found.changes}
    return {(str(change.kind), why[change.key]) for change in found.changes}


def both(name: str, recipe: Recipe, then: Recipe, tmp_path, act) -> tuple[Release, Release]:
    old = make_release(name=name, recipe=recipe, output=tmp_path)
    act(old)
    return old, make_release(name=name, recipe=then, output=tmp_path)


def test_causes_are_the_decisions_since_the_older_release(tmp_path, curator):
    recipe = corpus()

    def act(old: Release) -> None:
        give_verdict(verdict_on(old, 0), "invalid", curator=curator, rationale="Ann Secret said so")
        give_verdict(verdict_on(old, 1), "valid", curator=curator, value={"question": "And park 1?"})
        attribution = Decision.objects.get(
            statement=item_of(old, 2).triple.statement, kind=DecisionKind.ATTRIBUTION
        )
        give_verdict(attribution, "official", curator=curator)
        approve(waiting_triple("GB", 9), dict.fromkeys(annotated(), "valid"))

    def annotated():
        return list(factories.User.objects.filter(username__startswith="secret.name"))

    old, new = both("park", recipe, recipe, tmp_path, act)

    assert causes(old, new) == {
        ("removed", f"triple refused by a curator on {TODAY} (invalid)"),
        ("reworded", f"corrected by a curator on {TODAY} (valid)"),
        ("relabelled", f"attributed by a curator on {TODAY} (official)"),
        ("added", f"approved by annotators on {TODAY} (valid)"),
    }
    assert new.version == "2.0.0"
    told = "\n".join(new.told.changes)
    assert "secret" not in told.casefold()
    assert f"cause: triple refused by a curator on {TODAY} (invalid)" in told


def test_cause_of_what_conflict_reduction_set_aside_is_the_settled_conflict(tmp_path, curator):
    recipe = corpus(2)

    def act(old: Release) -> None:
        first, second = (item_of(old, n).triple.statement for n in (0, 1))
        conflict = factories.ConflictFactory(first=first, second=second)
        asked = factories.DecisionFactory(
            kind=DecisionKind.CONFLICT, conflict=conflict, label="keep_second", triple=None
        )
        give_verdict(asked, "keep_first", curator=curator)

    old, new = both("park", recipe, recipe, tmp_path, act)

    assert causes(old, new) == {("removed", f"conflict settled by a curator on {TODAY} (keep_first)")}
    assert changes(old, new).changes[0].statement == "The council must protect park 1."
    ablation = make_release(name="ablation", recipe=recipe.changed(conflict_reduction=False), output=tmp_path)
    assert causes(new, ablation) == {("added", "recipe: conflict_reduction is false, was true")}
    assert causes(ablation, new) == {("removed", "recipe: conflict_reduction is true, was false")}


def test_cause_of_a_topic_found_without_values_is_its_screening(tmp_path):
    recipe = corpus(2)

    def act(old: Release) -> None:
        statement = item_of(old, 0).triple.statement
        settle_decision(
            decision=factories.DecisionFactory(
                kind=DecisionKind.STATEMENT_SCREENING, statement=statement, label="sensitive", triple=None
            ),
            label="not_sensitive",
            judge_type=JudgeType.ANNOTATORS,
            judge="2 annotators",
        )

    old, new = both("park", recipe, recipe, tmp_path, act)

    assert causes(old, new) == {("removed", f"screened out by annotators on {TODAY} (not_sensitive)")}


def test_cause_is_the_recipe_where_no_decision_tells(tmp_path):
    recipe = corpus(4)
    old, new = both("park", recipe, recipe.changed(slice_size=2), tmp_path, lambda old: None)
    assert causes(old, new) == {("removed", "left out: size (recipe: slice_size is 2, was none)")}


def test_cause_of_other_draws_is_that_other_items_changed(tmp_path, curator):
    recipe = corpus(6, slice_size=3)

    def act(old: Release) -> None:
        refused = old.items.order_by("key").first()
        give_verdict(refused.triple.decisions.get(status="settled"), "invalid", curator=curator)

    old, new = both("park", recipe, recipe, tmp_path, act)

    assert causes(old, new) == {
        ("removed", f"triple refused by a curator on {TODAY} (invalid)"),
        ("added", "other items changed, and with them which ones the recipe takes"),
    }


def test_causes_take_as_many_queries_for_many_changes_as_for_few(tmp_path, django_assert_max_num_queries):
    recipe = corpus(8)
    old, new = both("park", recipe, recipe.changed(slice_size=1), tmp_path, lambda old: None)
    found = changes(old, new)
    assert len(found.changes) == 7
    with django_assert_max_num_queries(16):
        causes_of(found, old, new)


def folder_causes(old: Release, new: Release) -> set[tuple[str, str]]:
    sides = [Side(release.label, FolderContent(Path(release.folder)), None) for release in (old, new)]
    found = compare_releases(*sides)
    return {(str(change.kind), found.causes[change.key]) for change in found.changes.changes}


def test_folders_tell_the_same_causes_as_the_database_of_decisions_of_one_day(tmp_path, curator):
    recipe = corpus()

    def act(old: Release) -> None:
        give_verdict(verdict_on(old, 0), "invalid", curator=curator)
        give_verdict(verdict_on(old, 1), "valid", curator=curator, value={"question": "And park 1?"})
        people = list(factories.User.objects.filter(username__startswith="secret.name"))
        approve(waiting_triple("GB", 9), dict.fromkeys(people, "valid"))

    old, new = both("park", recipe, recipe, tmp_path, act)

    assert (
        folder_causes(old, new)
        == causes(old, new)
        == {
            ("removed", f"triple refused by a curator on {TODAY} (invalid)"),
            ("reworded", f"corrected by a curator on {TODAY} (valid)"),
            ("added", f"approved by annotators on {TODAY} (valid)"),
        }
    )
    assert verify(Path(new.folder)).findings == ()


@pytest.fixture
def three(tmp_path, curator) -> tuple[Release, Release, Release]:
    """Three versions made on one day: from the first to the third two items are refused, two corrected, two
    added, one is refused and approved again; in the second, between."""
    recipe = corpus(7)
    made = [first := make_release(name="park", recipe=recipe, output=tmp_path)]
    people = list(factories.User.objects.filter(username__startswith="secret.name"))

    def decide(n: int, label: str, **more: object) -> None:
        decision = Decision.objects.filter(
            triple__statement=item_of(first, n).triple.statement, status="settled", kind=DecisionKind.TRIPLE
        )
        give_verdict(decision.get(), label, curator=curator, **more)

    for version in (0, 1):
        decide(version, "invalid")
        decide(2 + version, "valid", value={"question": f"And park {2 + version}?"})
        approve(waiting_triple("GB", 20 + version), dict.fromkeys(people, "valid"))
        decide(4, "valid" if version else "invalid")
        made.append(make_release(name="park", recipe=recipe, output=tmp_path))
    assert [found.version for found in made] == ["1.0.0", "2.0.0", "3.0.0"]
    return made[0], made[1], made[2]


STEPS = {
    ("removed", f"in park@2.0.0: triple refused by a curator on {TODAY} (invalid)"),
    ("removed", f"in park@3.0.0: triple refused by a curator on {TODAY} (invalid)"),
    ("reworded", f"in park@2.0.0: corrected by a curator on {TODAY} (valid)"),
    ("reworded", f"in park@3.0.0: corrected by a curator on {TODAY} (valid)"),
    ("added", f"in park@2.0.0: approved by annotators on {TODAY} (valid)"),
    ("added", f"in park@3.0.0: approved by annotators on {TODAY} (valid)"),
    (
        "described",
        f"in park@2.0.0: triple refused by a curator on {TODAY} (invalid); "
        f"in park@3.0.0: approved by a curator on {TODAY} (valid)",
    ),
}


def told_from(old: Side, new: Side) -> set[tuple[str, str]]:
    found = compare_releases(old, new)
    return {(str(change.kind), found.causes[change.key]) for change in found.changes.changes}


def recorded(release: Release) -> Side:
    return Side(release.label, StoredContent(release), release)


def in_folder(release: Release) -> Side:
    folder = Path(release.folder)
    return Side(release.label, FolderContent(folder), None, folder)


def test_causes_over_versions_of_one_day_are_those_of_each_version(three):
    first, _, third = three

    assert told_from(recorded(first), recorded(third)) == STEPS


def test_folders_tell_the_causes_over_versions_by_the_folders_beside_them(three):
    first, second, third = three
    sides = in_folder(first), in_folder(third)
    Release.objects.filter(pk=third.pk).update(previous=None)
    ReleaseItem.objects.filter(release=second).delete()
    Release.objects.filter(pk=second.pk).update(previous=None)
    second.delete()

    assert told_from(*sides) == STEPS


def test_folders_apart_from_others_tell_what_their_own_records_do_and_why_not_the_rest(three, tmp_path):
    first, second, third = three
    sides = [apart(release, tmp_path / f"apart-{release.version}") for release in (first, third)]
    known = told_from(*sides)
    assert known == STEPS, "a version on record here is found, wherever the folders are"
    ReleaseItem.objects.filter(release=second).delete()
    Release.objects.filter(pk=third.pk).update(previous=None)
    Release.objects.filter(pk=second.pk).update(previous=None)
    second.delete()

    unknown = (
        "not known: park@2.0.0 came between and may tell, but is neither on record here nor in a folder "
        "beside these two"
    )
    assert told_from(*sides) == {
        ("removed", unknown),
        ("removed", f"in park@3.0.0: triple refused by a curator on {TODAY} (invalid)"),
        ("reworded", f"corrected by a curator on {TODAY} (valid)"),
        (
            "reworded",
            "in park@2.0.0: not known, for it is not here; "
            f"in park@3.0.0: corrected by a curator on {TODAY} (valid)",
        ),
        ("added", f"approved by annotators on {TODAY} (valid)"),
        (
            "added",
            "in park@2.0.0: not known, for it is not here; "
            f"in park@3.0.0: approved by annotators on {TODAY} (valid)",
        ),
        (
            "described",
            "in park@2.0.0: not known, for it is not here; "
            f"in park@3.0.0: approved by a curator on {TODAY} (valid)",
        ),
    }


def apart(release: Release, parent: Path) -> Side:
    folder = parent / "copy"
    copytree(release.folder, folder)
    return Side(release.label, FolderContent(folder), None, folder)


def test_a_folder_between_that_is_broken_or_of_another_name_is_not_asked(three, tmp_path):
    first, second, third = three
    sides = in_folder(first), in_folder(third)
    ReleaseItem.objects.filter(release=second).delete()
    Release.objects.filter(pk=third.pk).update(previous=None)
    Release.objects.filter(pk=second.pk).update(previous=None)
    second.delete()
    rmtree(second.folder)
    copytree(first.folder, second.folder)  # says in its manifest that it is another
    kinds = {"removed": 2, "added": 2, "reworded": 2, "described": 1}
    found = compare_releases(*sides)
    assert {kind: found.changes.counts()[kind] for kind in kinds} == kinds
    assert sum("park@2.0.0 came between" in cause for cause in found.causes.values()) == 1
    (Path(second.folder) / "release.json").chmod(0o644)
    (Path(second.folder) / "release.json").write_text("{")
    assert compare_releases(*sides).causes == found.causes


@pytest.mark.parametrize("side", [recorded, in_folder])
def test_from_a_later_version_to_an_earlier_one_causes_had_not_happened_yet(three, side):
    first, second, third = three
    turned = {"added": "removed", "removed": "added"}

    assert told_from(side(third), side(first)) == {
        (turned.get(kind, kind), f"had not happened yet: {cause}") for kind, cause in STEPS
    }
    assert ("added", f"had not happened yet: triple refused by a curator on {TODAY} (invalid)") in told_from(
        side(third), side(second)
    )


def test_causes_between_names_end_where_the_later_one_was_made(tmp_path, curator):
    recipe = corpus(3)
    old = make_release(name="park", recipe=recipe, output=tmp_path)
    other = make_release(name="other", recipe=recipe.changed(slice_size=2), output=tmp_path)
    (change,) = changes(old, other).changes
    n = int("".join(letter for letter in change.statement if letter.isdigit()))
    give_verdict(verdict_on(old, n), "invalid", curator=curator)

    assert told_from(recorded(old), recorded(other)) == {("removed", "recipe: slice_size is 2, was none")}


def test_cause_of_a_source_that_became_a_reference_is_its_disclosure(tmp_path):
    recipe = corpus(2)

    def act(old: Release) -> None:
        Source.objects.update(disclosure="reference")

    old, new = both("park", recipe, recipe, tmp_path, act)

    assert {tuple(change.fields) for change in changes(old, new).changes} == {("evidence", "disclosure")}
    assert (
        folder_causes(old, new)
        == causes(old, new)
        == {("described", "the source's disclosure is now reference")}
    )
    other = make_release(name="other", recipe=recipe, output=tmp_path)
    assert folder_causes(old, other) == {("described", "the source's disclosure is now reference")}


def test_causes_stay_those_the_release_was_made_with(tmp_path, curator):
    recipe = corpus(3)

    def act(old: Release) -> None:
        give_verdict(verdict_on(old, 0), "invalid", curator=curator)

    old, new = both("park", recipe, recipe, tmp_path, act)
    told = causes(old, new)
    Decision.objects.filter(label="invalid").update(label="valid")

    assert causes(old, new) == told == {("removed", f"triple refused by a curator on {TODAY} (invalid)")}
