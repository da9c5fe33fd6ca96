"""Tags without a model: the words that set a document apart, folded by form, meaning and compounds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import log

from pipeline.embedding.words import WORDS_VERSION, runs, stem
from pipeline.records import DocumentRecord
from pipeline.tagging.nouns import NounLikeness
from pipeline.text.profile import LANGUAGES, profile, profiles_digest

REVISION = "3"
TAGS = 3
CHARACTERS = 3_000
_TITLE_FACTOR = 3  # a word of the title counts this often
_RARE = 1  # documents of a tag that is folded into a related one
_SHORTEST_HEAD = 6  # letters of the last part of a German compound that is a subject of its own
_SHORTEST_MODIFIER = 4  # and of what stands before it; less is a prefix ("Unrecht", "Ausbildung")
# Endings of a derived word and of the word it is derived from, where both are surely of one subject.
_DERIVATIONS = {
    "en": (("ional", "ion"), ("logist", "logy"), ("logical", "logy"), ("grapher", "graphy")),
    "fr": (("ional", "ion"), ("logique", "logie"), ("logue", "logie"), ("graphe", "graphie")),
}


class TaggerRules:
    """Weighs a document's nouns by TF-IDF among the documents given. For documents of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    @property
    def version(self) -> str:
        """``tag-rules-<revision>.<words>+<digest of the language files>``."""
        return f"tag-rules-{REVISION}.{WORDS_VERSION}+{profiles_digest()}"

    def propose(self, documents: Sequence[DocumentRecord]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Document key and up to three nouns, best first: those that stand often in the document and in few
        others, and of two or more uses where there are such. No tag for a document without any."""
        texts = [f"{document.title}\n{document.text[:CHARACTERS]}" for document in documents]
        is_noun = NounLikeness(texts, self.language)
        counts = [self._counted(document, is_noun) for document in documents]
        spread = Counter(word for found in counts for word in found)
        for document, found in zip(documents, counts, strict=True):
            repeated = {word: n for word, n in found.items() if n > 1} or found
            weights = {word: n * (1 + log(len(documents) / spread[word])) for word, n in repeated.items()}
            yield document.key, tuple(sorted(weights, key=lambda word: (-weights[word], word))[:TAGS])

    def _counted(self, document: DocumentRecord, is_noun: NounLikeness) -> dict[str, int]:
        """Nouns of a document by stem, each named by its commonest form."""
        forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text, factor in ((document.title, _TITLE_FACTOR), (document.text[:CHARACTERS], 1)):
            for run in runs(text, self.language):
                for word in run:
                    if is_noun(word):
                        forms[stem(word, self.language)][word] += factor
        named = {min(found, key=lambda form: (-found[form], form)): found.total() for found in forms.values()}
        return named

    def consolidate(self, tag_counts: Mapping[str, int]) -> dict[str, str]:
        """Tags that share a stem or are synonyms become the commonest of them; a rare tag becomes the
        commonest tag it is a kind of (by the head of a compound) or derived from, if that one is not rare."""
        order = sorted(tag_counts, key=lambda tag: (-tag_counts[tag], tag))
        heads: dict[str, str] = {}
        for tag in order:
            heads.setdefault(self._meaning(tag), tag)
        mapping = {tag: heads[self._meaning(tag)] for tag in order}
        members: defaultdict[str, list[str]] = defaultdict(list)
        for tag, head in mapping.items():
            members[head].append(tag)
        totals = {head: sum(tag_counts[tag] for tag in tags) for head, tags in members.items()}
        common = sorted((tag for tag in totals if totals[tag] > _RARE), key=lambda tag: (-totals[tag], tag))
        bases: dict[str, tuple[int, str]] = {}
        for rank, head in enumerate(common):
            for tag in members[head]:
                bases.setdefault(self._form(tag), (rank, head))
        for rare in totals:
            if totals[rare] <= _RARE and not self._meaning(rare).startswith("="):
                found = [bases[base] for base in self._bases(rare) if base in bases]
                mapping.update(dict.fromkeys(members[rare], min(found)[1] if found else rare))
        return {old: new for old, new in mapping.items() if old != new}

    def _meaning(self, tag: str) -> str:
        """What tags that mean the same have in common."""
        root = stem(tag, self.language)
        if self.language not in LANGUAGES:
            return root
        return _synonyms(self.language).get(stem(profile(self.language).fold(tag), self.language), root)

    def _form(self, tag: str) -> str:
        """A tag as compounds and derivations hold it."""
        return tag if self.language == "zh" else stem(tag, self.language)

    def _bases(self, rare: str) -> Iterator[str]:
        """Forms of tags a rare one may be folded into: the ends of a Chinese or German compound, where its
        head stands, and in English and French the word it is derived from by one of a few endings."""
        form = self._form(rare)
        if self.language == "zh":
            yield from (form[at:] for at in range(1, len(form) - 1))
        elif self.language == "de":
            yield from (form[at:] for at in range(_SHORTEST_MODIFIER, len(form) - _SHORTEST_HEAD + 1))
        for ending, base in _DERIVATIONS.get(self.language, ()):
            derived = stem(ending, self.language)
            if form.endswith(derived):
                yield stem(form.removesuffix(derived) + base, self.language)


@cache
def _synonyms(language: str) -> dict[str, str]:
    """Stem of a word to the stem of the first word of its group."""
    return {
        stem(word, language): f"={stem(group[0], language)}"
        for group in profile(language).synonyms
        for word in group
    }
