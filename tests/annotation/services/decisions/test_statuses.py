"""Only the table of moves moves a status, and every move leaves an event."""

from __future__ import annotations

import pytest

from annotation.lifecycle import MOVES, IllegalMoveError, StatementStatus
from annotation.models import Event, Statement
from annotation.services.decisions.statuses import move, move_many
from tests import factories

pytestmark = pytest.mark.django_db


def test_move_changes_the_row_and_appends_an_event():
    curator = factories.user(group="curator")
    statement = factories.StatementFactory()

    move(statement, StatementStatus.REJECTED, actor=curator, note="not a position")

    event = Event.objects.get(statement=statement)
    assert Statement.objects.get().status == StatementStatus.REJECTED
    assert (event.old, event.new, event.actor, event.note) == (
        "candidate", "rejected", curator, "not a position",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (old, new)
        for old in StatementStatus
        for new in StatementStatus
        if new not in {old, *MOVES[StatementStatus][old]}
    ],
)
def test_move_refuses_what_the_table_does_not_hold(old: StatementStatus, new: StatementStatus):
    statement = factories.StatementFactory(status=old)

    with pytest.raises(IllegalMoveError, match=f"{old} cannot become {new}"):
        move(statement, new, actor_name="test")

    assert Statement.objects.get().status == old
    assert not Event.objects.exists()


def test_move_refuses_a_row_that_moved_meanwhile():
    statement = factories.StatementFactory()
    Statement.objects.update(status=StatementStatus.APPROVED)

    with pytest.raises(IllegalMoveError, match="no longer candidate"):
        move(statement, StatementStatus.REJECTED, actor_name="test")


def test_move_many_is_all_or_none():
    first, second = factories.StatementFactory.create_batch(2)
    Statement.objects.filter(pk=second.pk).update(status=StatementStatus.APPROVED)

    with pytest.raises(IllegalMoveError):
        move_many([first, second], StatementStatus.REJECTED, actor_name="test")

    assert Statement.objects.get(pk=first.pk).status == StatementStatus.CANDIDATE


def test_move_needs_an_actor():
    with pytest.raises(ValueError, match="actor"):
        move(factories.StatementFactory(), StatementStatus.REJECTED)
