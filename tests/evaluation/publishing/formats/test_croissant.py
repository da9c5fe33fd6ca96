from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from evaluation.publishing.files import write_temporary
from evaluation.publishing.formats.all import release_files
from evaluation.publishing.formats.croissant import files
from evaluation.publishing.rows import COLUMNS
from tests.clients import run_client
from tests.evaluation.publishing.content import CANARY, MemoryContent, content, row
from tests.evaluation.publishing.formats.told import curated, mixed, paper, voted

_READ = """
import json, logging, sys
import mlcroissant
logged = []
handler = logging.Handler(logging.WARNING)
handler.emit = lambda record: logged.append(record.getMessage())
logging.getLogger().addHandler(handler)
logging.getLogger("absl").addHandler(handler)
dataset = mlcroissant.Dataset(sys.argv[1] + "/croissant.json")
issues = dataset.metadata.ctx.issues
records = {}
for found in dataset.metadata.record_sets:
    records[found.id] = [
        {name: value.decode() if isinstance(value, bytes) else value for name, value in record.items()
         if not isinstance(value, list)}
        for record in dataset.records(found.id)
    ]
print(json.dumps({
    "errors": sorted(issues.errors), "warnings": sorted(issues.warnings), "records": records,
    "logged": logged, "conforms": dataset.metadata.ctx.conforms_to.value,
}))
"""


def _document(made: MemoryContent) -> dict:
    ((path, pieces),) = files(made)
    assert path == "croissant.json"
    return json.loads(b"".join(pieces))


@pytest.mark.clients
def test_mlcroissant_finds_no_error_and_no_warning_and_yields_every_row(
    release: Path, made: MemoryContent, tmp_path: Path
):
    found = json.loads(run_client("-c", _READ, release, cwd=tmp_path).splitlines()[-1])

    assert found["errors"] == []
    assert found["warnings"] == []
    assert found["logged"] == []
    assert found["conforms"] == "http://mlcommons.org/croissant/1.1"
    names = [name for name in COLUMNS if name not in ("votes", "annotators")]
    assert {
        path: [{name: record[f"{path}/{name}"] for name in names} for record in records]
        for path, records in found["records"].items()
    } == {
        where.path: [{name: getattr(item, name) for name in names} for item in made.rows(where)]
        for where in made.slices()
    }
    assert [record["us/quoted/votes_valid"] for record in found["records"]["us/quoted"]] == [
        item.votes["valid"]
        for where in made.slices()
        if where.path == "us/quoted"
        for item in made.rows(where)
    ]


@pytest.mark.clients
@pytest.mark.parametrize("made", [voted, mixed, curated, paper])
def test_mlcroissant_has_nothing_to_say_of_any_kind_of_release(
    made: Callable[[], MemoryContent], tmp_path: Path
):
    folder, _ = write_temporary(release_files(made()), tmp_path / "releases", CANARY)

    found = json.loads(run_client("-c", _READ, folder, cwd=tmp_path).splitlines()[-1])
    assert (found["errors"], found["warnings"], found["logged"]) == ([], [], [])
    (records,) = found["records"].values()
    assert len(records) == len(made().evaluation)


def test_every_record_set_leads_to_its_passports(release: Path, made: MemoryContent):
    found = _document(made)
    files = {described["@id"] for described in found["distribution"]}

    for records in found["recordSet"]:
        path = records["prov:wasDerivedFrom"]["@id"]
        assert path in files
        passports = [
            json.loads(line)["id"] for line in (release / path).read_text("utf-8").split("\n") if line
        ]
        (where,) = (where for where in made.slices() if where.path == records["@id"])
        assert passports == [item.id for item in made.rows(where)]


def test_digests_and_sizes_are_those_of_the_files(release: Path, made: MemoryContent):
    for described in _document(made)["distribution"]:
        written = (release / described["contentUrl"]).read_bytes()

        assert described["sha256"] == sha256(written).hexdigest()
        assert described["contentSize"] == f"{len(written)} B"


def test_the_description_says_version_date_citation_and_canary():
    found = _document(
        content([row("GB", 1)], facts={"publisher": "Harbour Lab", "site": "https://lab.example/"})
    )

    assert {name: found[name] for name in ("name", "version", "datePublished", "inLanguage", "url")} == {
        "name": "harbour",
        "version": "1.2.0",
        "datePublished": "2026-10-01",
        "inLanguage": ["en"],
        "url": "https://lab.example/releases/harbour@1.2.0/",
    }
    assert found["creator"] == {"@type": "sc:Organization", "name": "Harbour Lab"}
    assert found["license"][1:] == ["CC-BY-4.0"]
    assert found["description"].endswith(CANARY)
    assert "author = {{Harbour Lab}}" in found["citeAs"]


def test_provenance_names_sources_steps_and_those_who_took_them():
    engine = {"stage": "statements", "engine": "rules", "version": "3.1", "items": 2}
    found = _document(content([row("GB", 1), row("GB", 2)], facts={"engines": [engine]}))

    file, passports = found["distribution"]
    assert [source["prov:label"] for source in file["prov:wasDerivedFrom"]] == [
        "United Kingdom Gazette (1 item)",
        "United Kingdom Post (1 item)",
    ]
    agents = {
        step["prov:label"]: [agent["prov:label"] for agent in step["prov:wasAssociatedWith"]]
        for step in found["prov:wasGeneratedBy"]
    }
    software = content().manifest.software
    assert list(agents.values()) == [
        [software],
        ["rules 3.1", software],
        ["annotator-1", "annotator-2"],
        [software],
    ]
    # The newest decision is the end of the judging; when the folder was written is in no file.
    assert [step.get("prov:endedAtTime") for step in found["prov:wasGeneratedBy"]] == [
        None,
        None,
        "2026-10-01",
        None,
    ]
    (records,) = found["recordSet"]
    assert records["prov:wasDerivedFrom"] == {"@id": passports["@id"]}
    assert passports["@id"] == "passports/gb/quoted.jsonl"
    assert found["prov:wasRevisionOf"]["prov:label"] == "harbour@1.1.0"
    assert found["rai:machineAnnotationTools"] == ["rules 3.1 (statements)"]
    assert found["rai:annotationsPerItem"] == "2 votes: 2 items"
    assert found["rai:dataCollectionTimeframe"] == ["2019-11-01", "2019-11-01"]


def test_a_first_release_is_a_revision_of_nothing():
    assert "prov:wasRevisionOf" not in _document(content([row("GB")], previous="", changes=()))


def test_identifiers_are_unique(made: MemoryContent):
    found = _document(made)

    ids = [file["@id"] for file in found["distribution"]]
    ids += [
        name
        for records in found["recordSet"]
        for name in (records["@id"], *(f["@id"] for f in records["field"]))
    ]
    assert len(ids) == len(set(ids))
