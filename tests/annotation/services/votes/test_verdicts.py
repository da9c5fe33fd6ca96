"""What votes make of a review: who counts, when more are asked, who decides."""

from __future__ import annotations

import pytest

from annotation.lifecycle import DecisionStatus
from annotation.models import CountedVote, Decision, Policy, Review, ReviewStatus, Vote
from annotation.services.curation.triage import give_verdict
from annotation.services.decisions.recording import mark_asked
from annotation.services.votes.verdicts import Change, conclude
from tests import factories
from tests.annotation.people import NOON, read, said
from tests.annotation.votes import triple_review, vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return [factories.user(group="annotator", nations=("GB",)) for _ in range(7)]


def policy(consensus="majority", *, votes=2, most=3):
    Policy.objects.update_or_create(
        nation=None,
        kind="triple",
        defaults={
            "threshold": 1.1,
            "consensus": consensus,
            "votes_required": votes,
            "max_votes": most,
        },
    )


def after(review, people, *labels):
    """What each vote does when they come one after the other."""
    found = []
    for person, label in zip(people, labels, strict=False):
        vote(review, person, label)
        found.append(conclude(Review.objects.get(pk=review.pk), True))
    review.refresh_from_db()
    return found


def verdict(review):
    return Decision.objects.get(supersedes=review.decision_id)


@pytest.mark.parametrize("consensus", ["majority", "unanimous"])
def test_the_required_votes_settle_when_they_agree(people, consensus):
    policy(consensus)
    review = triple_review()

    changes = after(review, people, "invalid", "invalid")

    assert changes == [Change.NONE, Change.SETTLED]
    assert (verdict(review).label, verdict(review).judge) == ("invalid", "annotators:2/2")
    assert review.status == ReviewStatus.CLOSED


def test_unanimous_people_who_differ_are_disputed_at_once(people):
    policy("unanimous", most=5)
    review = triple_review()

    changes = after(review, people, "valid", "invalid")

    review.decision.refresh_from_db()
    assert changes == [Change.NONE, Change.DISPUTED]
    assert review.decision.status == DecisionStatus.DISPUTED
    assert review.votes_wanted == 2


def test_after_disagreement_one_more_vote_is_asked_for_and_the_majority_decides(people):
    policy(most=3)
    review = triple_review()

    first = after(review, people, "valid", "invalid")
    wanted, status = review.votes_wanted, review.status
    second = after(review, people[2:], "invalid")

    assert (first, wanted, status) == ([Change.NONE, Change.NONE], 3, ReviewStatus.PUSHED)
    assert second == [Change.SETTLED]
    assert (verdict(review).label, verdict(review).judge) == ("invalid", "annotators:2/3")


def test_votes_are_asked_for_one_by_one_up_to_the_limit_then_it_is_disputed(people):
    policy(most=5)
    review = triple_review()
    wanted = []

    for person, label in zip(
        people, ("valid", "invalid", "contested_here", "no_longer_current", "valid"), strict=False
    ):
        change = after(review, [person], label)
        wanted.append(review.votes_wanted)

    assert (wanted, change) == ([2, 3, 4, 5, 5], [Change.DISPUTED])


def test_half_is_no_majority(people):
    policy(most=4, votes=4)
    review = triple_review(votes_required=4)

    assert after(review, people, "valid", "valid", "invalid", "invalid")[-1] == Change.DISPUTED


def test_votes_of_people_who_are_not_qualified_do_not_count(people):
    policy()
    novices = [factories.user(group="annotator", nations=("GB",), is_qualified=False) for _ in range(2)]
    review = triple_review()

    ignored = after(review, novices, "invalid", "invalid")
    wanted = review.votes_wanted
    counted = after(review, people, "valid", "valid")

    assert (ignored, wanted) == ([Change.NONE, Change.NONE], 4)
    assert (counted[-1], verdict(review).label) == (Change.SETTLED, "valid")
    assert {row.vote.annotator for row in CountedVote.objects.all()} == set(people[:2])


def test_counted_votes_record_what_was_said_by_what_right_dissent_included(people):
    policy()
    review = triple_review()

    after(review, people, "valid", "invalid", "invalid")
    Vote.objects.filter(annotator=people[1]).update(label="valid")

    rows = CountedVote.objects.values_list(
        "verdict", "vote__annotator", "label", "qualification__person__user"
    )
    assert list(rows) == [
        (verdict(review).pk, person.pk, label, person.pk)
        for person, label in zip(people, ("valid", "invalid", "invalid"), strict=False)
    ]


def test_who_cannot_judge_is_replaced_by_another(people):
    policy()
    review = triple_review()

    changes = after(review, people, "valid", "", "valid")

    assert changes == [Change.NONE, Change.NONE, Change.SETTLED]
    assert verdict(review).judge == "annotators:2/2"


def test_what_as_many_cannot_judge_as_are_asked_at_most_goes_to_a_curator(people):
    policy(most=3)
    review = triple_review()

    changes = after(review, people, "", "", "")

    assert changes == [Change.NONE, Change.NONE, Change.DISPUTED]


def test_a_dispute_goes_on_when_a_vote_is_taken_back(people):
    policy("unanimous")
    review = triple_review()
    after(review, people, "valid", "invalid")

    Vote.objects.filter(annotator=people[1]).update(is_withdrawn=True)
    change = conclude(Review.objects.get(pk=review.pk), True)
    settled = after(review, people[2:], "valid")

    assert (change, settled) == (Change.REOPENED, [Change.SETTLED])


