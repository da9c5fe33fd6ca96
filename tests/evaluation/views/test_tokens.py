"""Tokens: shown once, used by programs as their person, given up."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from annotation.models import Person
from annotation.seed import seed_groups
from annotation.services.people.erasure import erase_person
from tests import factories
from tests.evaluation.scored import scored_release

pytestmark = pytest.mark.django_db
PAGE, SUBMISSIONS = "/tokens/", "/api/submissions/"


@pytest.fixture(autouse=True)
def _fresh():
    seed_groups(apps, "default")
    cache.clear()  # throttles count there


@pytest.fixture
def researcher(client):
    client.force_login(factories.user(group="researcher", nations=("GB",)))
    return client


def made_token(client: Client) -> str:
    return re.search(r'<code id="token">([^<]+)</code>', client.post(PAGE).content.decode())[1]


def with_token(token: str) -> Client:
    """A program: no session, no cookies, and forgery checks as in the open."""
    return Client(enforce_csrf_checks=True, headers={"authorization": f"Token {token}"})


def test_token_is_shown_once_and_only_its_digest_is_kept(researcher):
    token = made_token(researcher)
    assert token.startswith("navab-")
    assert token not in researcher.get(PAGE).content.decode()
    kept = AuthToken.objects.get()
    assert token not in (kept.digest, kept.token_key)
    assert "no-store" in researcher.post(PAGE).headers["Cache-Control"]


def test_program_hands_in_and_reads_as_its_person_without_a_session(researcher):
    release = scored_release(2)
    program = with_token(made_token(researcher))
    body = {"release": release.label, "model": "mine", "protocol": "letters", "answers": []}
    refused = program.post(SUBMISSIONS, body, content_type="application/json")
    assert refused.status_code == 400  # for what it says, not for who says it
    assert program.get(SUBMISSIONS).json()["results"] == []
    assert Client().get(SUBMISSIONS).status_code == 403


@pytest.mark.parametrize("token", ["navab-0123456789abcdef", "", "two words", "\xff\xfe"])
def test_what_is_no_token_is_refused(researcher, token):
    made_token(researcher)
    assert with_token(token).get(SUBMISSIONS).status_code in (401, 403)


def test_token_given_up_expired_or_of_an_erased_person_opens_nothing(researcher):
    tokens = [made_token(researcher) for _ in range(3)]
    first, second, third = AuthToken.objects.order_by("created")
    assert researcher.post(reverse("evaluation:give-up-token", args=[first.token_key])).status_code == 302
    AuthToken.objects.filter(pk=second.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    assert with_token(tokens[2]).get(SUBMISSIONS).status_code == 200
    assert [with_token(token).get(SUBMISSIONS).status_code for token in tokens[:2]] == [403, 403]
    erase_person(Person.objects.get(user=third.user))
    assert with_token(tokens[2]).get(SUBMISSIONS).status_code == 403


def test_nobody_gives_up_the_token_of_another(researcher):
    made_token(researcher)
    other = Client()
    other.force_login(factories.user(group="researcher"))
    address = reverse("evaluation:give-up-token", args=[AuthToken.objects.get().token_key])
    assert other.post(address).status_code == 404
    assert researcher.get(address).status_code == 405
    assert AuthToken.objects.count() == 1


def test_there_are_ten_at_most_and_expired_ones_make_room(researcher):
    for _ in range(11):
        last = researcher.post(PAGE, follow=True)
    assert AuthToken.objects.count() == 10
    assert "the most there may be" in last.content.decode()
    AuthToken.objects.update(expiry=timezone.now() - timedelta(days=1))
    assert made_token(researcher)
    assert AuthToken.objects.count() == 1


def test_annotators_and_strangers_make_none(client):
    assert client.get(PAGE).status_code == 302
    client.force_login(factories.user(group="annotator", nations=("GB",)))
    assert (client.get(PAGE).status_code, client.post(PAGE).status_code) == (403, 403)
