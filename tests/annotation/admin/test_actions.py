"""What curators do in the admin, and what each action reports."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from annotation.lifecycle import StatementStatus
from annotation.models import Decision, Derivation, Event, Review, Statement
from pipeline.records import TripleValidity
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator():
    return factories.user("curator@example.org", group="curator", nations=("GB",), is_staff=True)


@pytest.fixture
def act(client, curator):
    """``act(page, action, rows)`` posts an action and returns its messages."""
    client.force_login(curator)

    def post(page, action, rows, **more):
        response = client.post(
            reverse(f"admin:{page}_changelist"),
            {"action": action, "_selected_action": [row.pk for row in rows], **more},
        )
        assert response.status_code == 302, response.status_code
        return [str(message) for message in get_messages(response.wsgi_request)]

    return post


def open_triple(**fields):
    statement = factories.StatementFactory(status=StatementStatus.IN_REVIEW, **fields)
    return factories.DecisionFactory(triple=factories.TripleFactory(statement=statement))


def live(subject, kind):
    name = subject._meta.model_name
    return Decision.objects.exclude(status="superseded").get(kind=kind, **{name: subject})


def test_approve_triple_settles_it_and_makes_gold(act, curator):
    decision = open_triple()

    messages = act("annotation_triple", "approve", [decision.triple])

    verdict = live(decision.triple, "triple")
    assert (verdict.label, verdict.judge_type, verdict.decided_by, verdict.status) == (
        "valid",
        "curator",
        curator,
        "settled",
    )
    assert Statement.objects.get().status == StatementStatus.APPROVED
    assert messages == ["1 settled as valid."]


def test_reject_triple_takes_its_statement_back(act):
    decision = open_triple()

    act("annotation_triple", "reject", [decision.triple])

    assert live(decision.triple, "triple").label == "invalid"
    assert Statement.objects.get().status == StatementStatus.CANDIDATE


def test_one_row_that_cannot_never_stops_the_rest(act):
    good, bare = open_triple().triple, factories.TripleFactory()

    messages = act("annotation_triple", "approve", [good, bare])

    assert messages == [
        "1 settled as valid.",
        f"1 not changed: triple {bare.pk} has no triple decision yet; run the pipeline first.",
    ]


def test_verdict_given_twice_is_refused_with_its_reason(act):
    triple = open_triple().triple
    act("annotation_triple", "approve", [triple])

    messages = act("annotation_triple", "approve", [triple])

    assert messages[-1] == f"1 not changed: triple {triple.pk} a curator already decided so: valid."
    assert Decision.objects.count() == 2


@pytest.mark.parametrize(
    ("action", "statuses"),
    [
        ("keep_first", ("candidate", "set_aside")),
        ("keep_second", ("set_aside", "candidate")),
        ("plurality", ("candidate", "candidate")),
        ("compatible", ("candidate", "candidate")),
    ],
)
def test_conflict_verdicts_say_who_stays(act, action, statuses):
    conflict = factories.ConflictFactory(first__status="contested", second__status="contested")
    factories.DecisionFactory(kind="conflict", triple=None, conflict=conflict, label="plurality")

    act("annotation_conflict", action, [conflict])

    found = Statement.objects.in_bulk([conflict.first_id, conflict.second_id])
    assert (found[conflict.first_id].status, found[conflict.second_id].status) == statuses
    assert live(conflict, "conflict").label == action


@pytest.mark.parametrize(("action", "label"), [("approve", "sensitive"), ("reject", "not_sensitive")])
def test_topic_verdicts(act, action, label):
    topic = factories.TopicFactory()
    factories.DecisionFactory(kind="topic_screening", triple=None, topic=topic, label="sensitive")

    act("annotation_topic", action, [topic])

    assert live(topic, "topic_screening").label == label


@pytest.mark.parametrize("label", ["quoted", "official", "unknown"])
def test_attribution_verdict_marks_the_statement(act, label):
    statement = factories.StatementFactory(source_type="unknown", speaker="")
    factories.DecisionFactory(kind="attribution", triple=None, statement=statement, label="unknown")

    act("annotation_statement", f"attribute_{label}", [statement])

    statement.refresh_from_db()
    assert statement.source_type == label


def test_reject_and_reopen_statement_are_opposites(act, curator):
    statement = factories.StatementFactory()
    factories.DecisionFactory(kind="statement_screening", triple=None, statement=statement, label="sensitive")

    act("annotation_statement", "reject", [statement])
    rejected = Statement.objects.get().status
    act("annotation_statement", "reopen", [statement])

    assert (rejected, Statement.objects.get().status) == ("rejected", "candidate")
    moves = Event.objects.filter(statement=statement).order_by("pk").values_list("new", "actor")
    assert list(moves) == [("rejected", curator.pk), ("candidate", curator.pk)]
    assert live(statement, "statement_screening").label == "sensitive"


def test_reopen_reverses_not_a_statement(act):
    statement = factories.StatementFactory()
    factories.DecisionFactory(kind="attribution", triple=None, statement=statement, label="quoted")
    act("annotation_statement", "attribute_not_a_statement", [statement])

    act("annotation_statement", "reopen", [statement])

    assert Statement.objects.get().status == "candidate"
    assert live(statement, "attribution").label == "unknown"


def test_reject_statement_without_a_decision(act):
    statement = factories.StatementFactory(status="set_aside")

    act("annotation_statement", "reject", [statement])

    assert Statement.objects.get().status == "rejected"


def test_illegal_moves_are_reported(act):
    gone = factories.StatementFactory(status="superseded")

    messages = act("annotation_statement", "reject", [gone])

    assert len(messages) == 1
    assert "superseded cannot become rejected" in messages[0]
    assert Statement.objects.get().status == "superseded"


def test_approve_statement_goes_by_its_triple(act):
    decision = open_triple()
    bare = factories.StatementFactory()

    messages = act("annotation_statement", "approve", [decision.triple.statement, bare])

    assert messages == [
        "1 approved.",
        f"1 not changed: statement {bare.pk} has no triple yet; run the pipeline first.",
    ]
    assert live(decision.triple, "triple").label == "valid"


def test_send_to_review_queues_once_and_names_the_actor(act, curator):
    decision = open_triple()

    first = act("annotation_decision", "send_to_review", [decision])
    again = act("annotation_decision", "send_to_review", [decision])

    assert first == ["1 queued for people."]
    assert "not changed" in again[-1]
    review = Review.objects.get()
    assert (review.decision, review.status) == (decision, "queued")
    assert Event.objects.get(decision=decision).actor == curator


def test_verdict_closes_what_people_were_asked(act):
    review = factories.ReviewFactory(decision=open_triple())

    act("annotation_decision", "verdict_invalid", [review.decision])

    review.refresh_from_db()
    assert review.status == "closed"


def test_decision_actions_refuse_labels_of_another_kind(act):
    decision = open_triple()

    messages = act("annotation_decision", "verdict_quoted", [decision])

    assert messages == [
        f"1 not changed: decision {decision.pk} triple has no label 'quoted'; it has valid, invalid, "
        "contested_here, no_longer_current."
    ]


def test_decision_approve_confirms_and_reject_turns_it(act):
    confirmed, turned = open_triple(), open_triple()

    act("annotation_decision", "approve", [confirmed])
    act("annotation_decision", "reject", [turned])

    assert (live(confirmed.triple, "triple").label, live(turned.triple, "triple").label) == (
        "valid",
        "invalid",
    )


def test_decision_reject_of_a_conflict_asks_for_a_verdict(act):
    conflict = factories.ConflictFactory()
    decision = factories.DecisionFactory(kind="conflict", triple=None, conflict=conflict, label="plurality")

    messages = act("annotation_decision", "reject", [decision])

    assert messages == [
        f"1 not changed: decision {decision.pk} a conflict can end in several ways; "
        "choose one of the verdicts."
    ]


def test_superseded_decision_stays_as_it_is(act):
    decision = open_triple()
    act("annotation_decision", "approve", [decision])

    messages = act("annotation_decision", "reject", [decision])

    assert messages[-1] == f"1 not changed: decision {decision.pk} another decision has taken its place."


def test_decision_list_offers_the_verdicts_of_the_kind_in_view(client, curator):
    open_triple()
    client.force_login(curator)

    page = client.get(reverse("admin:annotation_decision_changelist"), {"kind__exact": "triple"})

    names = {name for name, _ in page.context["action_form"].fields["action"].choices if name}
    assert names == {
        "send_to_review",
        "approve",
        "reject",
        "gold_question",
        *(f"verdict_{label}" for label in TripleValidity),
    }


def test_run_again_marks_only_that_stage(act):
    statement = factories.StatementFactory()
    for stage in ("attribution", "triples"):
        factories.DerivationFactory(run__stage=stage, document=None, statement=statement, attempts=3)

    act("annotation_statement", "run_again_triples", [statement])

    found = dict(Derivation.objects.values_list("stage", "is_finished"))
    assert found == {"attribution": True, "triples": False}
    assert list(Statement.objects.pending("triples", "rules-1")) == [statement]
    assert list(Statement.objects.pending("attribution", "rules-1")) == []


def test_run_again_of_something_never_run_says_so(act):
    statement = factories.StatementFactory()

    messages = act("annotation_statement", "run_again_triples", [statement])

    assert messages == [
        f"1 not changed: statement {statement.pk} has not been through triples: "
        "the next run_pipeline takes it anyway."
    ]


def test_derivation_given_up_gets_another_try(act):
    derivation = factories.DerivationFactory(is_finished=False, error="no reply", attempts=3)

    act("annotation_derivation", "run_again", [derivation])

    derivation.refresh_from_db()
    assert (derivation.is_finished, derivation.attempts, derivation.error) == (False, 0, "no reply")


def test_action_on_a_rows_own_page_comes_back_to_it(client, curator):
    decision = open_triple()
    client.force_login(curator)
    page = client.get(reverse("admin:annotation_triple_change", args=[decision.triple_id]))

    response = client.post(
        page.context["row_actions_url"],
        {"action": "approve", "_selected_action": decision.triple_id, "row": decision.triple_id},
    )

    assert response["Location"] == reverse("admin:annotation_triple_change", args=[decision.triple_id])
    assert dict(page.context["row_actions"]).keys() == {"send_to_review", "approve", "reject"}
    assert live(decision.triple, "triple").label == "valid"


def test_too_many_rows_change_nothing(act, monkeypatch):
    monkeypatch.setattr("annotation.admin.actions.MOST_ROWS", 1)
    triples = [open_triple().triple, open_triple().triple]

    messages = act("annotation_triple", "approve", triples)

    assert messages == ["Select at most 1 rows at a time; nothing was changed."]
    assert Decision.objects.filter(judge_type="curator").count() == 0
