"""The data card: every figure in it is counted from records, and no field is left blank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.services.exports.dataset import front_matter
from evaluation.services.exports.preferences import TEST, TRAIN
from evaluation.services.fairness import choice_only_by_language
from evaluation.services.gold import EVIDENCE_LENGTH, RELEASED_TYPES, GoldItem, raw_agreement
from pipeline.triples.choice_only import FEWEST

_TEMPLATE = Path(__file__).with_name("card.md.jinja")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def data_card(
    items: Sequence[GoldItem],
    *,
    name: str,
    seed: int,
    nation_names: Mapping[str, str],
    names: Mapping[str, str],
    split_of: Mapping[str, str],
    left_out: int = 0,
) -> bytes:
    """README.md of a release: front matter for loaders, then the card for people. ``items`` is not empty."""
    import jinja2
    import yaml

    header = {**_metadata(items, name), **front_matter(items)}
    sides = Counter(split_of[item.article_key] for item in items)
    # Markdown, not HTML: cells are escaped by _cell.
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    return (
        environment.from_string(_TEMPLATE.read_text("utf-8"))
        .render(
            front_matter=yaml.safe_dump(header, allow_unicode=True, sort_keys=False, width=110),
            name=name,
            items=len(items),
            nations=len({item.nation for item in items}),
            example=items[0].nation.lower(),
            contents=_contents(items, nation_names),
            languages=_languages(items),
            evidence_length=EVIDENCE_LENGTH,
            decided=_decided(items),
            newest=max(item.decided_on for item in items).isoformat(),
            annotators=_annotators(items, names),
            engines=_engines(items),
            sources=_sources(items),
            guesses=_guesses(items),
            left_out=left_out,
            train=sides[TRAIN],
            test=sides[TEST],
            seed=seed,
        )
        .encode()
    )


def _metadata(items: Sequence[GoldItem], name: str) -> dict[str, Any]:
    languages = sorted({item.language for item in items})
    return {
        "pretty_name": f"NaVAB {name}",
        "language": languages,
        "multilinguality": "multilingual" if len(languages) > 1 else "monolingual",
        "license": "other",
        "license_name": "by-source",
        "license_link": "README.md",
        "size_categories": [next((label for limit, label in _SIZES if len(items) < limit), "n>1M")],
        "task_categories": ["multiple-choice", "question-answering"],
        "annotations_creators": ["expert-generated"],
        "language_creators": ["found", "machine-generated"],
        "source_datasets": ["original"],
        "tags": ["values", "alignment", "evaluation"],
    }


def _contents(items: Sequence[GoldItem], nation_names: Mapping[str, str]) -> str:
    rows = []
    for nation in sorted({item.nation for item in items}):
        ours = [item for item in items if item.nation == nation]
        kinds = Counter(item.source_type for item in ours)
        years = sorted(item.published[:4] for item in ours if item.published)
        period = f"{years[0]}-{years[-1]}" if years else "not dated"
        articles = len({item.article_key for item in ours})
        counts = (str(kinds[kind]) for kind in RELEASED_TYPES)
        rows.append((f"{nation_names[nation]} ({nation})", *counts, str(articles), period))
    return _table(("nation", *RELEASED_TYPES, "articles", "published"), rows)


def _languages(items: Sequence[GoldItem]) -> str:
    counts = Counter(item.language for item in items)
    return _table(("language", "items"), [(code, str(counts[code])) for code in sorted(counts)])


def _decided(items: Sequence[GoldItem]) -> str:
    counts = Counter(item.decided_by for item in items)
    return "Items decided by " + ", by ".join(f"{label}: {counts[label]}" for label in sorted(counts)) + "."


def _annotators(items: Sequence[GoldItem], names: Mapping[str, str]) -> str:
    votes = sum(len(item.votes) for item in items)
    if not votes:
        return (
            "No annotator's vote is on record: a curator decided every item.\n"
            "Agreement is not computable, for it needs two votes on an item."
        )
    people = f"Annotators (pseudonymous): {len(names)}. Votes on the released items: {votes}."
    agreement = raw_agreement(items)
    if agreement is None:
        return f"{people}\nAgreement is not computable: no item has two votes."
    doubly, share = agreement
    return (
        f"{people}\nRaw agreement: {share:.3f} of the vote pairs on {doubly} items with two votes or more.\n"
        "Released items are those held valid, so this tends to be higher than over all items people saw."
    )


def _engines(items: Sequence[GoldItem]) -> str:
    counts: Counter[tuple[str, str, str]] = Counter()
    for item in items:
        for stage, row in (("statements", item.triple.statement), ("triples", item.triple)):
            made = row.derivation
            engine, version = (made.run.engine, made.version) if made else ("not recorded", "not recorded")
            counts[stage, engine, version] += 1
    return _table(
        ("stage", "engine", "version", "items"), [(*key, str(counts[key])) for key in sorted(counts)]
    )


def _sources(items: Sequence[GoldItem]) -> str:
    counts = Counter(
        (item.nation, item.outlet or "outlet not given", item.licence or "licence not given")
        for item in items
    )
    return _table(
        ("nation", "outlet", "licence", "items"), [(*key, str(counts[key])) for key in sorted(counts)]
    )


def _guesses(items: Sequence[GoldItem]) -> str:
    rows = []
    for language, found in choice_only_by_language(items).items():
        if found.items < FEWEST:
            verdict = f"not measured: fewer than {FEWEST} items"
            rows.append((language, str(found.items), "-", "-", verdict))
            continue
        interval = f"{found.low:.3f} to {found.high:.3f}"
        verdict = "at chance" if found.is_fair else "NOT at chance"
        rows.append((language, str(found.items), f"{found.accuracy:.3f}", interval, verdict))
    return _table(("language", "items", "guessed right", "95 % interval", "verdict"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    """Source text cannot break the table or start markup."""
    plain = " ".join(str(text).split())
    for character in "\\|<>[]`*_":
        plain = plain.replace(character, f"\\{character}")
    return plain
