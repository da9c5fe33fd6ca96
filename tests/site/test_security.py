"""Policy headers, error pages, health."""

import re

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db


def directives(response):
    return {part.split()[0]: set(part.split()[1:]) for part in response["Content-Security-Policy"].split(";")}


def test_our_pages_run_only_our_own_files(client):
    found = directives(client.get("/"))

    assert found["script-src"] == found["style-src"] == found["default-src"] == {"'self'"}
    assert found["object-src"] == found["frame-ancestors"] == {"'none'"}


def test_admin_alone_may_evaluate(client):
    client.force_login(factories.user(is_staff=True, is_superuser=True))

    found = directives(client.get(reverse("admin:index")))

    assert found["script-src"] == {"'self'", "'unsafe-eval'"}
    assert found["style-src"] == {"'self'", "'unsafe-inline'"}
    assert found["default-src"] == {"'self'"}


def test_pages_have_no_inline_style_or_script_and_no_foreign_address(client):
    client.force_login(factories.user(group="annotator", nations=("GB",)))
    factories.ReviewFactory()

    pages = {path: client.get(path).content.decode() for path in ("/", "/my-work/", "/nope/", "/results/")}

    inline = re.compile(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=|(?:src|href)=\"(?:https?:)?//")
    assert {path: inline.findall(page) for path, page in pages.items()} == {path: [] for path in pages}


def test_errors_have_pages(client):
    strict = Client(enforce_csrf_checks=True)

    missing, expired = client.get("/nope/"), strict.post("/login/", {"username": "x"})

    assert (missing.status_code, expired.status_code) == (404, 403)
    assert "This page does not exist" in missing.content.decode()
    assert "This form has expired" in expired.content.decode()


def test_broken_page_shows_no_details(client, monkeypatch):
    def broken():
        raise RuntimeError("secret detail")

    monkeypatch.setattr("navab_site.views.steps_by_nation", broken)
    client.force_login(factories.user(nations=("GB",)))
    client.raise_request_exception = False

    page = client.get("/")

    assert page.status_code == 500
    assert "Something went wrong" in page.content.decode()
    assert "secret detail" not in page.content.decode()


def test_forbidden_admin_page_is_refused(client):
    client.force_login(factories.user(group="annotator", nations=("GB",), is_staff=True))

    assert client.get(reverse("admin:annotation_decision_changelist")).status_code == 403


def test_health_answers_while_the_database_does(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_health_says_when_the_database_does_not(client, monkeypatch):
    def gone():
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", gone)

    assert client.get("/healthz").status_code == 503
