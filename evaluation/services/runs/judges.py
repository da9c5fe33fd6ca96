"""The judge of free answers: its name, which is never the candidate's, and where it is asked."""

from __future__ import annotations

from django.conf import settings

from evaluation.models import CandidateModel
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.services.runs import places
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.hosts import check_holdout
from evaluation.services.runs.names import same_model
from evaluation.services.runs.places import DEFAULT_KEY_VARIABLE
from evaluation.services.runs.protocols.place import Place
from evaluation.services.runs.spending import Prices, Spending
from evaluation.services.runs.wishes import Wish


def judge_name(candidate: str, wish: Wish) -> str:
    """Who judges a candidate; nobody (empty) where nothing is judged. Raises :class:`EvaluationError` where
    nobody is named, or the candidate itself."""
    if not wish.is_judged:
        return ""
    name = wish.judge or settings.NAVAB_MODELS["judge"]
    if not name:
        raise EvaluationError(
            "No judge for answer judgement: give --judge, set NAVAB_MODEL_JUDGE or NAVAB_MODEL, "
            f"or name the embedded one with --judge '{OVERLAP_JUDGE}'; --method mc needs none."
        )
    if same_model(name, candidate):
        raise EvaluationError(f"{candidate} may not judge its own answers: name another model with --judge.")
    return name


def judge_place(name: str, wish: Wish, spending: Spending) -> Place | None:
    """Where the judge is asked; nowhere for the embedded one, or none."""
    if name in ("", OVERLAP_JUDGE):
        return None
    is_ours = bool(settings.OPENAI_BASE_URL)
    address = (settings.OPENAI_BASE_URL or wish.base_url).rstrip("/")
    if not address:
        raise EvaluationError(f"No endpoint for the judge {name}: set OPENAI_BASE_URL.")
    if wish.is_holdout:
        check_holdout(address)
    prices = known_prices(name)
    if spending.budget_cost and not prices.are_known:
        raise EvaluationError(
            f"--budget-cost needs the prices of the judge {name}: enter them at its row of the models."
        )
    key_variable = DEFAULT_KEY_VARIABLE if is_ours else wish.key_variable
    return places.endpoint(
        model=name,
        address=address,
        key_variable=key_variable,
        prices=prices,
        spending=spending,
        concurrency=wish.concurrency,
        is_judge=True,
    )


def known_prices(name: str) -> Prices:
    """Those entered at the row of a model."""
    row = CandidateModel.objects.filter(name=name).first()
    if row is None:
        return Prices()
    return Prices(*(None if price is None else float(price) for price in (row.price_in, row.price_out)))
