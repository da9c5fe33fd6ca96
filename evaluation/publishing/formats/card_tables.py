"""Tables of the data card that are counted from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from evaluation.publishing.content import Manifest
from evaluation.publishing.formats.card_counts import Counts, SliceCounts
from evaluation.publishing.formats.figures import NONE, share
from evaluation.publishing.formats.making import Making
from evaluation.publishing.formats.markdown import NOT_GIVEN, table
from evaluation.publishing.recipe import Balance
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


def periods(counts: Counts, manifest: Manifest, example: str) -> str:
    """The temporal slice in numbers, with the way to take it where there is one."""
    found: Counter[str] = Counter()
    for ours in counts.slices.values():
        found.update(ours.periods)
    if not found.total() - found[Period.UNDATED]:
        return "No item is dated, so the column `period` is `undated` throughout."
    if not manifest.recipe.recent_from:
        return (
            "The recipe marks no recent period, so the column `period` tells dated items (`earlier`) from"
            f" undated ones only. Items: {found[Period.EARLIER]} dated, {found[Period.UNDATED]} undated."
        )
    numbers = ", ".join(f"{found[str(period)]} {period}" for period in Period)
    return (
        f"Items published from {manifest.recipe.recent_from} on are recent. Items: {numbers}. Take one period"
        ' with\n`dataset.filter(lambda row: row["period"] == "recent")`, or read no other rows with\n'
        f'`load_dataset(folder + "/parquet", "{example}", filters=[("period", "==", "recent")])`.'
    )


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


def guesses(counts: Counts, making: Making) -> str:
    """How well statements are told from reversals without the question, per language, and what to do."""
    rows = []
    for language, found in counts.guesses.items():
        if found.items < FEWEST:
            rows.append((language, str(found.items), NONE, NONE, f"not measured: fewer than {FEWEST} items"))
            continue
        interval = f"{found.low:.3f} to {found.high:.3f}"
        verdict = "at chance" if found.is_fair else "NOT at chance"
        rows.append((language, str(found.items), f"{found.accuracy:.3f}", interval, verdict))
    told = table(("language", "items", "guessed right", "95 % interval", "verdict"), rows)
    if all(found.is_fair for found in counts.guesses.values()):
        return told
    return f"{told}\n\n{_advice(making)}"


def _advice(making: Making) -> str:
    """What a reader can do where wording gives the statement away."""
    compare = "Report a score on items that are not at chance only beside these figures."
    if making.imported_from:
        return compare
    if Balance.CHOICES in making.manifest.recipe.balance:
        return (
            "The recipe has the balance rule `choices` already. It is followed on all approved items of a"
            f" language, before parts and sizes are drawn, so what was drawn can still lean. {compare}"
        )
    return f"{compare} `make_release --balance choices` leaves out the items that give themselves away most."


def _years(found: SliceCounts) -> str:
    years = sorted(year for year in found.years if year)
    return "-".join(dict.fromkeys((years[0], years[-1]))) if years else "not dated"


def _largest(counts: Counter[str], total: int) -> str:
    name, number = min(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return f"{name or NOT_GIVEN}: {share(number, total)}"
