"""Pages of releases as the tests ask for them."""

from __future__ import annotations

import re

from django.urls import reverse

from tests import factories

LABEL = "harbour@1.2.0"
ALL = ("CN", "DE", "FR", "GB", "US")


def person(group, *nations, **fields):
    return factories.user(group=group, nations=nations, **fields)


def page(client, name, *args, **query):
    return client.get(reverse(f"evaluation:{name}", args=args), query)


def shown(response):
    return re.sub(r"\s+", " ", response.content.decode())


def every_page(release):
    item = release.items.public().get(nation="CN", source_type="official", statement__contains="100")
    return {
        "releases": [],
        "release": [LABEL],
        "release-folder": [LABEL],
        "release-items": [LABEL],
        "passport": [LABEL, item.key],
        "passport-json": [LABEL, item.key],
    }
