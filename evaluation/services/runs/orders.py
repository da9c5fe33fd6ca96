"""What the order of options did in a run, and how firmly it chose: flips, option prior, margin by slice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from itertools import groupby
from operator import itemgetter
from typing import Any

from evaluation.models import LIKELIHOODS, Answer, EvalRun, Method
from evaluation.scoring.metrics import ALL
from evaluation.scoring.multiple_choice import OptionOrder
from evaluation.scoring.option_bias import OrderedChoice, option_bias
from evaluation.scoring.outcomes import Choice

_FIELDS = ("item_id", "order", "outcome", "probability", "item__article_key", "item__nation_id")
_FIELDS += ("item__source_type",)
_CHOICES = {str(choice): choice for choice in Choice}
_NOTHING = ("", None)


def bias_by_slice(run: EvalRun) -> dict[str, Any]:
    """Figures of :class:`~evaluation.scoring.option_bias.OptionBias` by ``nation|type`` and ``nation|all``.

    Nothing of free answers, which show no options.
    """
    if run.method == Method.ANSWER_JUDGEMENT:
        return {}
    answers = Answer.objects.filter(run=run).order_by("item_id").values_list(*_FIELDS)
    groups: dict[str, list[OrderedChoice]] = defaultdict(list)
    for _, rows in groupby(answers.iterator(chunk_size=5_000), key=itemgetter(0)):
        kept = list(rows)
        *_, article, nation, kind = kept[0]
        choice = _ordered(article, {row[1]: (row[2], row[3]) for row in kept}, run.protocol in LIKELIHOODS)
        for source_type in (kind, ALL):
            groups[f"{nation}|{source_type}"].append(choice)
    return {where: asdict(option_bias(groups[where])) for where in sorted(groups)}


def _ordered(
    article: str, by_order: dict[str, tuple[str, float | None]], has_no_order: bool
) -> OrderedChoice:
    if has_no_order:
        return OrderedChoice(article, probability=by_order.get(Answer.Order.NONE, _NOTHING)[1])
    first, second = (
        by_order.get(order, _NOTHING) for order in (OptionOrder.STATEMENT_FIRST, OptionOrder.REVERSED_FIRST)
    )
    return OrderedChoice(
        article,
        statement_first=_CHOICES.get(first[0]),
        reversed_first=_CHOICES.get(second[0]),
        probability_statement_first=first[1],
        probability_reversed_first=second[1],
    )
