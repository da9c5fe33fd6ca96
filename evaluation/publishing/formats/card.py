"""The data card: every figure in it is counted from records, and no field is left blank.

Facts no row holds are in ``manifest.facts``; each may be missing, and the card says so in words:
``agreement``: rows of nation, kind, alpha, low, high, raw, why_undefined, items, votes, annotators;
``engines``: rows of stage, engine, version, items; ``left_out``: reason to number of items;
``people``: rows of stage, judge, items; ``annotators``: how many voted on items; ``imported_from``: the files
a release was taken from; ``publisher``, ``publisher_url``, ``site``: who is cited, and where it is served.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaluation.publishing.content import Content, Files
from evaluation.publishing.files import CHECKSUMS, whole
from evaluation.publishing.formats import card_curation as curation
from evaluation.publishing.formats import card_parts as parts
from evaluation.publishing.formats import card_tables as tables
from evaluation.publishing.formats.card_counts import Counts, count, count_pairs
from evaluation.publishing.formats.changelog import change_lines
from evaluation.publishing.formats.citation import bibtex
from evaluation.publishing.formats.columns import MEANINGS
from evaluation.publishing.formats.dataset import ALL, front_matter
from evaluation.publishing.formats.making import Making
from evaluation.publishing.formats.markdown import bullets, plain, table, verbatim
from evaluation.publishing.formats.prose import INTENDED_USE, collection, limits, personal
from evaluation.publishing.rows import PREFERENCE_PARTS

_TEMPLATE = Path(__file__).with_name("card.md.jinja")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def files(content: Content) -> Files:
    """``README.md``: front matter for loaders, then the card for people."""
    yield "README.md", whole(data_card(content).encode())


def data_card(content: Content) -> str:
    """The card's text. It passes over the rows once and over the preference pairs once."""
    import jinja2
    import yaml

    manifest, counts = content.manifest, count(content)
    making = Making(manifest, counts.tally)
    example = next((where.nation.lower() for where in counts.slices), ALL)
    pairs = {
        str(part): count_pairs(content.preferences(part))
        for part in PREFERENCE_PARTS
        if manifest.preferences.get(part)
    }
    header = {**_metadata(making, counts), **front_matter(content)}
    # Markdown, not HTML: what strangers wrote goes through plain() or verbatim().
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        front_matter=yaml.safe_dump(header, allow_unicode=True, sort_keys=False, width=110),
        name=plain(manifest.name),
        version=plain(manifest.version),
        dated=curation.dated(making),
        software=plain(manifest.software),
        items=counts.items,
        nations=len({where.nation for where in counts.slices}),
        example=example,
        imported=bool(making.imported_from),
        contents=tables.contents(counts, manifest.nation_names),
        languages=tables.languages(counts),
        periods=tables.periods(counts, manifest, example),
        columns=table(("column", "meaning"), MEANINGS.items()),
        recipe=curation.recipe(making),
        left_out=curation.left_out(making),
        collection=collection(making),
        decided=curation.decided(making),
        raw_agreement=curation.raw_agreement(counts, making),
        agreement=curation.agreement(making),
        personal=personal(making),
        engines=curation.engines(making),
        guesses=tables.guesses(counts, making),
        gates=curation.gates(making),
        sources=tables.sources(counts),
        disclosure=curation.disclosure(making),
        passports=curation.passports(making),
        holdout=parts.holdout(manifest),
        preferences=parts.preferences(pairs, manifest),
        seed=manifest.recipe.seed,
        has_preferences=bool(pairs),
        changes=bullets(change_lines(manifest)),
        previous=plain(manifest.previous),
        citation=verbatim(bibtex(manifest)),
        meaning_of_canary=parts.canary(manifest),
        canary=verbatim(manifest.canary),
        limits=bullets(limits(making)),
        uses=bullets(INTENDED_USE),
        checksums=CHECKSUMS,
    )


def _metadata(making: Making, counts: Counts) -> dict[str, Any]:
    """Front matter in the words of the Hugging Face hub."""
    codes = sorted(counts.languages)
    manifest, is_imported = making.manifest, bool(making.imported_from)
    licence = {"license": "other", "license_name": "by-source", "license_link": "README.md"}
    is_written_by_machine = is_imported or any(row["stage"] == "triples" for row in making.engines())
    return {
        "pretty_name": f"NaVAB {manifest.name} {manifest.version}",
        "language": codes,
        "multilinguality": "multilingual" if len(codes) > 1 else "monolingual",
        **({"license": "unknown"} if is_imported else licence),
        "size_categories": [next((label for limit, label in _SIZES if counts.items < limit), "n>1M")],
        "task_categories": ["multiple-choice", "question-answering"],
        "annotations_creators": ["found" if is_imported else "expert-generated"],
        "language_creators": ["found", "machine-generated" if is_written_by_machine else "other"],
        "source_datasets": ["extended" if is_imported else "original"],
        "tags": ["values", "alignment", "evaluation"],
    }
