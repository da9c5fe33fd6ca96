"""What annotators ask curators, the answers, and the mails that tell of them."""

from __future__ import annotations

import pytest
from django.core import mail
from django.urls import reverse

from annotation.models import Inquiry, Person
from annotation.services.people.inquiries import LONGEST, answer, ask, inquiries_of, mark_answers_seen
from annotation.services.people.mail import mail_person, site_language
from tests import factories
from tests.annotation.people import NOON
from tests.annotation.votes import triple_review
from tests.queries import queries

pytestmark = pytest.mark.django_db
ASK, INBOX, WORK = (reverse(f"annotation:{name}") for name in ("ask", "inquiries", "work"))


@pytest.fixture
def ann():
    return factories.user("ann@example.org", group="annotator", nations=("GB",))


@pytest.fixture
def curator():
    return factories.user("cur@example.org", group="curator", nations=("GB",))


@pytest.fixture
def mails(settings):
    settings.EMAIL_HOST = "mail.example.org"
    return mail


def inquiry(ann, text="What is a value?", **fields):
    return ask(person=ann.person, nation=factories.nation("GB"), text=text, **fields)


def test_an_inquiry_needs_a_text_an_own_nation_and_a_review_of_it(ann):
    foreign = triple_review("DE")

    with pytest.raises(ValueError, match="needs a text"):
        inquiry(ann, " \n")
    with pytest.raises(ValueError, match="does not work for DE"):
        ask(person=ann.person, nation=factories.nation("DE"), text="?")
    with pytest.raises(ValueError, match=f"review {foreign.pk} is not of GB"):
        inquiry(ann, review=foreign)
    assert inquiry(ann, " Why? " + "x" * LONGEST).text == ("Why? " + "x" * LONGEST)[:LONGEST]


def test_an_inquiry_is_answered_once(ann, curator, clock):
    asked = inquiry(ann)

    with pytest.raises(ValueError, match="an answer needs a text"):
        answer(asked, curator=curator, text=" ")
    answered = answer(asked, curator=curator, text=" What should be. ")
    with pytest.raises(ValueError, match="it has been answered meanwhile"):
        answer(asked, curator=curator, text="Something else.")

    assert (answered.answer, answered.answered_by, answered.answered_at, answered.read_at) == (
        "What should be.",
        curator,
        NOON,
        None,
    )


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("", "Your question was answered"),
        ("en", "Your question was answered"),
        ("de", "Ihre Frage wurde beantwortet"),
        ("fr", "Votre question a reçu une réponse"),
        ("zh", "您的问题已得到回复"),
        ("xx", "Your question was answered"),
    ],
)
def test_the_answer_is_mailed_in_the_language_of_who_asked(ann, curator, mails, language, subject):
    Person.objects.filter(user=ann).update(language=language)

    answer(inquiry(ann), curator=curator, text="What should be.")

    [sent] = mails.outbox
    assert (sent.subject, sent.body) == (subject, "What is a value?\n\nWhat should be.")
    assert (sent.to, sent.from_email) == (["ann@example.org"], "navab@localhost")


def test_nothing_is_mailed_without_a_server_or_an_address(ann, curator, settings):
    settings.EMAIL_HOST = ""
    answer(inquiry(ann), curator=curator, text="a")
    settings.EMAIL_HOST = "mail.example.org"
    ann.email = ""
    ann.save()
    answer(inquiry(ann), curator=curator, text="b")

    assert mail.outbox == []


def test_a_mail_that_cannot_be_sent_is_logged_and_the_answer_stays(ann, curator, settings, caplog):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    answered = answer(inquiry(ann), curator=curator, text="What should be.")

    assert answered.answer == "What should be."
    assert f"mail to user {ann.pk} was not sent" in caplog.text


def test_a_user_without_a_place_is_mailed_in_the_language_of_the_site(mails):
    user = factories.user()
    Person.objects.filter(user=user).delete()

    assert mail_person(user, lambda: ("subject", "text")) is True


def test_languages_of_people_are_those_of_the_pages():
    assert [site_language(code) for code in ("zh", "fr", "de", "en", "pt", "")] == [
        "zh-hans",
        "fr",
        "de",
        "en",
        "en",
        "en",
    ]


def test_unseen_answers_come_first_and_only_what_was_shown_is_seen(ann, curator):
    first, second, _third = (inquiry(ann, text) for text in ("one", "two", "three"))
    answer(first, curator=curator, text="1")
    answer(second, curator=curator, text="2")

    shown = inquiries_of(ann, limit=1)
    mark_answers_seen(shown)

    assert [one.text for one in shown] == ["two"]
    assert [one.text for one in inquiries_of(ann)] == ["one", "three", "two"]
    assert list(Inquiry.objects.exclude(read_at=None)) == [second]


# Pages


