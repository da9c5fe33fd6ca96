"""How a curator settles conflicts: one edge, a group at once, and back again. Each call is all or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.db import transaction

from annotation.lifecycle import DecisionStatus, IllegalMoveError
from annotation.models import ConflictGroup, Decision, DecisionKind, Event, JudgeType
from annotation.models.decision import PEOPLE
from annotation.services.conflicts.bench import Bench, BenchEdge, load_bench
from annotation.services.curation.triage import NotDoneError, give_verdict
from annotation.services.decisions.effects import apply_effects
from annotation.services.decisions.recording import OutrankedError, record_birth
from annotation.services.decisions.statuses import move
from annotation.services.stages.base import judge_type_of
from pipeline.records import ConflictOutcome

RESTORED = "restored_from"  # in the evidence of a copy of what a verdict had superseded: that decision
OF_GROUP = "group"  # in the evidence of a verdict that was given to a whole group: the group
UNASKED = "unasked"  # what was seen of an edge on which nothing has been put to anybody
_STALE = "somebody has decided on this conflict since you opened the page; nothing was changed, look again"


class GroupOutcome(StrEnum):
    """How a whole group ends: as an edge does, only that a side holds rather than a statement."""

    SIDE_A = "side_a"
    SIDE_B = "side_b"
    PLURALITY = "plurality"
    COMPATIBLE = "compatible"
    DIFFERENT_TIME = "different_time"
    DIFFERENT_SCOPE = "different_scope"
    DUPLICATE = "duplicate"


class StaleError(NotDoneError):
    """What the curator saw is not what stands any more."""


@transaction.atomic
def resolve_edge(
    *, group: ConflictGroup, conflict: int, outcome: str, seen: str, curator: Any, note: str = ""
) -> BenchEdge:
    """Settle one edge of ``group`` with an outcome of :class:`ConflictOutcome`; returns it as it was.

    ``seen`` is the number of the decision the curator had before their eyes, or ``UNASKED``. Raises
    :class:`StaleError` when another has taken its place and :class:`NotDoneError` when the edge cannot be
    settled so.
    """
    edge = _edge(load_bench(group), conflict)
    _settle(edge, ConflictOutcome(outcome), seen, curator, note)
    return edge


@transaction.atomic
def resolve_group(
    *,
    group: ConflictGroup,
    outcome: str,
    seen: str,
    curator: Any,
    note: str = "",
    overrule: bool = False,
) -> int:
    """Settle every contradiction between the two sides; returns how many. ``outcome`` is a GroupOutcome.

    Edges a curator has decided stay as they are unless ``overrule``. ``seen`` is the bench's digest. Raises
    like :func:`resolve_edge`, naming the edge that refused.
    """
    ConflictGroup.objects.select_for_update().get(pk=group.pk)
    bench = load_bench(group)
    if seen != bench.digest:
        raise StaleError(_STALE)
    if not group.is_current:
        raise NotDoneError("a later run has regrouped these statements: settle them in their new group")
    wanted = [(edge, _label(edge, GroupOutcome(outcome))) for edge in bench.between]
    wanted = [
        (edge, label)
        for edge, label in wanted
        if not edge.is_by_curator or (overrule and edge.decision and edge.decision.label != label)
    ]
    if not wanted:
        raise NotDoneError(
            "there is nothing left to settle: every contradiction between the sides is decided"
        )
    for edge, label in wanted:
        _settle(edge, label, str(edge.decision.pk if edge.decision else ""), curator, note, group)
    return len(wanted)


@transaction.atomic
def take_back_edge(*, group: ConflictGroup, conflict: int, seen: str, curator: Any, note: str = "") -> None:
    """Take back a curator's verdict on one edge of ``group``. Raises like :func:`resolve_edge`."""
    _withdraw([_edge(load_bench(group), conflict)], {conflict: seen}, curator, note)


@transaction.atomic
def take_back_group(*, group: ConflictGroup, seen: str, curator: Any, note: str = "") -> int:
    """Take back every standing verdict given to ``group`` as a whole; returns how many."""
    bench = load_bench(group)
    if seen != bench.digest:
        raise StaleError(_STALE)
    edges = bench.given_to_group()
    if not edges:
        raise NotDoneError("no verdict on the whole group stands")
    _withdraw(edges, {edge.pk: str(edge.decision.pk) for edge in edges if edge.decision}, curator, note)
    return len(edges)


