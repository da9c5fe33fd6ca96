"""Whether a statement is in the language and the script of the document it was drawn from."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_ALPHABETIC = frozenset({"de", "en", "fr"})
_SURE = 0.9


def same_language(statement: str, text: str, language: str) -> bool:
    """Whether ``statement`` is in ``language`` as ``text`` is written; a sentence of the text always is.

    Chinese must also be in the same script. Short or doubtful statements in a known alphabet pass.
    """
    if statement.strip() in text:
        return True
    letters = _LETTER.findall(statement)
    if not letters:
        return False
    han = len(_HAN.findall(statement)) / len(letters)
    if language == "zh":
        scripts = {chinese_script(statement), chinese_script(text)} - {""}
        return han > 0.5 and len(scripts) < 2
    if han > 0.1:
        return False
    found, probability = _identifier(language).classify(statement)
    return str(found) == language or float(probability) < _SURE


def chinese_script(text: str) -> str:
    """``Hans``, ``Hant``, or empty where no character tells.

    One that only GB 2312 has is simplified, one that only Big5 has is traditional.
    """
    simplified = traditional = 0
    for character in _HAN.findall(text):
        in_gb, in_big5 = _encodes(character, "gb2312"), _encodes(character, "big5")
        simplified += in_gb and not in_big5
        traditional += in_big5 and not in_gb
    if simplified == traditional:
        return ""
    return "Hans" if simplified > traditional else "Hant"


def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@cache
def _identifier(language: str) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages((_ALPHABETIC | {language}) & set(identifier.labels))
    return identifier
