"""The list of a release's items."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.models import ReleaseItem
from evaluation.services.releases.make import release_item
from tests.evaluation.publishing.content import hostile_rows
from tests.evaluation.released import built_release
from tests.evaluation.views.releases.pages import LABEL, page, person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({}, 17),
        ({"nation": "CN"}, 4),
        ({"type": "official"}, 8),
        ({"nation": "FR", "type": "quoted"}, 2),
        ({"part": "evaluation"}, 17),
        ({"part": "train"}, 0),
        ({"part": "holdout"}, 17),
        ({"language": "en"}, 7),
        ({"contested": "yes"}, 1),
        ({"contested": "no"}, 16),
        ({"period": "recent"}, 1),
        ({"topic": "HARBOUR"}, 1),
        ({"topic": "%"}, 0),
        ({"nation": "XX"}, 17),
        ({"page": "no"}, 17),
    ],
)
def test_items_are_narrowed_by_slice(client, release, query, number):
    item = release.items.public().first()
    ReleaseItem.objects.filter(pk=item.pk).update(is_contested=True, period="recent", topic="old harbours")
    client.force_login(person("operator"))

    assert page(client, "release-items", LABEL, **query).context["page"].paginator.count == number


def _numbered(rows):
    return [replace(row, id=f"{n:032x}") for n, row in enumerate(rows)]


def test_pages_of_items_keep_their_filters(client, tmp_path):
    release = built_release(tmp_path, per_slice=1)
    rows = hostile_rows() * 3
    ReleaseItem.objects.bulk_create(release_item(release, row, passport="") for row in _numbered(rows))
    client.force_login(person("operator"))

    first = page(client, "release-items", LABEL, nation="US", type="quoted")
    second = page(client, "release-items", LABEL, nation="US", type="quoted", page="2")

    assert (first.context["page"].paginator.count, len(second.context["page"])) == (34, 9)
    assert '?nation=US&amp;type=quoted&amp;page=2" rel="next"' in first.content.decode()
    assert '?nation=US&amp;type=quoted&amp;page=1" rel="prev"' in second.content.decode()
    assert "<script>alert" not in first.content.decode() + second.content.decode()
