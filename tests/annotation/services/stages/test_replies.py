"""The table of requests that are under way in batches."""

from __future__ import annotations

import pytest

from annotation.services.stages.replies import DatabaseBatchStore

pytestmark = pytest.mark.django_db


def test_batch_takes_the_name_the_endpoint_gave_it() -> None:
    store = DatabaseBatchStore()
    store.add("intent:1", ["a", "b"])
    store.add("intent:2", ["c"])

    store.rename("intent:1", "batch-1")
    store.forget(["b"])

    assert store.find(["a", "b", "c"]) == {"a": "batch-1", "c": "intent:2"}
