"""Words as keywords and tags see them: content words in order, stop words out, inflection set aside."""

from __future__ import annotations

import re
from functools import cache

from pipeline.embedding import chinese

WORDS_VERSION = "3"

_TOKEN = re.compile(r"[^\W\d_]\w*(?:['-]\w+)*|[^\w\s]|\d[\d.,]*")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'", re.IGNORECASE)
_POSSESSIVE = re.compile(r"'s?$")
_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ss", "ss"),
           ("us", "us"), ("is", "is"), ("s", "")),
    "fr": (("eaux", "eau"), ("aux", "al"), ("ées", "é"), ("ée", "é"), ("ionales", "ional"),
           ("ionale", "ional"), ("s", ""), ("x", "")),
    "de": (("erinnen", "er"), ("erin", "er"), ("innen", "in"), ("nissen", "nis"), ("nisses", "nis"),
           ("nisse", "nis"), ("nis", "nis"), ("ischer", "isch"), ("licher", "lich"), ("en", ""), ("es", ""),
           ("em", ""), ("e", ""), ("n", ""), ("ss", "ss"), ("s", "")),
}  # fmt: skip
_SHORTEST_STEM = {"en": 3, "fr": 3}  # letters; elsewhere endings are commoner, and four are needed
_ENGLISH = (
    "buses:bus gases:gas viruses:virus campuses:campus bonuses:bonus censuses:census news:news lives:life"
    " wives:wife knives:knife wolves:wolf thieves:thief halves:half shelves:shelf women:woman men:man"
    " children:child feet:foot teeth:tooth mice:mouse crises:crisis"
)
_FRENCH_INVARIABLE = (
    "fois bois mois pays fils bras avis gens sens ours cours corps temps poids repas tapis colis palais"
    " discours recours secours parcours concours succès procès accès décès progrès excès congrès abus virus"
    " campus refus choix voix paix prix noix croix taux faux époux paris"
)
_IRREGULAR: dict[str, dict[str, str]] = {
    "en": dict(pair.split(":") for pair in _ENGLISH.split()),
    "fr": {word: word for word in _FRENCH_INVARIABLE.split()}
    | {"travaux": "travail", "vitraux": "vitrail", "baux": "bail", "yeux": "œil"},
}
# German nouns with a plural in -er, also as the last part of a compound; any other -er is part of the word
# (Mieter is no form of Miete, nor Ausländer of Ausland). Then plurals by umlaut alone.
_GERMAN_IN_ER = (
    "kind bild feld geld kleid nest rind gesicht glied geist brett gespenst geschlecht regiment denkmal amt"
    " bad band blatt buch dach dorf fach grab gras gut haus holz huhn kalb kraut lamm loch mann rad rand"
    " schloss tal tuch volk wald wort bundesland entwicklungsland industrieland"
)
_ER_PLURALS = tuple(_GERMAN_IN_ER.split())
_UMLAUT_PLURALS = {
    "mütter": "mutter", "väter": "vater", "brüder": "bruder", "töchter": "tochter", "äpfel": "apfel",
    "vögel": "vogel", "mängel": "mangel", "klöster": "kloster", "gräben": "graben", "schäden": "schaden",
    "häfen": "hafen", "gärten": "garten", "läden": "laden",
}  # fmt: skip
_UMLAUT = re.compile(r"(äu|ä|ö|ü)([^aeiouyäöü]+)en?$")
_PLAIN = str.maketrans("äöü", "aou")


def tokens(text: str, language: str) -> list[str]:
    """Words, numbers and punctuation marks in order, as written; elided articles and possessives cut off."""
    if language == "zh":
        return [word for word in chinese.segments(text) if not word.isspace()]
    found = _TOKEN.findall(text.replace("’", "'"))
    if language == "fr":
        return [part for token in found for part in _split_elision(token)]
    if language == "en":
        return [_without_possessive(token) for token in found]
    return found


def _split_elision(token: str) -> tuple[str, ...]:
    match = _ELISION.match(token)
    return (match.group(), token[match.end() :]) if match and len(token) > match.end() else (token,)


def _without_possessive(token: str) -> str:
    return token if token[0] == "'" or not token[0].isalpha() else _POSSESSIVE.sub("", token)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words that name no subject, lower case; empty for a language without a profile."""
    from pipeline.text.profile import LANGUAGES, profile

    return profile(language).stop_words if language in LANGUAGES else frozenset()


def is_content_word(token: str, language: str) -> bool:
    """Whether a token can name a subject: a word of two letters or more that is no stop word."""
    if not token[0].isalpha() or token.casefold() in stop_words(language):
        return False
    if language == "zh" and not token.isascii():
        return chinese.is_content_word(token)
    return len(token) > 1 and not token.endswith("'")


def runs(text: str, language: str) -> list[list[str]]:
    """Maximal runs of neighbouring content words, as written; a stop word, a number or a mark ends a run."""
    found: list[list[str]] = [[]]
    for token in tokens(text, language):
        if is_content_word(token, language):
            found[-1].append(token)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


@cache
def stem(word: str, language: str) -> str:
    """A word without its commonest inflection, case-folded: what its forms share. Rough on purpose."""
    word = word.casefold()
    if irregular := _IRREGULAR.get(language, {}).get(word):
        return irregular
    if language == "de" and (plural := _umlaut_plural(word)):
        return plural
    shortest = _SHORTEST_STEM.get(language, 4)
    for ending, replacement in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) + len(replacement) >= shortest:
            return word[: len(word) - len(ending)] + replacement
    return word


def _umlaut_plural(word: str) -> str:
    """The singular's stem of a German plural in -er or by umlaut, dative or not; empty for another word."""
    bare = word.removesuffix("n") if word.endswith("ern") else word
    if bare.endswith("er"):
        for plain in (bare[:-2], _last_umlaut_plain(bare[:-2])):
            if plain == "land" or plain.endswith(_ER_PLURALS):
                return plain
    for plural, singular in _UMLAUT_PLURALS.items():
        if word.endswith((plural, f"{plural}n")):
            return stem(word[: word.rindex(plural)] + singular, "de")
    if match := _UMLAUT.search(word):
        return word[: match.start()] + match[1].translate(_PLAIN) + match[2]
    return ""


def _last_umlaut_plain(word: str) -> str:
    """``word`` with its last umlaut undone: häus becomes haus."""
    at = max(word.rfind(umlaut) for umlaut in "äöü")
    return word[:at] + word[at:].translate(_PLAIN) if at >= 0 else word
