"""Blind first: the machine's answer is hidden until one's own, and what showing it changes is reported."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.html import escape

from annotation.models import Review, ReviewPurpose, StudioProject, StudioServer, Vote
from annotation.services.reveal import BlindReport, blind_reports, label_text, reveal
from tests import factories
from tests.annotation.people import NOON, queries, read, said
from tests.annotation.votes import triple_review, vote

pytestmark = pytest.mark.django_db
ANSWERS = reverse("annotation:answers")


@pytest.fixture
def ann():
    return factories.user(group="annotator", nations=("GB",))


@pytest.fixture
def curator():
    return factories.user(group="curator", nations=("GB",))


def task_page(review, server="all"):
    return reverse("annotation:reveal", args=[server, review.remote_task_id])


def answer_page(review):
    return reverse("annotation:one_answer", args=[review.pk])


def test_nothing_is_shown_before_the_own_answer(ann):
    review = triple_review()
    vote(review, factories.user(group="annotator", nations=("GB",)), "valid")

    assert reveal(ann, review, "en") is None


@pytest.mark.parametrize(
    "fields",
    [{"label": ""}, {"label": "valid", "is_withdrawn": True}, {"label": "valid", "set_aside": "forged"}],
)
def test_nothing_is_shown_to_who_has_not_judged(ann, fields):
    review = triple_review()
    given = vote(review, ann, fields.pop("label"), **fields)

    shown = reveal(ann, review, "en")

    given.refresh_from_db()
    assert (shown, given.revealed_at) == (None, None)


def test_the_machines_answer_is_shown_after_the_own_and_the_first_moment_is_kept(ann, clock):
    review = triple_review()
    given = vote(review, ann, "invalid")

    first = reveal(ann, review, "en")
    clock.forward(minutes=5)
    second = reveal(ann, review, "de")

    given.refresh_from_db()
    assert given.revealed_at == NOON
    assert (first.label, first.text, first.own_text, first.confidence, first.is_people, first.agrees) == (
        "valid",
        "Valid, as it stands above",
        "Invalid, cannot be mended",
        0.6,
        False,
        False,
    )
    assert second.text == "Gültig, so wie oben"


def test_a_label_without_a_word_is_shown_as_it_is():
    assert label_text("triple", "some_thing", "en") == "some thing"


def test_what_is_changed_after_the_reveal_is_a_revision_and_no_longer_blind(ann, clock):
    review = triple_review()
    given = said(ann, "invalid")
    read(review, given)
    clock.forward(minutes=1)
    reveal(ann, review, "en")

    read(review, said(ann, "valid", at=clock.forward(minutes=1), made=NOON, number=given["id"]))

    found = review.votes.get()
    assert (found.label, found.blind_label) == ("valid", "invalid")
    assert list(found.revisions.values_list("label", "is_blind")) == [("invalid", True), ("valid", False)]


def test_what_changes_after_the_reveal_is_not_blind_by_whatever_clock(ann, clock):
    review = triple_review()
    given = said(ann, "invalid")
    read(review, given)
    clock.forward(minutes=5)
    reveal(ann, review, "en")

    slow = NOON.replace(minute=1)  # Label Studio's clock is behind ours
    read(review, said(ann, "valid", at=slow, made=NOON, number=given["id"]))

    found = review.votes.get()
    assert (found.label, found.blind_label) == ("valid", "invalid")
    assert list(found.revisions.values_list("label", "is_blind")) == [("invalid", True), ("valid", False)]


def test_what_is_changed_before_the_reveal_is_blind(ann, clock):
    review = triple_review()
    given = said(ann, "invalid")
    read(review, given)

    read(review, said(ann, "valid", at=clock.forward(minutes=1), made=NOON, number=given["id"]))

    found = review.votes.get()
    assert (found.label, found.blind_label) == ("valid", "valid")


def revealed(ann, blind, now, machine="valid", code="GB"):
    """A vote that said ``blind``, was shown the machine's answer and says ``now``."""
    review = triple_review(code)
    Review.objects.filter(pk=review.pk).update(purpose=ReviewPurpose.QUESTION)
    decision = review.decision
    type(decision).objects.filter(pk=decision.pk).update(label=machine)
    return vote(review, ann, now, blind_label=blind, revealed_at=NOON)


def test_reports_tell_how_showing_changed_votes(curator):
    ann = factories.user(group="annotator", nations=("GB", "DE"))
    for blind, now in (
        ("valid", "valid"),
        ("invalid", "valid"),
        ("invalid", "invalid"),
        ("valid", "invalid"),
        ("invalid", "contested_here"),
        ("valid", ""),
    ):
        revealed(ann, blind, now)
    revealed(ann, "valid", "valid", code="DE")
    vote(triple_review(), ann, "valid")  # never shown

    [report] = blind_reports(curator)

    assert report == BlindReport(
        "GB",
        "triple",
        revealed=6,
        agreed_blind=3,
        agreed_after=2,
        to_machine=1,
        from_machine=2,
        otherwise=1,
    )


