"""An annotator in a real browser: logs in to Label Studio, answers a task, and the vote arrives."""

from __future__ import annotations

import pytest

from annotation.models import Decision, DecisionKind, Review, StudioProject, Vote
from annotation.services.pull import pull_reviews
from annotation.services.push import push_reviews
from annotation.services.reviews import request_reviews
from annotation.services.studio_people import studio_address
from tests.browser.browser import chromium
from tests.factories import DecisionFactory, DocumentFactory, StatementFactory, nation, user
from tests.studio import PASSWORD, Studio

pytestmark = [pytest.mark.browser, pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _tables_beside_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright keeps an event loop in this thread, which Django takes for asynchronous code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def test_annotator_answers_with_a_hotkey_and_a_note_in_the_browser(studio: Studio) -> None:
    germany = nation("DE")
    person = user("emma@example.org", group="annotator", nations=("DE",))
    studio.annotator(person)
    document = DocumentFactory(
        nation=germany,
        outlet__name="Tagesblatt",
        text="Im Rat wurde gestritten. Der Staat muss die Mieten begrenzen. Beschlossen ist nichts.",
    )
    statement = StatementFactory(
        document=document,
        text="Der Staat muss die Mieten begrenzen.",
        span_start=25,
        span_end=61,
        speaker="Mia Weber",
    )
    decision = DecisionFactory(
        kind=DecisionKind.ATTRIBUTION, statement=statement, label="unknown", value={"speaker": "Mia Weber"}
    )
    request_reviews([decision])
    push_reviews(client=studio.client)
    project = StudioProject.objects.get()

    with chromium() as browser:
        page = browser.new_page(locale="de-DE", viewport={"width": 1366, "height": 900})
        page.goto(f"{studio.url}/user/login/")
        page.fill("input[name=email]", studio_address(person))
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "login" not in address)
        page.goto(f"{studio.url}/projects/{project.remote_id}/data?labeling=1")
        question = page.get_by_text("Wer vertritt diese Position?")
        question.wait_for()
        assert page.get_by_text("Im Rat wurde gestritten.").is_visible()
        assert page.get_by_text("Tagesblatt · 2024-05-01 · Mia Weber").is_visible()
        assert page.get_by_label("Nicht zu erkennen").is_checked()  # the machine's answer
        question.click()
        page.keyboard.press("1")
        assert page.get_by_label("Eine genannte oder beschriebene Stimme").is_checked()
        page.get_by_placeholder("Was eine Kollegin oder ein Kollege wissen sollte").fill("Siehe Satz zwei.")
        with page.expect_response(
            lambda reply: reply.request.method == "POST" and "/annotations" in reply.url
        ):
            page.get_by_role("button", name="Submit current annotation").click()

    summary = pull_reviews(client=studio.client)

    assert (summary.created, summary.problems) == (1, [])
    vote = Vote.objects.get()
    assert (vote.annotator, vote.label, vote.value, vote.note) == (
        person,
        "quoted",
        {"speaker": "Mia Weber"},
        "Siehe Satz zwei.",
    )
    assert vote.review == Review.objects.get()
    assert Decision.objects.get().status == "asked"
