"""Translations: complete, and the compiled files are those of the sources."""

import ast
import gettext
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
ENTRY = re.compile(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', re.M)


def entries(path):
    """Catalogue of a .po file as Python's gettext keeps it: (msgid, plural form) or msgid to text."""
    found, key = {}, ""
    for name, quoted in ENTRY.findall(path.read_text(encoding="utf-8")):
        text = "".join(ast.literal_eval(line) for line in quoted.splitlines())
        if name == "msgid":
            key = text
        elif name == "msgstr":
            found[key] = text
        elif name != "msgid_plural":
            found[key, int(name[7])] = text
    return found


def test_languages_are_those_of_the_nations():
    assert [path.parts[-3] for path in SOURCES] == ["de", "fr", "zh_Hans"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parts[-3])
def test_compiled_file_equals_its_source(path):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog

    assert compiled == entries(path)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parts[-3])
def test_every_phrase_is_translated_with_its_placeholders(path):
    wrong = [
        key
        for key, text in entries(path).items()
        if key != ""
        and (
            not text
            or set(re.findall(r"%\(\w+\)s", text))
            != set(re.findall(r"%\(\w+\)s", key if isinstance(key, str) else key[0]))
        )
    ]

    assert wrong == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parts[-3])
def test_every_phrase_of_the_pages_is_there(path):
    known = {key if isinstance(key, str) else key[0] for key in entries(path)}
    templates = [*(ROOT / "templates").glob("*.html"), *(ROOT / "templates" / "annotation").glob("*.html")]
    used = {
        phrase
        for template in templates
        for _, phrase in re.findall(r"{% translate (['\"])(.*?)\1", template.read_text(encoding="utf-8"))
    }
    for module in (*(ROOT / "annotation" / "views").glob("*.py"), ROOT / "navab_site" / "views.py"):
        used |= set(re.findall(r'\b(?:_|gettext)\("(.*?)"\)', module.read_text(encoding="utf-8")))

    assert used - known == set()
    assert len(used) > 30
