"""What the data card says of the parts beside the evaluation items: holdout and preference pairs."""

from __future__ import annotations

from collections.abc import Mapping

from evaluation.publishing.content import Manifest
from evaluation.publishing.formats.card_counts import PairCounts
from evaluation.publishing.formats.figures import share
from evaluation.publishing.formats.markdown import NOT_GIVEN, table


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


def preferences(found: Mapping[str, PairCounts]) -> str:
    """Preference pairs by part: sizes, and whether length or negation tells chosen from rejected."""
    if not found:
        return "This release has no preference pairs."
    header = ("part", "pairs", "articles", "mean length, chosen and rejected", "chosen longer", "same length",
              "negated, chosen and rejected")  # fmt: skip
    rows = []
    for part, ours in found.items():
        lengths = f"{ours.chosen_length / ours.pairs:.1f} and {ours.rejected_length / ours.pairs:.1f}"
        read = ours.pairs - ours.unknown
        rows.append(
            (
                part,
                str(ours.pairs),
                str(len(ours.articles)),
                lengths,
                share(ours.chosen_longer, ours.pairs),
                share(ours.same_length, ours.pairs),
                f"{share(ours.chosen_negated, read)} and {share(ours.rejected_negated, read)}",
            )
        )
    return table(header, rows)
