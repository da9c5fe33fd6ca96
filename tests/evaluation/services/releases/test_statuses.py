"""A release published and withdrawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotation.lifecycle import IllegalMoveError, ReleaseStatus
from evaluation.models import Release
from evaluation.services.releases.make import make_release
from evaluation.services.releases.statuses import (
    UnverifiedError,
    move_release,
    publish_release,
    withdraw_release,
)
from tests import factories
from tests.evaluation.gold import approve, approved_corpus, waiting_triple

pytestmark = pytest.mark.django_db


def test_publish_release_takes_only_the_folder_that_was_written(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="out", output=tmp_path)
    changed = Path(release.folder) / "data" / "gb" / "quoted.jsonl"
    before = changed.read_bytes()
    changed.chmod(0o644)
    changed.write_bytes(before.replace(b"park", b"dark"))
    with pytest.raises(UnverifiedError, match=r"data/gb/quoted\.jsonl"):
        publish_release(release=release, actor_name="test")
    changed.write_bytes(before)
    publish_release(release=release, actor_name="test")
    assert (release.status, release.published_at is not None) == ("published", True)
    assert list(Release.objects.published()) == [release]


def test_release_moves_only_by_the_table(tmp_path):
    approve(waiting_triple("GB", 1))
    release = make_release(name="moves", output=tmp_path)
    curator = factories.user(group="curator")
    withdraw_release(release=release, reason="wrong licence", actor=curator)
    assert release.status == ReleaseStatus.WITHDRAWN
    with pytest.raises(IllegalMoveError):
        move_release(release, ReleaseStatus.CANDIDATE, actor=curator)
    moves = [("candidate", "withdrawn"), ("draft", "candidate")]
    assert list(release.events.values_list("old", "new")) == moves