@pytest.mark.parametrize("reason", ["gone", "changed", "forged"])
def test_votes_set_aside_do_not_count(people, reason):
    policy()
    review = triple_review()
    vote(review, people[0], "valid", set_aside=reason)

    assert after(review, people[1:], "invalid") == [Change.NONE]


def test_votes_after_the_verdict_are_late_and_move_nothing(people):
    policy()
    review = triple_review()
    after(review, people, "valid", "valid")

    change = after(review, people[2:], "invalid")

    assert (change, verdict(review).label) == ([Change.LATE], "valid")


def test_an_audited_judgement_holds_until_people_decide(people):
    policy("unanimous")
    review = triple_review()
    Decision.objects.filter(pk=review.decision_id).update(status=DecisionStatus.SETTLED, is_audit=True)

    after(review, people, "valid", "invalid")

    review.decision.refresh_from_db()
    assert (review.status, review.decision.status) == (ReviewStatus.DISPUTED, DecisionStatus.SETTLED)


def test_a_curators_overrule_is_a_decision_like_any_other(people):
    policy()
    review = triple_review()
    after(review, people, "valid", "valid")
    curator = factories.user(group="curator", nations=("GB",))

    overrule = give_verdict(verdict(review), "invalid", curator=curator)

    assert (overrule.supersedes.judge, overrule.decided_by, overrule.status) == (
        "annotators:2/2",
        curator,
        DecisionStatus.SETTLED,
    )
    assert Decision.objects.get(pk=overrule.supersedes_id).status == DecisionStatus.SUPERSEDED


def test_the_policy_of_the_nation_says_how_its_people_agree(people):
    policy()
    Policy.objects.create(
        nation=factories.nation("GB"), kind="triple", threshold=1.1, consensus="unanimous", max_votes=9
    )
    review = triple_review()

    assert after(review, people, "valid", "invalid")[-1] == Change.DISPUTED


# What comes from Label Studio


def test_who_cannot_judge_says_why(people):
    review = triple_review()

    summary = read(review, said(people[0], "cannot_judge", reason="too_close", note="my brother"))

    found = review.votes.get()
    assert (summary.created, summary.problems) == (1, [])
    assert (found.label, found.is_skipped, found.reason, found.note) == ("", True, "too_close", "my brother")


def test_a_vote_has_the_qualification_in_force_when_it_was_given(people):
    ann = factories.user(group="annotator", nations=("GB", "DE"), is_qualified=False)
    hour = {"hour": 13}
    factories.qualify(ann.person, "DE")
    ours = factories.qualify(ann.person, "GB", passed_at=NOON, expires_at=NOON.replace(**hour))
    times = [NOON.replace(hour=11, minute=59), NOON, NOON.replace(hour=12, minute=59), NOON.replace(**hour)]

    found = []
    for at in times:
        review = triple_review()
        read(review, said(ann, "valid", at=at))
        found.append(review.votes.get().qualification)

    assert found == [None, ours, ours, None]


def test_whoever_lost_the_right_cannot_change_a_vote_that_counts(people, clock):
    ann = people[0]
    review = triple_review()
    given = said(ann, "valid")
    read(review, given)
    ann.person.qualifications.update(revoked_at=clock.forward(minutes=1))

    read(review, said(ann, "invalid", at=clock.forward(minutes=1), made=NOON, number=given["id"]))

    assert (review.votes.get().label, review.votes.counting().count()) == ("invalid", 0)


def test_every_state_of_a_vote_is_kept(people, clock):
    review = triple_review()
    given = said(people[0], "valid", note="first")

    read(review, given)
    read(review, given)
    later = clock.forward(minutes=1)
    read(review, said(people[0], "invalid", at=later, made=NOON, number=given["id"]))

    rows = review.votes.get().revisions.values_list("label", "note", "is_blind", "at")
    assert list(rows) == [("valid", "first", True, NOON), ("invalid", "", True, later)]
    assert review.votes.get().blind_label == "invalid"


@pytest.mark.parametrize(
    ("given", "label", "speaker"),
    [
        (["", "", ""], "quoted", "Ann Smith"),
        (["", "", "Ben Jones"], "quoted", "Ann Smith"),
        (["", "Ben Jones", "Ben Jones"], "quoted", "Ben Jones"),
        (["", "", ""], "official", ""),
    ],
)
def test_who_names_no_speaker_of_a_quote_leaves_it_at_the_machines(people, given, label, speaker):
    policy()
    statement = factories.StatementFactory(source_type="unknown", speaker="")
    decision = factories.DecisionFactory(
        kind="attribution", statement=statement, label="quoted", value={"speaker": "Ann Smith"}
    )
    mark_asked([decision], actor_name="test")
    review = factories.ReviewFactory(
        decision=decision,
        status="pushed",
        project=factories.StudioProjectFactory(kind="statement"),
        remote_task_id=1,
        votes_required=3,
        kind="statement",
    )
    for person, name in zip(people, given, strict=False):
        vote(review, person, label, value={"speaker": name} if name else {})

    change = conclude(review, True)

    assert (change, verdict(review).value.get("speaker", "")) == (Change.SETTLED, speaker)
