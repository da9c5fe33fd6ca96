"""Which words of a corpus behave like nouns, as far as spelling and neighbours show it without a parser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline.embedding import chinese
from pipeline.embedding.words import is_content_word, tokens

# Words that stand before a noun. Languages without an entry accept every content word.
_BEFORE_NOUNS = {
    "en": "the a an this that these those our your their his her its my no of for in on by with and",
    "fr": "le la les l' un une des du de d' ce cet cette ces notre nos votre vos leur leurs son sa ses au",
}
_NOUN_SHARE = 0.5


class NounLikeness:
    """Learns from texts how each content word is used in a language."""

    def __init__(self, texts: Iterable[str], language: str) -> None:
        self.language = language
        self._seen: Counter[str] = Counter()
        self._as_noun: Counter[str] = Counter()
        if language == "zh":
            return
        before = frozenset(_BEFORE_NOUNS.get(language, "").split())
        for text in texts:
            previous = "."
            for token in tokens(text, language):
                starts = not previous[0].isalnum()
                if is_content_word(token, language) and not (language == "de" and starts):
                    word = token.casefold()
                    self._seen[word] += 1
                    self._as_noun[word] += self._is_noun_here(token, previous.casefold(), before)
                previous = token

    def _is_noun_here(self, token: str, previous: str, before: frozenset[str]) -> bool:
        if self.language == "de":
            return token[0].isupper()
        return previous in before if before else True

    def __call__(self, word: str) -> bool:
        """Whether a word is a noun by class (Chinese), by capital inside a sentence (German) or by standing
        behind an article, a possessive or a preposition in half of its uses (English, French)."""
        if self.language == "zh":
            return chinese.is_noun(word)
        folded = word.casefold()
        return self._as_noun[folded] > 0 and self._as_noun[folded] >= _NOUN_SHARE * self._seen[folded]
