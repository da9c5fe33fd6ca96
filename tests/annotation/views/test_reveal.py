"""What the machine said beside one's own answer: in the task, on the answer's page and in the list."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.html import escape

from annotation.models import Review, StudioProject, StudioServer, Vote
from tests import factories
from tests.annotation.people import NOON, read, said
from tests.annotation.votes import triple_review, vote
from tests.queries import queries

pytestmark = pytest.mark.django_db
ANSWERS = reverse("annotation:answers")


def task_page(review, server="all"):
    return reverse("annotation:reveal", args=[server, review.remote_task_id])


def answer_page(review):
    return reverse("annotation:one_answer", args=[review.pk])


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
