"""The paper's files become a release that verifies, is scored, and says what is wrong with it."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Document, Nation
from evaluation.models import Origin, Release
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import PREFERENCE_PARTS
from evaluation.publishing.verify import verify
from evaluation.services.gold.collect import article_key
from evaluation.services.releases.freezing import SOFTWARE
from evaluation.services.releases.make import make_release
from evaluation.services.releases.paper_articles import CUT
from evaluation.services.releases.rebuild import rebuild_release
from tests import factories
from tests.evaluation.gold import approve, approved_corpus
from tests.evaluation.publishing.test_paper_reading import put, row
from tests.evaluation.services.runs.test_evaluate_openai import agree
from tests.openai_server import openai_server

pytestmark = pytest.mark.django_db
FRENCH = "La ville doit protéger le parc et ouvrir une nouvelle école pour tous les enfants du quartier."


@pytest.fixture(autouse=True)
def _nations():
    for code in ("CN", "DE", "FR", "GB", "US"):
        factories.nation(code)


def run_command(*arguments: object) -> dict:
    out = StringIO()
    call_command("import_release", *map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def paper(folder: Path) -> Path:
    put(folder, [row(n) for n in range(4)])
    put(folder, [row(n) for n in range(2)], nation="UK", file="official_statement_result.json")
    return folder


def test_import_paper_makes_a_release_that_verifies_and_rebuilds(tmp_path):
    told = run_command(paper(tmp_path / "in"), "--name", "paper", "--output", tmp_path / "out")

    release = Release.objects.get()
    assert (release.label, release.status, release.origin) == ("paper@1.0.0", "candidate", Origin.PAPER)
    assert told["slices"] == {"GB/official": 2, "US/quoted": 4}
    assert told["report"]["findings"] == []
    report = verify(Path(release.folder))
    assert [str(finding) for finding in report.findings] == []
    assert rebuild_release(release=release).is_equal
    assert not release.items.exclude(triple=None).exists()
    item = release.items.get(nation="GB", statement="The city must keep park 1.")
    assert (item.told.outlet, item.told.speaker, item.told.decided_by) == ("Ann Smith", "", "paper")
    assert (item.told.disclosure, item.told.evidence) == (
        "span",
        "The council met. The city must keep park 1.",
    )
    passport = json.loads(item.passport)
    assert passport["imported"] == {
        "file": "UK/official_statement_result.json",
        "index": 1,
        "full_source": "Ann Smith, mayor",
    }


def test_import_paper_says_of_itself_only_what_the_files_tell(tmp_path):
    put(tmp_path / "in", [row(n) for n in range(2)])
    run_command(tmp_path / "in", "--name", "paper", "--output", tmp_path / "out")
    folder = Path(Release.objects.get().folder)

    card = (folder / "README.md").read_text("utf-8").split("\n---\n", 1)[1]
    assert "Items by who decided them: paper 2." in card
    assert "Nobody judged them again." in card
    found = json.loads((folder / "croissant.json").read_text("utf-8"))
    agents = [
        agent["prov:label"]
        for step in found["prov:wasGeneratedBy"]
        for agent in step["prov:wasAssociatedWith"]
    ]
    assert agents == ["the authors of the NaVAB paper", SOFTWARE]
    for told in (card, json.dumps({**found, "recordSet": []})):
        assert not re.search(
            "Label Studio|[Nn]ative speakers|entered by people|a curator decided|near copies", told
        )


def test_import_paper_lets_no_article_out(tmp_path):
    article = "The council met. The city must keep park 0. " + "It rained for hours on the market. " * 40
    put(tmp_path / "in", [row(0, raw_news=article), row(1, raw_news=article)])
    run_command(tmp_path / "in", "--name", "paper", "--output", tmp_path / "out")
    release = Release.objects.get()
    told = [item.told for item in release.items.order_by("statement")]
    assert [(found.disclosure, found.evidence, found.text) for found in told] == [("reference", "", "")] * 2
    assert len({found.article for found in told}) == 1
    assert len({found.origin for found in told}) == 2
    everything = b"".join(path.read_bytes() for path in Path(release.folder).rglob("*") if path.is_file())
    assert b"It rained for hours" not in everything


ARTICLE = (
    "The council of the city met on Monday evening and spoke for two hours about what is to become of the "
    "park. Many people had come. In the end the mayor said: the city will never sell the park to anybody. "
    "The market is to be closed for the winter, and a new school will be built beside the station by spring."
)
HELD = "The city will never sell the park to anybody."


def local_item(folder: Path, n: int, text: str, statement: str) -> None:
    """An approved item of an American article of this text, stored as ingest does."""
    document = ingested(folder, text, n)
    triple = factories.TripleFactory(
        statement=factories.StatementFactory(
            document=document, text=statement, span_start=0, span_end=9, source_type="quoted", speaker="Ann"
        ),
        question=f"What of matter {n}?",
        reversed_statement=f"It is not so that {statement}",
        language="en",
    )
    approve(factories.DecisionFactory(triple=triple))


def ingested(folder: Path, text: str, n: int) -> Document:
    path = folder / f"news{n}.jsonl"
    path.write_text(json.dumps({"text": text, "country": "US", "language": "en", "date": "2024-05-01"}))
    call_command("ingest", str(path), stdout=StringIO())
    return Document.objects.order_by("-pk")[0]


def taught(recipe: Recipe, tmp_path: Path) -> tuple[set[str], set[str]]:
    """Statements that a release of the local items teaches, and those it evaluates by."""
    made = make_release(name="local", recipe=recipe, output=tmp_path / "made")
    parts = [
        set(made.items.filter(part__in=part).values_list("statement", flat=True))
        for part in (PREFERENCE_PARTS, ["evaluation"])
    ]
    return parts[0], parts[1]


@pytest.mark.parametrize(
    "raw_news",
    [
        ARTICLE,
        f"  {ARTICLE.upper()}\n",
        ARTICLE.replace("park. Many", "park Many").replace("by spring.", "by spring"),
    ],
)
def test_an_article_of_the_paper_is_that_of_the_same_text_here(tmp_path, raw_news):
    ours = ingested(tmp_path, ARTICLE, 1)
    put(tmp_path / "in", [row(0, raw_news=raw_news, statement=HELD), row(1)])

    told = run_command(tmp_path / "in", "--name", "paper", "--output", tmp_path / "out")

    item = Release.objects.get().items.get(statement=HELD)
    assert item.article_key == article_key(ours)
    assert told["report"]["articles"] == {"all": 2, "known": 1, "cut": 0}


def test_an_article_that_is_ingested_later_has_the_key_that_the_papers_has(tmp_path):
    put(tmp_path / "in", [row(0, raw_news=ARTICLE, statement=HELD), row(1, raw_news=ARTICLE)])
    run_command(tmp_path / "in", "--name", "paper", "--output", tmp_path / "out")

    keys = set(Release.objects.get().items.values_list("article_key", flat=True))

    assert keys == {article_key(ingested(tmp_path, ARTICLE, 1))}
    told = Release.objects.get().items.first().told
    assert told.document_digest == Document.objects.get().text_digest


def test_no_item_of_an_article_that_the_paper_evaluates_by_is_taught(tmp_path):
    for n in range(8):
        text = f"Report {n}: the harbour number {n} is to be deepened. " + f"It was said on day {n}. " * 9
        local_item(tmp_path, n, text, f"The harbour number {n} is to be deepened for ships.")
    beside = "A new school is to be built beside the station."
    local_item(tmp_path, 20, ARTICLE, beside)
    put(tmp_path / "in", [row(0, raw_news=ARTICLE, statement=HELD)])
    run_command(tmp_path / "in", "--name", "paper", "--output", tmp_path / "out")

    for seed in range(4):
        pairs, evaluated = taught(Recipe(preference_share=0.6, seed=seed), tmp_path / str(seed))
        assert pairs
        assert beside in evaluated
        Release.objects.filter(name="local").delete()


def test_a_near_copy_of_an_item_of_the_paper_is_not_taught_where_its_article_is_not_known(tmp_path):
    for n in range(8):
        text = f"Report {n}: the harbour number {n} is to be deepened. " + f"It was said on day {n}. " * 9
        local_item(tmp_path, n, text, f"The harbour number {n} is to be deepened for ships.")
    long = "On every day the city will never sell any of the old parks to anybody who asks."
    copy = "On every day the city will never sell any of the old parks to anybody who asks it."
    local_item(tmp_path, 20, f"{copy} {'The rest is about the weather of this year. ' * 9}", copy)
    cut = f"{long} {'It rained for hours on the market of the old town. ' * 60}"[:CUT]
    put(tmp_path / "in", [row(0, raw_news=cut, statement=long)])
    told = run_command(tmp_path / "in", "--name", "paper", "--output", tmp_path / "out")
    assert told["report"]["articles"] == {"all": 1, "known": 0, "cut": 1}

    for seed in range(4):
        pairs, evaluated = taught(Recipe(preference_share=0.6, seed=seed), tmp_path / str(seed))
        assert pairs
        assert copy in evaluated
        Release.objects.filter(name="local").delete()


def test_import_paper_says_how_articles_are_told(tmp_path):
    put(tmp_path / "in", [row(0), row(1), row(2, raw_news=f"The city must keep park 2. {'x ' * CUT}"[:CUT])])

    words = _words(tmp_path)

    assert (
        "The files name no article; by their texts there are 3, 0 of them on record here. 1 of the others "
        "are cut, having 1920 characters"
    ) in words
    card = (Path(Release.objects.get().folder) / "README.md").read_text("utf-8")
    told = " ".join(card.split())
    assert (
        "the column `article` is told by the source text as it is there, 3 in all. 1 of them are cut" in told
    )


def test_a_text_of_no_language_here_is_an_article_of_its_own(tmp_path):
    put(tmp_path / "in", [row(0, raw_news="<p></p>"), row(1, raw_news="Это новости города. " * 20)])
    run_command(tmp_path / "in", "--name", "paper", "--output", tmp_path / "out")
    assert len(set(Release.objects.get().items.values_list("article_key", flat=True))) == 2


def test_import_paper_reports_rows_duplicates_languages_and_wording(tmp_path):
    put(
        tmp_path / "in",
        [
            row(0, raw_news=FRENCH, statement=FRENCH),
            row(1),
            row(1),
            row(2, statement=" "),
            row(3, **{"generated reverse statement": "RS: The city must not keep park 3."}),
        ],
        nation="french",
    )
    told = run_command(tmp_path / "in", "--name", "paper", "--output", tmp_path / "out")
    report = told["report"]
    assert (report["read"], report["left_out"], report["duplicates"], told["items"]) == (5, 1, 1, 3)
    assert report["found"] == {"label": 1, "language": 2, "missing": 1}
    assert report["languages"] == {"FR": {"en": 2, "fr": 1}}
    assert report["choice_only"]["en"]["items"] == 2
    release = Release.objects.get()
    assert release.told.facts["left_out"] == {"duplicate": 1, "missing": 1}
    assert "label: 1" in _words(tmp_path)


def _words(tmp_path: Path) -> str:
    out = StringIO()
    call_command(
        "import_release", str(tmp_path / "in"), "--name", "again", f"--output={tmp_path / 'o2'}", stdout=out
    )
    return out.getvalue()


def test_import_paper_takes_what_our_own_releases_write(tmp_path):
    approved_corpus(per_slice=2)
    ours = make_release(name="ours", output=tmp_path / "made")
    told = run_command(Path(ours.folder) / "paper", "--name", "back", "--output", tmp_path / "out")
    assert (told["items"], told["report"]["left_out"]) == (18, 0)
    words = ("nation_id", "source_type", "question", "statement", "reversed_statement")
    assert sorted(Release.objects.get(name="back").items.values_list(*words)) == sorted(
        ours.items.values_list(*words)
    )


def test_import_paper_says_what_is_missing(tmp_path):
    put(tmp_path / "bad", [row(0, statement="")])
    with pytest.raises(
        CommandError, match=r"holds no row that could be an item: US/human.*'statement' is blank"
    ):
        run_command(tmp_path / "bad", "--name", "paper")
    with pytest.raises(CommandError, match="Give the release a --name"):
        run_command(tmp_path / "bad")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="has none of the paper's files"):
        run_command(tmp_path / "empty", "--name", "paper")
    Nation.objects.filter(code="US").delete()
    with pytest.raises(CommandError, match="Unknown nation US: add the row in the admin"):
        run_command(paper(tmp_path / "in"), "--name", "paper", "--output", tmp_path / "out")
    assert not Release.objects.exists()


def test_import_paper_refuses_the_same_name_twice(tmp_path):
    run_command(paper(tmp_path / "in"), "--name", "paper", "--output", tmp_path / "out")
    with pytest.raises(CommandError, match=r"Release paper@1\.0\.0 is here already"):
        run_command(tmp_path / "in", "--name", "paper", "--output", tmp_path / "other")


def test_a_model_is_scored_on_the_papers_files(tmp_path):
    run_command(paper(tmp_path / "in"), "--name", "paper", "--output", tmp_path / "out")
    out = StringIO()
    with openai_server(agree) as server:
        asking = ("--model", "candidate", "--base-url", server.base_url, "--method", "mc")
        call_command("evaluate", "paper", *asking, "--json", stdout=out)
    [run] = json.loads(out.getvalue().splitlines()[-1])["runs"]
    assert {(row["nation"], row["source_type"]): (row["items"], row["rate"]) for row in run["summary"]} == {
        ("GB", "all"): (2, 1.0),
        ("GB", "official"): (2, 1.0),
        ("US", "all"): (4, 1.0),
        ("US", "quoted"): (4, 1.0),
    }
