from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.overlap import file_texts, overlap
from evaluation.publishing.texts import NotTextError, text_pieces, unescaped
from tests.evaluation.publishing.content import CANARY, row

_LEAKS = {
    "CN": "各地方政府应当在预算不足的情况下，继续向所有读者免费开放历史最悠久的公共图书馆和档案馆",
    "DE": "Jede größere Stadt muss ihre älteste Bücherei auch dann nachts öffnen, wenn das Geld der Länder "
    "für Übergänge fehlt",
    "FR": "Chaque commune doit garder ouverte l’école la plus âgée même où les crédits de l’État sont déjà "
    "épuisés à l’été",
    "GB": "Every town must keep its oldest library open to readers at night, even when the county's budget "
    "falls short again",
}


def _item(nation):
    return row(
        nation, 1, statement=_LEAKS[nation], question="Why?", reversed_statement="No.", evidence="", text=""
    )


def _broken(text, places=(10, 30)):
    """The text with line breaks where a page had them: at spaces, or anywhere in Chinese."""
    return "".join(
        f"\n{letter}" if at in places and not text.isascii() and " " not in text else letter
        for at, letter in enumerate(text)
    ).replace(" ", "\n")


def _row(text, **options):
    return json.dumps({"id": 1, "text": f"Noise.\t“{text}”\n", "tail": 'said "so"\\'}, **options) + "\n"


_FORMS = {
    "plain.txt": lambda text: f"noise {text} noise".encode(),
    "plain.txt.gz": lambda text: gzip.compress(f"noise {text} noise".encode()),
    "rows.jsonl": lambda text: (_row("other") + _row(text, ensure_ascii=False)).encode(),
    "escaped.jsonl": lambda text: (_row("other") + _row(text)).encode(),
    "lines.jsonl": lambda text: _row(_broken(text), ensure_ascii=False).encode(),
    "escaped-lines.ndjson": lambda text: _row(_broken(text)).encode(),
    "all.json": lambda text: json.dumps([{"messages": [{"content": _broken(text)}]}], indent=1).encode(),
    "rows.jsonl.gz": lambda text: gzip.compress(_row(_broken(text)).encode()),
    "UPPER.JSONL.GZ": lambda text: gzip.compress(_row(text).encode()),
}


@pytest.mark.parametrize("nation", _LEAKS)
@pytest.mark.parametrize("name", _FORMS)
def test_a_planted_leak_is_found_in_each_form_and_language(tmp_path, name, nation):
    path = tmp_path / name
    path.write_bytes(_FORMS[name](_LEAKS[nation]))

    report = overlap([_item(nation), _item("GB" if nation != "GB" else "DE")], file_texts([path]))

    assert [(found.id, found.share) for found in report.items] == [(_item(nation).id, 1.0)]
    assert report.sources == {str(path): 1}


@pytest.mark.parametrize("nation", _LEAKS)
@pytest.mark.parametrize("name", ["escaped-lines.ndjson", "plain.txt.gz", "all.json"])
def test_a_leak_is_found_where_pieces_are_cut_in_it(tmp_path, monkeypatch, name, nation):
    path = tmp_path / name
    path.write_bytes(_FORMS[name](_LEAKS[nation]))
    for size in range(30, 45):
        monkeypatch.setattr("evaluation.publishing.texts._PIECE", size)

        assert [found.share for found in overlap([_item(nation)], file_texts([path])).items] == [1.0]


def test_the_canary_is_found_in_escaped_json(tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"text": f"a\n{CANARY}\tb"}))

    assert overlap([_item("GB")], file_texts([path])).canary_in == (str(path),)


_TEXT = "各地方政府 größere école. " * 20


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_TEXT.encode("utf-16"), "is UTF-16, not UTF-8; convert it"),
        (_TEXT.encode("utf-16-le"), "is no text in UTF-8"),
        (("plain words " * 20).encode("utf-16-be"), "is no text in UTF-8"),
        (_TEXT.encode("gb18030"), "is no text in UTF-8"),
        (("größere école. " * 20).encode("latin-1"), "is no text in UTF-8"),
        (gzip.compress(_TEXT.encode()), "unpack it"),
        (b"PAR1" + bytes(range(256)) * 4, "is no text in UTF-8"),
    ],
)
@pytest.mark.parametrize("name", ["corpus.txt", "corpus.jsonl"])
def test_what_is_not_utf8_is_refused_by_name(tmp_path, content, message, name):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(NotTextError, match=message) as error:
        list(text_pieces(path))
    assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize("content", [b"not packed", gzip.compress(b"words " * 999)[:-9], b"\x1f\x8b\x08"])
def test_a_broken_gzip_file_is_refused_by_name(tmp_path, content):
    path = tmp_path / "corpus.txt.gz"
    path.write_bytes(content)

    with pytest.raises(NotTextError, match="is no whole gzip file"):
        list(text_pieces(path))


def test_a_file_that_ends_in_the_middle_of_a_letter_is_read(tmp_path):
    path = tmp_path / "cut.txt"
    path.write_bytes("Wörter für".encode()[:-2])

    assert "".join(text_pieces(path)) == "Wörter f"


@given(st.text(), st.data())
def test_unescaped_json_is_the_text_wherever_it_is_cut(text, data):
    told = json.dumps(text)
    places = sorted(data.draw(st.lists(st.integers(0, len(told)), max_size=4)))
    pieces = [told[start:stop] for start, stop in zip([0, *places], [*places, len(told)], strict=True)]

    found = "".join(unescaped(iter(pieces)))

    assert found == f'"{text}"'.replace("\b", " ").replace("\f", " ")


@given(st.text(alphabet='\\u0123dD8bcn"e'), st.data())
def test_unescaped_of_anything_does_not_depend_on_cuts(text, data):
    place = data.draw(st.integers(0, len(text)))

    assert "".join(unescaped(iter([text[:place], text[place:]]))) == "".join(unescaped(iter([text])))