def test_reports_leave_out_questions_whose_answer_people_gave(curator, ann):
    given = revealed(ann, "invalid", "valid")
    Review.objects.filter(pk=given.review_id).update(purpose=ReviewPurpose.ATTENTION)

    assert blind_reports(curator) == []


def test_the_page_of_agreement_and_its_file_show_the_difference(client, ann, curator):
    revealed(ann, "invalid", "valid")
    revealed(ann, "valid", "valid")
    client.force_login(curator)

    table = client.get("/agreement/").context["tables"][2]
    file = client.get("/agreement/revealed.csv").content.decode().splitlines()

    assert [[cell.text for cell in row] for row in table.shown] == [
        ["GB", "triple", "2", "0.5000", "1.0000", "1", "0", "0"]
    ]
    assert file[1] == "GB,triple,2,0.5,1.0,1,0,0"


def test_agreement_counts_what_was_said_blind(client, curator):
    ann, ben = (factories.user(group="annotator", nations=("GB",)) for _ in range(2))
    review = triple_review()
    vote(review, ann, "valid", blind_label="invalid", revealed_at=NOON)
    vote(review, ben, "valid")
    client.force_login(curator)

    [row] = client.get("/agreement/").context["tables"][0].rows

    assert row[5].value == 0.0


# Pages


def test_task_tells_as_json_what_the_machine_said(client, ann, settings):
    settings.LABEL_STUDIO_SERVERS = {}
    review = triple_review()
    vote(review, ann, "invalid")
    client.force_login(ann)

    response = client.get(task_page(review), headers={"accept-language": "fr"})

    assert response.json() == {
        "label": "valid",
        "text": "Valable, tel qu'écrit ci-dessus",
        "confidence": 0.6,
        "own": "invalid",
        "own_text": "Non valable, impossible à corriger",
        "agrees": False,
        "note": "",
    }


def office_review(code="GB"):
    """A review of the attribution of words to an office holder."""
    statement = factories.StatementFactory(
        document=factories.DocumentFactory(nation=factories.nation(code), outlet=None, title=""), speaker=""
    )
    decision = factories.DecisionFactory(
        kind="attribution",
        statement=statement,
        label="quoted",
        value={"speaker": "Ada Young", "is_office_holder": True},
    )
    project = factories.StudioProjectFactory(nation=factories.nation(code), kind="statement")
    return factories.ReviewFactory(decision=decision, project=project, status="pushed", remote_task_id=900)


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("zh-hans", "Ada Young (可能代表国家发言)"),
        ("de", "Ada Young (spricht möglicherweise für den Staat)"),
        ("fr", "Ada Young (parle peut-être au nom de l'État)"),
        ("en", "Ada Young (may speak for the state)"),
    ],
)
def test_office_of_a_speaker_is_told_after_the_answer_in_the_annotators_language(
    client, ann, settings, language, note
):
    settings.LABEL_STUDIO_SERVERS = {}
    review = office_review()
    vote(review, ann, "quoted")
    client.force_login(ann)

    told = client.get(task_page(review), headers={"accept-language": language}).json()["note"]
    html = client.get(answer_page(review), headers={"accept-language": language}).content.decode()

    assert (told, html.count(escape(note))) == (note, 1)


def test_office_of_a_speaker_is_not_told_to_who_has_not_judged(client, ann):
    review = office_review()
    vote(review, ann, "")
    client.force_login(ann)

    html = client.get(answer_page(review)).content.decode()

    assert ("Ada Young" in html, "may speak" in html) == (False, False)


def test_task_tells_nothing_while_two_reviews_hold_its_number(client, settings):
    settings.LABEL_STUDIO_SERVERS = {}
    ann = factories.user(group="annotator", nations=("GB", "DE"))
    here, there = triple_review(), triple_review("DE")
    server = here.project.server
    StudioProject.objects.filter(pk=there.project_id).update(server=server)
    Review.objects.filter(pk=there.pk).update(remote_task_id=here.remote_task_id)
    for review in (here, there):
        vote(review, ann, "valid")
    client.force_login(ann)

    response = client.get(task_page(here))

    assert (response.status_code, Vote.objects.exclude(revealed_at=None).count()) == (204, 0)


@pytest.mark.parametrize("label", [None, ""])
def test_task_tells_nothing_before_a_judgement_is_on_record(client, ann, settings, label):
    settings.LABEL_STUDIO_SERVERS = {}
    review = triple_review()
    if label is not None:
        vote(review, ann, label)
    client.force_login(ann)

    assert client.get(task_page(review)).status_code == 204
    assert Vote.objects.exclude(revealed_at=None).count() == 0


