"""What the data card says of the parts beside the evaluation items: holdout and preference pairs."""

from __future__ import annotations

from collections.abc import Mapping

from evaluation.publishing.content import Manifest
from evaluation.publishing.formats.card_counts import PairCounts
from evaluation.publishing.formats.figures import NONE, counted
from evaluation.publishing.formats.markdown import NOT_GIVEN, table
from evaluation.publishing.pairs import ALL, TOLERANCE, PairBalance
from evaluation.publishing.recipe import Balance


def holdout(manifest: Manifest) -> str:
    """What is told of the items that never leave the server."""
    items = manifest.holdout.get("items", 0)
    if not items:
        return "No item is held back."
    digest = manifest.holdout.get("commitment") or NOT_GIVEN
    return (
        f"{items} items are held back. They are in no file; a model is scored on them on the server, by"
        " submission, so that a published copy cannot be learned by heart. Commitment (SHA-256 of a secret"
        f" salt and their rows, which fixes them without telling them): `{digest}`."
    )


def preferences(found: Mapping[str, PairCounts], manifest: Manifest) -> str:
    """Preference pairs by part and language: sizes, and whether length or negation tells chosen from
    rejected; where the recipe evens them, how many there were before and after."""
    if not found:
        return f"This release has no preference pairs. {_evened(found, manifest, True)}".rstrip()
    header = ("part", "language", "pairs", "mean length, chosen and rejected", "chosen longer",
              "negated, chosen and rejected", "verdict")  # fmt: skip
    rows = [
        (part, language, *_balance(balance))
        for part, ours in found.items()
        for language, balance in ours.balance.items()
        if language != ALL or len(ours.balance) > 2  # one language is all there is
    ]
    sizes = "; ".join(
        f"{part}: {counted(ours.balance[ALL].items, 'pair')} of {counted(ours.articles, 'article')}"
        for part, ours in found.items()
    )
    is_even = all(balance.is_even for ours in found.values() for balance in ours.balance.values())
    return f"{sizes}.\n\n{table(header, rows)}\n\n{_EXPLAINED}\n{_evened(found, manifest, is_even)}"


_EXPLAINED = (
    "Lengths are in characters; pairs of equal length count half as longer. Negation is told only of\n"
    "languages with a list of negation words. Even: on neither do the sides differ by more than"
    f" {100 * TOLERANCE:g} % of the pairs.\nWhere they do, a model can learn that instead of the position."
)


def _evened(found: Mapping[str, PairCounts], manifest: Manifest, is_even: bool) -> str:
    """What the balance rule did, or that there is one."""
    if Balance.PAIRS not in manifest.recipe.balance:
        advice = (
            "The recipe does not even the pairs; `make_release --balance pairs` leaves out what is uneven."
        )
        return "" if is_even else advice
    after = sum(ours.balance[ALL].items for ours in found.values())
    left_out = int(manifest.facts.get("left_out", {}).get("pairs", 0))
    if not after + left_out:
        return ""
    return (
        f"The recipe evens the pairs of every language (`pairs`): there were {after + left_out} before,"
        f" {left_out} were left out, and {after} stayed."
    )


def _balance(found: PairBalance) -> tuple[str, ...]:
    def of(first: float | None, second: float | None) -> str:
        return NONE if first is None or second is None else f"{_share(first)} and {_share(second)}"

    chosen, rejected = found.chosen_length, found.rejected_length
    return (
        str(found.items),
        NONE if chosen is None or rejected is None else f"{chosen:.1f} and {rejected:.1f}",
        NONE if found.chosen_longer is None else _share(found.chosen_longer),
        of(found.chosen_negated, found.rejected_negated),
        "even" if found.is_even else "NOT even",
    )


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def canary(manifest: Manifest) -> str:
    """What the canary says, and what it says in the pairs, which are made to be trained on."""
    found = (
        "This text is in every file. It and the evaluation items must never be in training data; a model that"
        " can say it has seen this release."
    )
    if not any(manifest.preferences.values()):
        return found
    return (
        f"{found}\n\nThe pairs in `dpo/` and `llama_factory/` are made to be trained on. There the text only"
        " marks where a pair comes\nfrom. It is in the column `canary`, not in the prompt, the chosen or the"
        " rejected text: do not feed that column to\na model, or the trace is worth nothing. Evaluation items"
        " stay out of training here as anywhere."
    )
