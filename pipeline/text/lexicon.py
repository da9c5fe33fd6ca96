"""Finds the words of a lexicon in a text in one pass: entries become one compiled regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_APOSTROPHES = {0x2019: "'", 0x02BC: "'"}
_LEAF = ""


class Hit(NamedTuple):
    """One match: half-open code point range, the word as written (stems widened to it), and its groups."""

    start: int
    end: int
    word: str
    groups: tuple[str, ...]


def fold(text: str) -> str:
    """Lower case with plain apostrophes, code point for code point, so that offsets keep their meaning."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters (İ) grow when lowered; they stay as they are
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_APOSTROPHES) if "’" in lowered or "ʼ" in lowered else lowered


def _trie_pattern(words: Sequence[tuple[str, str]]) -> str:
    """A regular expression that tries (literal, tail) pairs with shared beginnings, longest first.

    A plain alternation tries every word at every position; a trie gives up after the first letters.
    """
    trie: dict[str, Any] = {}
    for literal, tail in words:
        node = trie
        for char in literal:
            node = node.setdefault(char, {})
        # A stem accepts all its exact word would, so it wins when both are written.
        node[_LEAF] = tail if node.get(_LEAF, tail) == tail else ""
    return _node_pattern(trie)


def _node_pattern(node: Mapping[str, Any]) -> str:
    branches = [
        (r"\s+" if char == " " else re.escape(char)) + _node_pattern(child)
        for char, child in sorted(node.items())
        if char != _LEAF
    ]
    if _LEAF in node:
        branches.append(node[_LEAF])
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


class Lexicon:
    """Words in named groups.

    ``word`` matches that word, ``stem*`` any ending, ``*part`` any beginning; a space any white space.
    An entry with a capital letter matches capitalised words only (German *Würde*, not *würde*). Where
    ``words_have_spaces`` is false (Chinese) every entry matches anywhere.
    """

    def __init__(self, groups: Mapping[str, Sequence[str]], *, words_have_spaces: bool) -> None:
        self.groups = {name: tuple(entries) for name, entries in groups.items()}
        self._capital: set[str] = set()
        self._owners: dict[str, list[str]] = {}
        plain: list[str] = []
        bound: list[tuple[str, str]] = []
        free: list[tuple[str, str]] = []
        for name, entries in self.groups.items():
            for entry in entries:
                bare = entry.strip("*")
                literal = fold(bare)
                if not literal:
                    raise ValueError(f"empty entry {entry!r} in group {name!r}")
                owners = self._owners.setdefault(literal, [])
                if name not in owners:
                    owners.append(name)
                if bare == literal:
                    plain.append(literal)
                else:
                    self._capital.add(literal)
                tail = (
                    ""
                    if entry.endswith("*") or not words_have_spaces or not literal[-1].isalnum()
                    else r"(?!\w)"
                )
                open_start = entry.startswith("*") or not words_have_spaces or not literal[0].isalnum()
                (free if open_start else bound).append((literal, tail))
        self._capital.difference_update(plain)
        widen = r"\w*" if words_have_spaces else ""
        parts = []
        if bound:
            parts.append(r"(?<!\w)" + _guard(bound) + _trie_pattern(bound))
        if free:
            parts.append(_guard(free) + _trie_pattern(free))
        self._pattern = re.compile(f"({'|'.join(parts)}){widen}" if parts else r"(?!)")

    def find(self, folded: str, original: str) -> Iterator[Hit]:
        """Hits in reading order, never overlapping. ``folded`` is ``profile.fold(original)``."""
        for match in self._pattern.finditer(folded):
            literal = match.group(1)
            owners = self._owners.get(literal)
            if owners is None:  # white space other than one blank stood inside the entry
                literal = " ".join(literal.split())
                owners = self._owners[literal]
            start, end = match.span()
            if literal in self._capital and not original[start].isupper() and literal[0].isalpha():
                inner = original[match.start(1) : match.end(1)]
                if inner == inner.lower():
                    continue
            yield Hit(start, end, original[start:end], tuple(owners))

    def groups_in(self, folded: str, original: str) -> dict[str, list[str]]:
        """Distinct words found, by group, in reading order."""
        found: dict[str, list[str]] = {}
        for hit in self.find(folded, original):
            for name in hit.groups:
                words = found.setdefault(name, [])
                if (word := " ".join(hit.word.split()).lower()) not in words:
                    words.append(word)
        return found

    def has(self, folded: str, original: str) -> bool:
        """Whether any entry occurs."""
        return next(self.find(folded, original), None) is not None


def _guard(words: Sequence[tuple[str, str]]) -> str:
    """A look-ahead on the first character, much cheaper than entering the trie at every position."""
    return "(?=[" + "".join(re.escape(char) for char in sorted({word[0] for word, _ in words})) + "])"
