"""A round of annotation as people live it: two annotators a nation in their own languages, and a curator.

Everybody works in Chromium by keyboard. What they see is kept as pictures in the folder that
``NAVAB_TEST_PICTURES`` names, by default in pytest's temporary one.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from annotation.guidelines import guideline
from annotation.label_studio.configs import words
from annotation.lifecycle import StatementStatus
from annotation.models import (
    CountedVote,
    Decision,
    DecisionKind,
    GoldQuestion,
    JudgeType,
    Outlet,
    Person,
    Policy,
    Vote,
)
from annotation.seed import seed_groups
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio.hints import wait_for_hints
from annotation.services.studio.pull import pull_reviews
from annotation.services.studio.push import push_reviews
from tests.browser.browser import chromium, log_in
from tests.factories import (
    ConflictFactory,
    DecisionFactory,
    DocumentFactory,
    StatementFactory,
    TripleFactory,
    nation,
    user,
)
from tests.studio import Studio

pytestmark = [pytest.mark.browser, pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]

# Nation: its sentence, and the languages the two annotators chose.
SENTENCES = {
    "CN": ("国家必须保护古树。", ("zh", "zh")),
    "DE": ("Der Staat muss alte Bäume schützen.", ("de", "en")),
    "FR": ("L'État doit protéger les vieux arbres.", ("fr", "fr")),
    "GB": ("The state must protect old trees.", ("en", "de")),
    "US": ("The state must protect old trees here.", ("en", "fr")),
}
_SUBMIT = "Control+Enter"
_serial = itertools.count(1)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("NAVAB_TEST_PICTURES") or tmp_path) / "people"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def statement(code: str, text: str = "", **fields: Any) -> Any:
    text = text or SENTENCES[code][0]
    place = nation(code)
    document = DocumentFactory(
        nation=place,
        language=place.main_language,
        text=f"{text} ({next(_serial)})",
        outlet=Outlet.objects.get_or_create(nation=place, name=f"Gazette {code}", kind="press")[0],
    )
    return StatementFactory(document=document, text=text, span_end=len(text), **fields)


def triple_of(code: str, **fields: Any) -> Decision:
    return DecisionFactory(triple=TripleFactory(statement=statement(code)), **fields)


def gold_questions(code: str, curator: Any) -> list[str]:
    """Three questions for the quiz; their labels, in order."""
    labels = ["valid", "invalid", "valid"]
    for label in labels:
        known = triple_of(
            code, label=label, judge_type=JudgeType.CURATOR, decided_by=curator, judge="c", status="settled"
        )
        GoldQuestion.objects.create(decision=known, nation_id=code, chosen_by=curator)
    return labels


def pass_quiz(page: Page, site: str, code: str) -> None:
    page.goto(f"{site}/quiz/{code}/")
    for question in GoldQuestion.objects.filter(nation=code).select_related("decision"):
        page.check(f"input[name=answer-{question.pk}][value={question.decision.label}]")
    page.locator("main form.verdict button[type=submit]").press("Enter")
    page.wait_for_load_state()


def answer(page: Page, site: str, code: str, kind: str, label: str, language: str, key: str) -> None:
    """Through the guideline, if it was not read yet, to the first task; choose by a key, submit by a key."""
    page.goto(f"{site}/label/{code}/{kind}/")
    if "/guidelines/" in page.url:
        assert page.locator("h1").inner_text() == guideline(kind, language).title
        page.locator("main form button[type=submit]").press("Enter")
    choice = page.get_by_label(words(language)[f"{kind}.{label}"])
    choice.wait_for()
    assert page.locator("input[type=radio]:checked").count() == 0  # nobody suggests anything
    page.keyboard.press(key)
    assert choice.is_checked()
    with page.expect_response(
        lambda reply: reply.request.method == "POST" and "/annotations" in reply.url
    ) as sent:
        page.keyboard.press(_SUBMIT)
    assert sent.value.status == 201
    wait_for_hints()


def test_two_annotators_a_nation_an_adjudication_and_a_plurality(
    studio: Studio, live_server: LiveServer, pictures: Path
) -> None:
    site = live_server.url
    seed_groups(apps, "default")  # an earlier test may have emptied every table
    curator = user("cora@example.org", group="curator", nations=tuple(SENTENCES))
    for code in SENTENCES:
        gold_questions(code, curator)
        for number, language in enumerate(SENTENCES[code][1], 1):
            person = user(f"{code.lower()}{number}", group="annotator", nations=(code,), is_qualified=False)
            Person.objects.filter(user=person).update(language=language)
    triples = {code: triple_of(code) for code in SENTENCES}
    disputed = DecisionFactory(
        kind=DecisionKind.ATTRIBUTION, statement=statement("GB", "Rents must be capped."), label="unknown"
    )
    Policy.objects.update_or_create(
        nation_id="GB", kind="attribution", defaults={"threshold": 0.9, "max_votes": 2}
    )
    pair = ConflictFactory(
        first=statement("US", "Guns must be banned."), second=statement("US", "Guns must not be banned.")
    )
    conflict = DecisionFactory(kind=DecisionKind.CONFLICT, conflict=pair, label="keep_first")
    request_reviews([*triples.values(), disputed, conflict])
    push_reviews(client=studio.client)

    with chromium() as browser:
        for code, (_text, languages) in SENTENCES.items():
            for number, language in enumerate(languages, 1):
                who = f"{code.lower()}{number}"
                page = browser.new_page(viewport={"width": 1366, "height": 900})
                log_in(page, site, who)
                page.goto(f"{site}/label/{code}/triple/")
                assert page.url == f"{site}/quiz/{code}/"  # not qualified yet
                pass_quiz(page, site, code)
                page.screenshot(path=pictures / f"{who}-quiz.png", full_page=True)
                answer(page, site, code, "triple", "valid", language, "1")
                page.locator(".studio-reveal a").wait_for()
                page.screenshot(path=pictures / f"{who}-revealed.png")
                if code == "GB":
                    label, key = ("quoted", "1") if number == 1 else ("official", "2")
                    answer(page, site, code, "statement", label, language, key)
                if code == "US":
                    answer(page, site, code, "conflict", "plurality", language, "3")
                page.goto(f"{site}/my-work/")
                page.screenshot(path=pictures / f"{who}-my-work.png", full_page=True)
                page.close()
        pull_reviews(client=studio.client)
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        log_in(page, site, "cora@example.org")
        page.goto(f"{site}/adjudication/")
        page.screenshot(path=pictures / "curator-queue.png", full_page=True)
        page.locator("main table a").first.press("Enter")
        page.locator("#verdict").wait_for()
        page.keyboard.press("1")
        page.select_option("select[name=reason]", "genuinely_ambiguous")
        page.screenshot(path=pictures / "curator-dispute.png", full_page=True)
        page.keyboard.press(_SUBMIT)
        page.wait_for_url(f"{site}/adjudication/")
        page.goto(f"{site}/agreement/")
        page.screenshot(path=pictures / "curator-agreement.png", full_page=True)
        agreement = page.locator("main table").first.inner_text()

    for code, decision in triples.items():
        decision.triple.statement.refresh_from_db()
        assert decision.triple.statement.status == StatementStatus.APPROVED, code
    adjudicated = Decision.objects.get(supersedes=disputed)
    assert (adjudicated.judge_type, adjudicated.label) == (JudgeType.CURATOR, "quoted")
    assert adjudicated.evidence["reason"] == "genuinely_ambiguous"
    plural = Decision.objects.get(supersedes=conflict)
    assert (plural.judge_type, plural.label) == (JudgeType.ANNOTATORS, "plurality")
    assert CountedVote.objects.count() == 2 * len(SENTENCES) + 2
    votes = Vote.objects.all()
    assert {vote.guideline for vote in votes} == {"v1"}
    assert all(vote.qualification.person.user_id == vote.annotator_id for vote in votes)
    assert all(vote.revealed_at for vote in votes.filter(review__kind="triple"))
    assert agreement.count("triple") == len(SENTENCES)
