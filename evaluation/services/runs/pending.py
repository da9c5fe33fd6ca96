"""Which items a run asks, which are answered, and what is still to be asked, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluation.models import Answer, EvalRun, Outcome, Release, ReleaseItem
from evaluation.services.runs.protocols.base import Work

_CHUNK = 500  # items read together
_KNOWN = ("item_id", "order", "outcome", "reply", "prompt_tokens", "completion_tokens")
_NOTHING = (Outcome.ERROR, "", None, None)


def item_ids(release: Release, is_holdout: bool, limit: int | None = None) -> list[int]:
    """Ids of the evaluation part, with ``is_holdout`` of the holdout too, in the order they are asked."""
    items = release.items.evaluated(holdout=is_holdout)
    # By key: the first N are a mixture of nations and types, and always the same ones.
    return list(items.order_by("key").values_list("pk", flat=True)[:limit])


def answered_count(run: EvalRun, ids: Sequence[int]) -> int:
    """How many answers without error these items have."""
    answers = Answer.objects.filter(run=run).exclude(outcome=Outcome.ERROR)
    return sum(answers.filter(item__in=chunk).count() for chunk in _chunks(ids))


def answered_items(run: EvalRun) -> list[int]:
    """Ids of the items that have an answer without error."""
    answers = Answer.objects.filter(run=run).exclude(outcome=Outcome.ERROR).order_by("item__key")
    return list(dict.fromkeys(answers.values_list("item_id", flat=True)))


def pending_work(run: EvalRun, ids: Sequence[int], orders: Sequence[str]) -> Iterator[Work]:
    """What is still to be asked of these items, failed answers included."""
    for chunk in _chunks(ids):
        answers = Answer.objects.filter(run=run, item__in=chunk).values_list(*_KNOWN)
        known = {(item, order): rest for item, order, *rest in answers}
        asked = [(pk, order, known.get((pk, order), _NOTHING)) for pk in chunk for order in orders]
        pending = [entry for entry in asked if entry[2][0] == Outcome.ERROR]
        items = ReleaseItem.objects.in_bulk({pk for pk, _, _ in pending})
        for pk, order, (_, reply, tokens_in, tokens_out) in pending:
            # What was said is only of use where just its judge failed.
            yield Work(items[pk], order, reply if run.judge else "", tokens_in, tokens_out)


def work_on(ids: Sequence[int]) -> Iterator[Work]:
    """These items without an order, whatever is known of them."""
    for chunk in _chunks(ids):
        items = ReleaseItem.objects.in_bulk(chunk)
        yield from (Work(items[pk], Answer.Order.NONE.value) for pk in chunk)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