def test_asking_and_reading_the_answer_on_the_pages(client, ann, curator):
    review = triple_review()
    client.force_login(ann)
    asked = client.post(f"{ASK}?review={review.pk}", {"nation": "GB", "text": "<b>Why</b> & how?"})
    client.force_login(curator)
    inbox = client.get(INBOX)
    [row] = inbox.context["page"]
    client.post(INBOX, {"inquiry": row.pk, "answer": "<i>So</i>."})
    client.force_login(ann)

    fresh, again = client.get(WORK).content.decode(), client.get(WORK).content.decode()

    assert (asked["Location"], row.review, row.asked_by) == (WORK, review, ann)
    assert "&lt;b&gt;Why&lt;/b&gt; &amp; how?" in inbox.content.decode()
    assert "<strong>New answer:</strong> &lt;i&gt;So&lt;/i&gt;." in fresh
    assert "<strong>Answer:</strong> &lt;i&gt;So&lt;/i&gt;." in again


def test_looking_without_reading_leaves_an_answer_new(client, ann, curator):
    answer(inquiry(ann), curator=curator, text="So.")
    client.force_login(ann)

    client.head(WORK)

    assert Inquiry.objects.get().read_at is None


@pytest.mark.parametrize(
    "fields",
    [
        {"nation": "DE", "text": "?"},
        {"nation": "", "text": "?"},
        {"nation": "GB", "text": "  "},
        {"nation": "GB", "text": "x" * (LONGEST + 1)},
        {"nation": "GB", "text": "a\x00b"},
        {},
    ],
)
def test_asking_refuses_what_is_no_question_of_an_own_nation(client, ann, fields):
    factories.nation("DE")
    client.force_login(ann)

    response = client.post(ASK, fields)

    # An empty post is no form at all: the page is shown again.
    assert (response.status_code, Inquiry.objects.count()) == (400 if fields else 200, 0)


@pytest.mark.parametrize("wanted", ["²", "-1", "1e3", "9" * 30, "9" * 5000, "abc", "٣", "0", ""])
def test_asking_about_a_review_that_is_none_is_asking_in_general(client, ann, wanted):
    client.force_login(ann)

    page = client.get(ASK, {"review": wanted})

    assert (page.status_code, page.context["review"]) == (200, None)


def test_asking_about_a_foreign_review_shows_and_keeps_nothing_of_it(client, ann):
    foreign = triple_review("DE")
    client.force_login(ann)

    page = client.get(ASK, {"review": foreign.pk})
    client.post(f"{ASK}?review={foreign.pk}", {"nation": "GB", "text": "?"})

    assert foreign.decision.triple.question not in page.content.decode()
    assert Inquiry.objects.get().review is None


def test_asking_about_a_conflict_does_not_tell_what_the_machine_said(client, ann):
    decision = factories.DecisionFactory(
        kind="conflict", conflict=factories.ConflictFactory(), triple=None, label="keep_first"
    )
    review = factories.ReviewFactory(decision=decision)
    client.force_login(ann)

    page = client.get(ASK, {"review": review.pk}).content.decode()

    assert "Do these two contradict each other?" in page
    assert "contradiction:" not in page


def test_a_curator_answers_for_own_nations_only(client, ann, curator):
    german = factories.user(group="curator", nations=("DE",))
    asked = inquiry(ann)
    client.force_login(german)

    listed = list(client.get(INBOX).context["page"])
    response = client.post(INBOX, {"inquiry": asked.pk, "answer": "So."})

    asked.refresh_from_db()
    assert (listed, response.status_code, asked.answer) == ([], 404, "")


@pytest.mark.parametrize("number", ["", "abc", "-1", "²", "9" * 30, "9" * 5000])
def test_answering_what_is_no_inquiry_is_not_found(client, curator, number):
    client.force_login(curator)

    assert client.post(INBOX, {"inquiry": number, "answer": "So."}).status_code == 404


def test_an_empty_or_second_answer_is_refused_with_the_reason(client, ann, curator):
    asked = inquiry(ann)
    client.force_login(curator)

    empty = client.post(INBOX, {"inquiry": asked.pk, "answer": " "}, follow=True)
    client.post(INBOX, {"inquiry": asked.pk, "answer": "first"})
    second = client.post(INBOX, {"inquiry": asked.pk, "answer": "second"}, follow=True)

    assert "Not sent: an answer needs a text." in empty.content.decode()
    assert "Not sent: it has been answered meanwhile." in second.content.decode()
    assert Inquiry.objects.get().answer == "first"


def test_inbox_separates_answered_from_unanswered_and_pages(client, ann, curator):
    for number in range(52):
        inquiry(ann, f"number {number}")
    answer(Inquiry.objects.get(text="number 0"), curator=curator, text="So.")
    client.force_login(curator)

    first, second = client.get(INBOX), client.get(INBOX, {"page": 2})
    answered = client.get(INBOX, {"answered": 1})

    assert [len(page.context["page"].object_list) for page in (first, second, answered)] == [50, 1, 1]
    assert first.context["page"][0].text == "number 1"
    assert client.get(INBOX, {"page": "x"}).status_code == 200


def test_inbox_query_count_is_constant(client, curator):
    client.force_login(curator)
    counts = []
    for _ in range(3):
        inquiry(factories.user(group="annotator", nations=("GB",)), review=triple_review())
        counts.append(queries(client, INBOX))

    assert counts[0] == counts[2]
