"""Ingest as a service and a command: counts, identity, copies, refusals."""

from __future__ import annotations

import gzip
import json
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.models import Document, DocumentBand, Outlet, RejectedRow, Run, Source
from annotation.services.ingest import run as service
from annotation.services.ingest.run import IngestError, IngestOptions, ingest_files
from tests.factories import nation

pytestmark = pytest.mark.django_db
VOCABULARY = (
    "the a government must should protect support river forest school law tax worker citizen freedom of and "
    "for in with against every country people because council new old health energy border army court"
)
WORDS = VOCABULARY.split()


def article(number: int, **fields: Any) -> dict[str, Any]:
    text = " ".join(Random(number).choices(WORDS, k=60))
    return {"id": str(number), "country": "GB", "language": "en", "outlet": "Gazette", "text": text, **fields}


def put(path: Path, rows: list[Any]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def ingest(*paths: Path, **options: Any) -> dict[str, int]:
    out = StringIO()
    call_command("ingest", *map(str, paths), json=True, stdout=out, **options)
    return json.loads(out.getvalue().splitlines()[-1])


def counts(read: int, accepted: int, duplicates: int, rejected: int, **more: int) -> dict[str, int]:
    return {
        "read": read, "accepted": accepted, "duplicates": duplicates, "rejected": rejected,
        "known": 0, "language_mismatch": 0, **more,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _nations() -> None:
    for code in ("CN", "DE", "FR", "GB", "US"):
        row = nation(code)
        row.aliases = {"GB": ["UK"]}.get(code, [])
        row.save()


def test_ingest_stores_every_field(tmp_path: Path) -> None:
    row = article(
        1, country="UK", title="A title", date="2024-05", url="https://example.org/1", licence="CC0",
        speaker="Ann Smith", party="Greens", outlet_kind="press", section={"name": "World"},
    )  # fmt: skip
    assert ingest(put(tmp_path / "a.jsonl", [row])) == counts(1, 1, 0, 0)
    found = Document.objects.get()
    assert (found.nation_id, found.outlet.name, found.outlet.kind) == ("GB", "Gazette", "press")
    assert (found.external_id, found.title, found.text) == ("1", "A title", row["text"])
    assert (str(found.published), found.date_precision) == ("2024-05-01", "month")
    assert (found.url, found.licence) == ("https://example.org/1", "CC0")
    assert (found.speaker, found.party) == ("Ann Smith", "Greens")
    assert (found.language, found.claimed_language, found.position) == ("en", "en", 1)
    assert found.metadata == {"section": {"name": "World"}}
    source = Source.objects.get()
    assert (source.name, source.format, len(source.digest)) == ("a.jsonl", "jsonl", 64)


def test_ingest_keeps_refused_rows_with_place_and_reason(tmp_path: Path) -> None:
    rows = [
        article(1),
        "{broken",
        "",
        article(2, text=" "),
        article(3, country="Atlantis"),
        article(4, date="soon"),
    ]
    assert ingest(put(tmp_path / "a.jsonl", rows)) == counts(5, 1, 0, 4)
    assert list(RejectedRow.objects.values_list("file", "line", "reason")) == [
        ("a.jsonl", 2, "broken JSON: Expecting property name enclosed in double quotes at character 2"),
        ("a.jsonl", 4, "text is missing (looked for: text, content, body, article)"),
        ("a.jsonl", 5, "nation 'Atlantis' is unknown (known: CN, DE, FR, GB, US)"),
        ("a.jsonl", 6, "date 'soon' cannot be read; write it as YYYY, YYYY-MM or YYYY-MM-DD"),
    ]
    assert RejectedRow.objects.first().excerpt == "{broken"


def test_ingest_twice_adds_nothing(tmp_path: Path) -> None:
    rows = [article(1), article(1), article(2, text=article(1)["text"]), article(3), "{broken", "{broken"]
    path = put(tmp_path / "a.jsonl", rows)
    assert ingest(path) == counts(6, 2, 2, 2)
    before = [model.objects.count() for model in (Document, Source, RejectedRow, DocumentBand, Outlet)]
    assert ingest(path) == counts(6, 0, 4, 2, known=4)
    assert [
        model.objects.count() for model in (Document, Source, RejectedRow, DocumentBand, Outlet)
    ] == before


def test_ingest_knows_rows_in_another_file(tmp_path: Path) -> None:
    ingest(put(tmp_path / "a.jsonl", [article(1), article(2)]))
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(b"\n".join(json.dumps(article(n)).encode() for n in (2, 3))))
    assert ingest(packed) == counts(2, 1, 1, 0, known=1)
    assert Document.objects.count() == 3


def test_ingest_links_copies_to_the_original(tmp_path: Path) -> None:
    words = article(1)["text"].split()
    near = " ".join([*words[:20], "exceptionally", *words[21:]])
    nearer = " ".join([*words[:20], "exceptionally", *words[21:59], "altogether"])
    ingest(put(tmp_path / "a.jsonl", [article(1), article(1), article(2)]))
    rows = [
        article(3, text=article(1)["text"].upper()),
        article(4, text=near),
        article(5, text=nearer),
        article(6, text=near, country="US"),
        article(7, text="Act now."),
        article(8, text="ACT  NOW."),
        article(9, text="Act now!"),
    ]
    assert ingest(put(tmp_path / "b.jsonl", rows)) == counts(7, 3, 4, 0)
    links = Document.objects.exclude(duplicate_of=None).order_by("external_id", "pk")
    assert list(links.values_list("external_id", "duplicate_of__external_id", "duplicate_kind")) == [
        ("1", "1", "exact"),
        ("3", "1", "exact"),
        ("4", "1", "near"),
        ("5", "1", "near"),
        ("8", "7", "exact"),
    ]
    assert not Document.objects.filter(duplicate_of__duplicate_of__isnull=False).exists()
    assert not DocumentBand.objects.exclude(document__duplicate_of=None).exists()


def test_ingest_files_do_not_depend_on_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [article(n % 7, id=str(n % 9)) for n in range(40)] + ["{broken"]
    path = put(tmp_path / "a.jsonl", rows)
    columns = ("row_key", "position", "duplicate_of__position", "duplicate_kind", "language")
    ingest(path)
    whole = sorted(Document.objects.values_list(*columns), key=str)
    Document.objects.exclude(duplicate_of=None).delete()
    Document.objects.all().delete()
    monkeypatch.setattr(service, "BATCH", 3)
    assert ingest(path) == counts(41, 7, 33, 1)
    assert sorted(Document.objects.values_list(*columns), key=str) == whole


def test_ingest_files_a_text_under_the_language_it_is_in(tmp_path: Path) -> None:
    french = "Le gouvernement doit protéger les rivières et les forêts du pays pour tous ceux qui y vivent."
    spanish = "El gobierno debe proteger los ríos y los bosques del país para todos los que viven aquí. " * 3
    path = put(tmp_path / "a.jsonl", [article(1, text=french), article(2, text=spanish)])
    assert ingest(path) == counts(2, 1, 0, 1, language_mismatch=1)
    assert Document.objects.values_list("language", "claimed_language").get() == ("fr", "en")
    assert RejectedRow.objects.get().reason == "language es is not supported (supported: de en fr zh)"


def test_ingest_options_fill_what_rows_do_not_say(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"corps;quand\n{article(1)['text']};2024\n{article(2)['text']};\n")
    chosen = {
        "nation": "uk", "language": "en", "outlet": "Herald", "outlet_kind": "press", "licence": "CC0",
        "map": ["text=corps", "date=quand"], "require_date": True,
    }  # fmt: skip
    assert ingest(path, **chosen) == counts(2, 1, 0, 1)
    found = Document.objects.get()
    assert (found.nation_id, found.outlet.name, found.outlet.kind, found.licence) == (
        "GB",
        "Herald",
        "press",
        "CC0",
    )
    assert (str(found.published), found.position) == ("2024-01-01", 2)
    assert RejectedRow.objects.get().reason == "date is missing (looked for: quand)"


def test_ingest_reads_text_folders(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "one.txt").write_text(article(1)["text"])
    (folder / "two.txt").write_bytes(b"\xff\xfa")
    assert ingest(folder, nation="GB") == counts(2, 1, 0, 1)
    assert Document.objects.values_list("external_id", "title", "source__name").get() == (
        "sub/one.txt",
        "one",
        "texts",
    )
    assert RejectedRow.objects.values_list("file", "line").get() == ("two.txt", 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nation": "Atlantis"}, "nation 'Atlantis' is unknown (known: CN, DE, FR, GB, US)"),
        ({"language": "xx"}, "language 'xx' is not supported (supported: de, en, fr, zh)"),
        ({"outlet_kind": "rumour"}, "outlet kind 'rumour' is not one of"),
        ({"map": ["text"]}, "--map takes FIELD=THEIRS"),
        ({"map": ["colour=x"]}, "there is no field 'colour'"),
        ({"max_line": 0}, "at least one byte"),
    ],
)
def test_ingest_refuses_wrong_options_before_reading(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(CommandError) as caught:
        ingest(put(tmp_path / "a.jsonl", [article(1)]), **options)
    assert message in str(caught.value)
    assert (Source.objects.count(), Run.objects.count()) == (0, 0)


def test_ingest_names_a_missing_file_before_reading(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"gone\.jsonl does not exist"):
        ingest(put(tmp_path / "a.jsonl", [article(1)]), tmp_path / "gone.jsonl")
    assert Source.objects.count() == 0


def test_ingest_shows_a_table_and_names_empty_files(tmp_path: Path) -> None:
    out, err = StringIO(), StringIO()
    call_command("ingest", str(put(tmp_path / "a.jsonl", [])), stdout=out, stderr=err)
    assert "a.jsonl" in out.getvalue()
    assert err.getvalue() == "a.jsonl: no rows\n"


def test_ingest_writes_a_run(tmp_path: Path) -> None:
    ingest(put(tmp_path / "a.jsonl", [article(1)]))
    run = Run.objects.get()
    assert (run.stage, run.version, run.engine, run.status) == ("ingest", "ingest-1", "rules", "finished")
    assert run.counts == counts(1, 1, 0, 0)


def test_ingest_stopped_by_hand_closes_its_run(tmp_path: Path) -> None:
    def stop(name: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    path = put(tmp_path / "a.jsonl", [article(1)])
    with pytest.raises(KeyboardInterrupt):
        ingest_files([path], options=IngestOptions(), progress=stop)
    assert Run.objects.get().status == "stopped"
    with pytest.raises(IngestError):
        ingest_files([path], options=IngestOptions(nation="Atlantis"))


ROWS = st.lists(
    st.one_of(
        st.integers(0, 4).map(lambda n: json.dumps(article(n))),
        st.dictionaries(
            st.sampled_from(["text", "country", "date", "title", "x"]), st.text(max_size=20)
        ).map(json.dumps),
        st.sampled_from(["{", "", "null"]),
        st.just('{"text": "\\ud800", "country": "GB", "\\u0000": "\\u0000", "n": 1e999}'),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ROWS)
def test_ingest_counts_always_add_up(tmp_path: Path, rows: list[str]) -> None:
    found = ingest(put(tmp_path / "a.jsonl", rows))
    assert found["read"] == found["accepted"] + found["duplicates"] + found["rejected"]
    assert found["read"] == len([row for row in rows if row])
