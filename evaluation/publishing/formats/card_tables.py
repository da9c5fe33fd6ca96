"""Tables of the data card that are counted from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from evaluation.publishing.content import Manifest
from evaluation.publishing.formats.card_counts import Counts, SliceCounts
from evaluation.publishing.formats.figures import NONE, share
from evaluation.publishing.formats.markdown import NOT_GIVEN, table
from evaluation.publishing.rows import Period
from pipeline.triples.choice_only import FEWEST

_MOST_SOURCES = 200  # rows of the table of sources


def contents(counts: Counts, names: Mapping[str, str]) -> str:
    """Each slice with its size, period and what takes the largest part of it."""
    header = (
        "nation",
        "type",
        "items",
        "articles",
        "contested",
        "published",
        "largest outlet",
        "largest year",
    )
    rows = []
    for where, found in counts.slices.items():
        nation = f"{names[where.nation]} ({where.nation})" if where.nation in names else where.nation
        numbers = (str(found.items), str(len(found.articles)), str(found.contested))
        largest = (_largest(found.outlets, found.items), _largest(found.years, found.items))
        rows.append((nation, where.source_type, *numbers, _years(found), *largest))
    return table(header, rows)


def languages(counts: Counts) -> str:
    """Items per language."""
    return table(
        ("language", "items"), [(code, str(counts.languages[code])) for code in sorted(counts.languages)]
    )


def periods(counts: Counts, manifest: Manifest) -> str:
    """The temporal slice in numbers."""
    if not manifest.recipe.recent_from:
        return (
            "The recipe marks no recent period, so the column `period` tells dated from undated items only."
        )
    found: Counter[str] = Counter()
    for ours in counts.slices.values():
        found.update(ours.periods)
    numbers = ", ".join(f"{found[str(period)]} {period}" for period in Period)
    return f"Items published from {manifest.recipe.recent_from} on are recent. Items: {numbers}."


def sources(counts: Counts) -> str:
    """Items by source, those with most first; a long tail is summed up."""
    ordered = sorted(counts.sources, key=lambda key: (-counts.sources[key], key))
    shown, rest = ordered[:_MOST_SOURCES], ordered[_MOST_SOURCES:]
    header = ("nation", "outlet", "licence", "disclosure", "items")
    found = table(header, [(*key, str(counts.sources[key])) for key in sorted(shown)])
    if rest:
        items = sum(counts.sources[key] for key in rest)
        found += f"\n\n{len(rest)} more sources have {items} items; the columns outlet and licence name them."
    return found


def guesses(counts: Counts) -> str:
    """How well statements are told from reversals without the question, per language."""
    rows = []
    for language, found in counts.guesses.items():
        if found.items < FEWEST:
            rows.append((language, str(found.items), NONE, NONE, f"not measured: fewer than {FEWEST} items"))
            continue
        interval = f"{found.low:.3f} to {found.high:.3f}"
        verdict = "at chance" if found.is_fair else "NOT at chance"
        rows.append((language, str(found.items), f"{found.accuracy:.3f}", interval, verdict))
    return table(("language", "items", "guessed right", "95 % interval", "verdict"), rows)


def _years(found: SliceCounts) -> str:
    years = sorted(year for year in found.years if year)
    return f"{years[0]}-{years[-1]}" if years else "not dated"


def _largest(counts: Counter[str], total: int) -> str:
    name, number = min(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return f"{name or NOT_GIVEN}: {share(number, total)}"
