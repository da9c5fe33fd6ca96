"""Groups as seeded, a release, and a researcher who is logged in."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.cache import cache

from annotation.seed import seed_groups
from tests import factories
from tests.evaluation.scored import scored_release


@pytest.fixture(autouse=True)
def _fresh():
    seed_groups(apps, "default")
    cache.clear()  # throttles count there


@pytest.fixture
def release():
    return scored_release(2, nations=("FR", "GB"), holdout=1)


@pytest.fixture
def researcher(client):
    person = factories.user(group="researcher", nations=("GB",))
    client.force_login(person)
    client.person = person
    return client
