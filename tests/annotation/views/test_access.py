"""Who gets into the pages of annotators and curators."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotation.urls import urlpatterns
from tests import factories
from tests.annotation.people import gold
from tests.annotation.votes import triple_review, vote

pytestmark = pytest.mark.django_db
WHO = ("nobody", "annotator", "foreigner", "curator", "operator")
# Page: statuses for each of these. The own answer is the annotator's; GB is everybody's nation but the
# foreigner's, who is a curator of DE, and the operator's, who sees every row but works for no nation.
PAGES = {
    "work": (302, 200, 200, 200, 200),
    "answers": (302, 200, 200, 200, 200),
    "one_answer": (302, 200, 404, 404, 404),
    "reveal": (302, 200, 404, 204, 204),
    "profile": (302, 200, 200, 200, 200),
    "erase": (302, 405, 405, 405, 405),
    "quiz": (302, 200, 404, 200, 404),
    "guideline": (302, 200, 200, 200, 200),
    "ask": (302, 200, 200, 200, 200),
    "inquiries": (302, 403, 200, 200, 200),
    "annotators": (302, 403, 200, 200, 200),
    "policies": (302, 403, 200, 200, 200),
    "policies_csv": (302, 403, 200, 200, 200),
}


@pytest.fixture
def people(settings):
    settings.LABEL_STUDIO_SERVERS = {}
    return {
        "annotator": factories.user(group="annotator", nations=("GB",)),
        "foreigner": factories.user(group="curator", nations=("DE",)),
        "curator": factories.user(group="curator", nations=("GB",)),
        "operator": factories.user(group="operator"),
    }


@pytest.fixture
def addresses(people):
    review = triple_review()
    vote(review, people["annotator"], "valid")
    for label in ("valid", "invalid", "valid"):
        gold(label=label)
    arguments = {
        "one_answer": [review.pk],
        "reveal": ["all", review.remote_task_id],
        "quiz": ["GB"],
        "guideline": ["triple"],
        "policies_csv": ["judges"],
    }
    return {name: reverse(f"annotation:{name}", args=arguments.get(name)) for name in PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_to_whom_they_are_for(client, people, addresses, page):
    found = []
    for who in WHO:
        client.logout()
        if who != "nobody":
            client.force_login(people[who])
        response = client.get(addresses[page])
        found.append(response.status_code)
        if who == "nobody":
            assert response["Location"] == f"/login/?next={addresses[page]}"

    assert tuple(found) == PAGES[page]


@pytest.mark.parametrize("page", ["inquiries", "annotators"])
def test_annotators_cannot_post_what_curators_do(client, people, addresses, page):
    client.force_login(people["annotator"])

    assert client.post(addresses[page], {"do": "grant"}).status_code == 403


@pytest.mark.parametrize("page", ["work", "answers", "one_answer", "reveal", "policies", "policies_csv"])
def test_pages_to_read_take_no_post(client, people, addresses, page):
    client.force_login(people["operator"])

    assert client.post(addresses[page]).status_code == 405


@pytest.mark.parametrize("page", ["quiz", "guideline", "ask", "profile", "erase", "inquiries", "annotators"])
def test_posts_need_a_token_of_this_site(people, addresses, page):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["curator"])

    assert client.post(addresses[page], {}).status_code == 403


def test_every_page_of_people_is_in_this_table():
    elsewhere = {  # tested with what they belong to
        "adjudication",
        "agreement",
        "agreement_csv",
        "agreement_detail",
        "agreement_detail_csv",
        "conflict_group",
        "conflicts",
        "dispute",
        "gateway",
        "label",
        "label_studio_webhook",
        "label_studio_webhook_of",
        "operate",
        "operations",
    }
    assert {pattern.name for pattern in urlpatterns if hasattr(pattern, "name")} - elsewhere == set(PAGES)
