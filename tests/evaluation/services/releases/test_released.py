"""What earlier releases hold."""

from __future__ import annotations

import pytest
from django.utils import timezone

from annotation.lifecycle import ReleaseStatus
from evaluation.models import Release
from evaluation.publishing.recipe import Recipe
from evaluation.services.releases.make import make_release
from evaluation.services.releases.released import previous_of, public_rows, published_rows
from evaluation.services.releases.statuses import publish_release, withdraw_release
from tests import factories
from tests.evaluation.gold import approve, waiting_triple

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_versions(tmp_path) -> tuple[Release, Release]:
    approve(waiting_triple("GB", 1))
    first = make_release(name="park", output=tmp_path)
    approve(waiting_triple("GB", 2))
    return first, make_release(name="park", output=tmp_path)


def test_previous_is_the_newest_that_is_built_and_not_withdrawn(two_versions):
    first, second = two_versions
    assert (first.version, second.version, second.previous_id) == ("1.0.0", "1.1.0", first.pk)
    Release.objects.create(name="park", status=ReleaseStatus.DRAFT)
    assert previous_of("park") == second
    withdraw_release(release=second, reason="wrong", actor=factories.user(group="curator"))
    assert previous_of("park") == first
    assert previous_of("garden") is None


def test_what_follows_withdrawn_versions_only_is_compared_with_the_one_that_was_out(tmp_path):
    curator = factories.user(group="curator")
    approve(waiting_triple("GB", 1))
    approve(waiting_triple("FR", 2))
    first = make_release(name="park", output=tmp_path)
    withdraw_release(release=first, reason="never out", actor=curator)
    assert previous_of("park") is None
    second = make_release(name="park", output=tmp_path)
    assert (second.version, second.previous) == ("2.0.0", None)
    publish_release(release=second, actor=curator)
    withdraw_release(release=second, reason="wrong", actor=curator)

    again = make_release(name="park", output=tmp_path)
    assert (again.version, again.previous, again.told.changes) == ("3.0.0", second, ())
    withdraw_release(release=again, reason="wrong as well", actor=curator)
    less = make_release(name="park", recipe=Recipe(nations=("GB",)), output=tmp_path)
    assert (less.version, less.previous) == ("4.0.0", second)
    (line,) = less.told.changes
    assert line.startswith("1 item removed: 1 in fr/quoted; cause: ")
    assert {release.told.canary for release in (first, second, again, less)} == {first.told.canary}


def test_public_rows_leave_out_what_is_held_back(tmp_path):
    for n in range(8):
        approve(waiting_triple("GB", n))
    release = make_release(name="held", recipe=Recipe(holdout_share=0.4), output=tmp_path)
    told = [row.id for row in public_rows(release)]
    assert told == sorted(release.items.public().values_list("key", flat=True))
    assert 0 < len(told) < 8


def test_published_rows_are_of_releases_that_were_published_once(two_versions):
    _, second = two_versions
    assert list(published_rows()) == []
    Release.objects.filter(pk=second.pk).update(status=ReleaseStatus.WITHDRAWN, published_at=timezone.now())
    assert [(row.id, row.part, row.nation, row.statement) for row in published_rows()] == [
        (item.key, "evaluation", "GB", item.statement) for item in second.items.order_by("pk")
    ]