def test_task_of_another_server_nation_or_number_is_not_found(client, ann, settings):
    settings.LABEL_STUDIO_SERVERS = {}
    here, there = triple_review(), triple_review("DE")
    for review in (here, there):
        vote(review, ann, "valid")
    StudioServer.objects.create(name="GB")
    client.force_login(ann)

    pages = [
        task_page(here, "GB"),
        task_page(here, "XX"),
        task_page(there),
        "/my-work/reveal/all/999999999999999999999/",
    ]

    assert [client.get(page).status_code for page in pages] == [404] * 4


def test_own_answer_shows_evidence_both_answers_and_how_it_came_about(client, ann, clock):
    review = triple_review()
    given = said(ann, "invalid")
    read(review, given)
    read(review, said(ann, "valid", at=clock.forward(minutes=1), made=NOON, number=given["id"]))
    client.force_login(ann)

    page = client.get(answer_page(review))

    html = page.content.decode()
    assert (page.context["own_text"], page.context["reveal"].text) == ("Valid, as it stands above",) * 2
    assert [one["text"] for one in page.context["revisions"]] == [
        "Invalid, cannot be mended",
        "Valid, as it stands above",
    ]
    assert html.count("before the machine’s answer was shown") == 2
    assert review.decision.triple.statement.text in html


def test_own_skip_shows_no_machine(client, ann):
    review = triple_review()
    vote(review, ann, "")
    client.force_login(ann)

    page = client.get(answer_page(review))

    assert (page.status_code, page.context["reveal"], page.context["own_text"]) == (200, None, "not judged")
    assert "The machine’s answer" not in page.content.decode()
    assert Vote.objects.get().revealed_at is None


def test_why_one_could_not_judge_is_told_back_in_ones_language(client, ann, clock):
    review = triple_review()
    given = said(ann, "cannot_judge", reason="unclear")
    read(review, given)
    again = said(ann, "cannot_judge", reason="too_close", at=clock.forward(minutes=1), made=NOON)
    read(review, {**again, "id": given["id"]})
    client.force_login(ann)

    page = client.get(answer_page(review), headers={"accept-language": "de"}).context
    [row] = client.get(ANSWERS, headers={"accept-language": "de"}).context["rows"]

    unclear, close = (
        "nicht beurteilt (Der Text ist unklar)",
        "nicht beurteilt (Ich bin befangen: Interesse oder Gewissen)",
    )
    assert (page["own_text"], row["text"]) == (close, close)
    assert [one["text"] for one in page["revisions"]] == [unclear, close]


def test_answers_of_others_and_of_foreign_nations_are_not_found(client, ann):
    other = factories.user(group="annotator", nations=("GB",))
    theirs, foreign = triple_review(), triple_review("DE")
    vote(theirs, other, "valid")
    vote(foreign, ann, "valid")
    client.force_login(ann)

    statuses = [client.get(answer_page(review)).status_code for review in (theirs, foreign)]

    assert (statuses, client.get(ANSWERS).context["rows"]) == ([404, 404], [])


def test_an_answer_can_be_changed_while_its_question_is_open(client, ann):
    review = triple_review()
    vote(review, ann, "valid")
    client.force_login(ann)

    is_open = client.get(answer_page(review)).context["change"]
    Review.objects.update(status="closed")
    is_closed = client.get(answer_page(review)).context["change"]

    project = review.project.remote_id
    assert is_open == f"/studio/all/projects/{project}/data?task={review.remote_task_id}"
    assert is_closed == ""


def test_answers_lists_the_newest_in_words(client, ann):
    first, second, third = (triple_review() for _ in range(3))
    for review, label, hour in ((first, "valid", 1), (second, "", 3), (third, "invalid", 2)):
        given = vote(review, ann, label)
        Vote.objects.filter(pk=given.pk).update(remote_updated_at=NOON.replace(hour=hour))
    client.force_login(ann)

    rows = client.get(ANSWERS, headers={"accept-language": "de"}).context["rows"]

    assert [(row["vote"].review, row["text"]) for row in rows] == [
        (second, "nicht beurteilt"),
        (third, "Ungültig, nicht zu retten"),
        (first, "Gültig, so wie oben"),
    ]


def test_query_counts_are_constant(client, ann):
    client.force_login(ann)
    lists, pages = [], []
    for _ in range(3):
        review = triple_review()
        read(review, said(ann, "valid"))
        client.get(answer_page(review))
        lists.append(queries(client, ANSWERS))
        pages.append(queries(client, answer_page(review)))

    assert (lists[0], pages[0]) == (lists[2], pages[2])