@transaction.atomic
def take_back(decision: Decision, *, curator: Any, note: str = "") -> Decision:
    """Put in the place of a curator's verdict a copy of what it superseded; returns that copy.

    People's verdicts, and a machine's that had stood alone, are settled again; another machine's judgement is
    open again, to be put to people or decided by a curator. Statements follow. The verdict stays on record as
    superseded and counts no more as people's word. Raises :class:`NotDoneError` for what is no standing
    verdict of a curator.
    """
    if decision.status == DecisionStatus.SUPERSEDED:
        raise StaleError(_STALE)
    earlier = _superseded_by(decision)
    if decision.judge_type != JudgeType.CURATOR or earlier is None:
        raise NotDoneError("is no verdict of a curator, so there is nothing to take back")
    name = str(curator)
    why = f"taken back: {note}" if note else "taken back"
    move(decision, DecisionStatus.SUPERSEDED, actor=curator, actor_name=name, note=why)
    restored = Decision.objects.get(pk=earlier.pk)
    restored.status = _status_before(earlier)
    restored.evidence = {**earlier.evidence, RESTORED: earlier.pk}
    restored.supersedes = decision
    restored.pk = None
    restored._state.adding = True
    restored.save()
    how = f"{restored.label}, as before decision {decision.pk}"
    record_birth([restored], name, actor=curator, note=how)
    apply_effects([restored], actor_name=name, actor=curator)
    return restored


def _superseded_by(verdict: Decision) -> Decision | None:
    """What ``verdict`` came to supersede; where it is a copy itself, what its original did."""
    origin = verdict
    while origin.evidence.get(RESTORED):
        origin = Decision.objects.get(pk=origin.evidence[RESTORED])
    return origin.supersedes


def _status_before(decision: Decision) -> DecisionStatus:
    last = Event.objects.filter(decision=decision, new=DecisionStatus.SUPERSEDED).order_by("-pk").first()
    was_settled = last is not None and last.old == DecisionStatus.SETTLED
    if decision.judge_type in PEOPLE or was_settled:
        return DecisionStatus.SETTLED
    return DecisionStatus.OPEN


def _edge(bench: Bench, conflict: int) -> BenchEdge:
    for edge in bench.edges:
        if edge.pk == conflict:
            return edge
    raise NotDoneError(f"edge {conflict} is not in this group")


def _label(edge: BenchEdge, outcome: GroupOutcome) -> ConflictOutcome:
    if outcome in (GroupOutcome.SIDE_A, GroupOutcome.SIDE_B):
        holds = 1 if outcome is GroupOutcome.SIDE_A else -1
        first_holds = edge.first.side == holds
        return ConflictOutcome.KEEP_FIRST if first_holds else ConflictOutcome.KEEP_SECOND
    return ConflictOutcome(outcome)


def _settle(
    edge: BenchEdge,
    label: ConflictOutcome,
    seen: str,
    curator: Any,
    note: str,
    group: ConflictGroup | None = None,
) -> None:
    decision = edge.decision
    if decision is None and seen == UNASKED:
        decision = _put_on_record(edge, curator)
    elif decision is None or str(decision.pk) != seen:
        raise StaleError(f"edge {edge.name}: {_STALE}")
    evidence = {OF_GROUP: group.pk} if group else {}
    try:
        give_verdict(decision, label, curator=curator, rationale=note, evidence=evidence)
    except (NotDoneError, OutrankedError) as error:
        raise NotDoneError(f"edge {edge.name}: {error}; nothing was changed") from error
    except IllegalMoveError as error:
        raise StaleError(f"edge {edge.name}: {_STALE}") from error


def _put_on_record(edge: BenchEdge, curator: Any) -> Decision:
    """Where the machine saw no contradiction it put no question: what it judged becomes the decision that the
    curator's verdict supersedes, and that comes back when the verdict is taken back."""
    conflict = edge.conflict
    decision = Decision.objects.create(
        kind=DecisionKind.CONFLICT,
        nation_id=conflict.nation_id,
        conflict=conflict,
        label=ConflictOutcome(conflict.relation),
        confidence=conflict.score,
        judge_type=judge_type_of(conflict.run.engine),
        judge=conflict.version,
        rationale=conflict.rationale,
        status=DecisionStatus.SETTLED,
    )
    how = f"{decision.label}, as judged by {decision.judge}"
    record_birth([decision], str(curator), actor=curator, note=how)
    return decision


def _withdraw(edges: Iterable[BenchEdge], seen: dict[int, str], curator: Any, note: str) -> None:
    for edge in edges:
        if edge.decision is None or str(edge.decision.pk) != seen[edge.pk]:
            raise StaleError(f"edge {edge.name}: {_STALE}")
        try:
            take_back(edge.decision, curator=curator, note=note)
        except IllegalMoveError as error:
            raise StaleError(f"edge {edge.name}: {_STALE}") from error
        except NotDoneError as error:
            raise NotDoneError(f"edge {edge.name}: {error}; nothing was changed") from error
