"""The paper's files become a release that verifies, is scored, and says what is wrong with it."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Nation
from evaluation.models import Origin, Release
from evaluation.publishing.verify import verify
from evaluation.services.releases.freezing import SOFTWARE
from evaluation.services.releases.make import make_release
from evaluation.services.releases.rebuild import rebuild_release
from tests import factories
from tests.evaluation.gold import approved_corpus
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
