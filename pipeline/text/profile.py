"""Language profiles: everything the rules know about one language, read from its folder of data files."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.text.lexicon import Lexicon, fold
from pipeline.text.script import to_simplified, traditional_spellings

PROFILES = Path(__file__).parent / "profiles"
LANGUAGES: tuple[str, ...] = tuple(sorted(path.parent.name for path in PROFILES.glob("*/profile.toml")))


class UnknownLanguageError(ValueError):
    """There is no folder of data files for this language."""

    def __init__(self, language: str) -> None:
        super().__init__(
            f"no language profile for {language!r}; known: {', '.join(LANGUAGES)}."
            f" Another language is another folder in {PROFILES.name}/."
        )


@dataclass(frozen=True)
class LanguageProfile:
    """What is known of one language; lexicons match text prepared by :meth:`fold`."""

    language: str
    name: str
    values: Lexicon
    markers: Lexicon
    stance: Lexicon
    executive: Lexicon
    not_executive: Lexicon
    shared_titles: Lexicon
    bodies: Lexicon
    voices: Lexicon
    declaration: Lexicon
    quotes: tuple[tuple[str, str], ...]
    cues: tuple[str, ...]
    sources: tuple[str, ...]
    content_words: tuple[str, ...]
    bare_clauses: tuple[str, ...]
    hearsay: tuple[str, ...]
    reported_mood: tuple[str, ...]
    acts: tuple[str, ...]
    pronouns: tuple[str, ...]
    articles: tuple[str, ...]
    oblique_articles: tuple[str, ...]
    prepositions: tuple[str, ...]
    postpositions: tuple[str, ...]
    name_links: tuple[str, ...]
    times: tuple[str, ...]
    titles: tuple[str, ...]
    stop_words: frozenset[str]
    synonyms: tuple[tuple[str, ...], ...]
    places: tuple[str, ...]
    aliases: tuple[tuple[str, ...], ...]
    pointers: frozenset[str]
    sentence_ends: tuple[str, ...]
    question_marks: tuple[str, ...]
    trained_models: tuple[str, ...]
    words_have_spaces: bool
    ordinal_dot: bool
    statement_length: tuple[int, int]
    digest: str

    @property
    def negations(self) -> tuple[str, ...]:
        """Negation words."""
        return self.markers.groups["negation"]

    def fold(self, text: str) -> str:
        """``text`` as the lexicons expect it: lower case, plain apostrophes, simplified characters."""
        folded = fold(text)
        return to_simplified(folded) if self.language == "zh" else folded


@cache
def profile(language: str) -> LanguageProfile:
    """The profile of an ISO 639-1 ``language``.

    Raises :class:`UnknownLanguageError` for a language without a folder, ValueError for a broken file.
    """
    if language not in LANGUAGES:
        raise UnknownLanguageError(language)
    folder = PROFILES / language
    base, values, markers, speech, stance, names = (
        _toml(folder / f"{name}.toml")
        for name in ("profile", "values", "markers", "speech", "stance", "names")
    )
    spaced = bool(base["words_have_spaces"])
    words = (folder / "stopwords.txt").read_text(encoding="utf-8").split()
    if language == "zh":
        words = [spelling for word in words for spelling in (word, *traditional_spellings(word))]

    def listed(name: str) -> Lexicon:
        return Lexicon({name: speech[name]}, words_have_spaces=spaced)

    low, high = base["statement_length"]
    return LanguageProfile(
        language=language,
        name=base["name"],
        values=Lexicon(values, words_have_spaces=spaced),
        markers=Lexicon(markers, words_have_spaces=spaced),
        stance=Lexicon(stance, words_have_spaces=spaced),
        executive=listed("executive"),
        not_executive=listed("not_executive"),
        shared_titles=listed("shared_titles"),
        bodies=listed("bodies"),
        voices=listed("voices"),
        declaration=listed("declaration"),
        quotes=tuple((opening, closing) for opening, closing in speech["quotes"]),
        cues=tuple(speech["cues"]),
        sources=tuple(speech["sources"]),
        content_words=tuple(speech["content_words"]),
        bare_clauses=tuple(speech["bare_clauses"]),
        hearsay=tuple(speech["hearsay"]),
        reported_mood=tuple(speech["reported_mood"]),
        acts=tuple(speech["acts"]),
        pronouns=tuple(speech["pronouns"]),
        articles=tuple(speech["articles"]),
        oblique_articles=tuple(speech["oblique_articles"]),
        prepositions=tuple(speech["prepositions"]),
        postpositions=tuple(speech["postpositions"]),
        name_links=tuple(speech["name_links"]),
        times=tuple(speech["times"]),
        titles=tuple(speech["titles"]),
        stop_words=frozenset(words),
        synonyms=tuple(tuple(group) for group in _toml(folder / "synonyms.toml")["groups"]),
        places=tuple(names["places"]),
        aliases=tuple(tuple(group) for group in names["aliases"]),
        pointers=frozenset(names["pointers"]),
        sentence_ends=tuple(base["sentence_ends"]),
        question_marks=tuple(base["question_marks"]),
        trained_models=tuple(base["trained_models"]),
        words_have_spaces=spaced,
        ordinal_dot=bool(base["ordinal_dot"]),
        statement_length=(low, high),
        digest=_digest(folder),
    )


def profiles_digest() -> str:
    """Eight hex digits that change with any data file of any language, for the version of a stage."""
    joined = "".join(profile(language).digest for language in LANGUAGES)
    return hashlib.sha256(joined.encode()).hexdigest()[:8]


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error


def _digest(folder: Path) -> str:
    state = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return state.hexdigest()
