"""Each change between two versions has its cause: the decision, or else the recipe."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from annotation.models import Decision, DecisionKind, JudgeType, Source
from annotation.services.curation.triage import give_verdict
from annotation.services.decisions.recording import settle_decision
from evaluation.models import Release
from evaluation.publishing.content import Content
from evaluation.publishing.diff import Diff, diff_contents
from evaluation.publishing.folder import FolderContent
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.verify import verify
from evaluation.services.releases.causes import causes_of
from evaluation.services.releases.diffs import Side, compare_releases
from evaluation.services.releases.make import make_release
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
        decision = waiting_triple("GB", n)
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
