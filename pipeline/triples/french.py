"""Reversing French statements: ne ... pas around the finite verb, or taken away from it."""

from __future__ import annotations

from pipeline.triples.lexicon import Lexicon, required
from pipeline.triples.reversal import (
    DIRECTION,
    MODAL,
    PLAIN,
    VERB,
    WRAPPER,
    Reversal,
    Token,
    match_case,
    matches,
    splice,
    tokenize,
)

VOWELS = tuple("aeiouyhâàéèêëîïôùûœæ")
TIERS = (("modals", MODAL), ("auxiliaries", PLAIN), ("be", PLAIN), ("have", VERB), ("verbs", VERB))
ARTICLES = frozenset({"le", "la", "les", "l'", "leur"})
INFINITIVES = ("er", "ir", "re")
ELIDED = ("c'", "j'", "n'", "l'", "m'", "t'", "s'", "d'", "qu'", "lorsqu'", "puisqu'", "jusqu'", "quoiqu'")


def reverse(text: str) -> Reversal | None:
    """Deny the main clause of ``text``; ``None`` where no transformation applies cleanly."""
    words = required("fr")
    for prefix in ("Il est faux de dire que ", "Il est faux de dire qu'"):
        if text.startswith(prefix):
            return Reversal(
                match_case(text[len(prefix) :], "A"), "without “il est faux de dire que”", WRAPPER
            )
    tokens = _elisions(tokenize(text))
    open_ = _main_clause(tokens, words)
    found = _negative_subject(text, tokens, words) or _swap(text, tokens, open_, words)
    if found:
        return found
    for tier, confidence in TIERS:
        for position, token in enumerate(tokens):
            if open_[position] and _is_finite(tokens, position, words, tier):
                made = _with_negation(text, tokens, position, words) or _without(
                    text, tokens, position, words
                )
                if made:
                    return Reversal(made, f"{token.text}: negation moved", confidence)
                if made is not None:
                    return None  # a restriction or a second negation: leave it to the wrapper
    return None


def _elisions(tokens: list[Token]) -> list[Token]:
    """Cut "n'est" into "n'" and "est", so that clitics stand alone."""
    found: list[Token] = []
    for token in tokens:
        start = token.start
        rest = token
        while True:
            prefix = next((p for p in ELIDED if rest.low.startswith(p) and len(rest.text) > len(p)), None)
            if prefix is None:
                break
            cut = start + len(prefix)
            found.append(Token(rest.text[: len(prefix)], start, cut))
            rest, start = Token(rest.text[len(prefix) :], cut, token.end), cut
        found.append(rest)
    return found


def _main_clause(tokens: list[Token], words: Lexicon) -> list[bool]:
    """Which tokens may carry the operator: not those in subordinate or relative clauses."""
    finite = frozenset().union(*(words.words[tier] for tier, _ in TIERS))
    open_: list[bool] = []
    closed = ""
    for position, token in enumerate(tokens):
        if token.is_break:
            opens = closed == "relative" and tokens[position - 1].low in {"qui", "dont", "où"}
            after = {"inserted": "relative", "relative": "inserted" if opens else ""}
            closed = after.get(closed, "") if token.text == "," else ""
        elif closed == "inserted":
            pass
        elif token.low in words.words["subordinators"]:
            closed = "clause"
        elif token.low in words.words["relatives"] or (
            token.low in {"que", "qu'"} and position and tokens[position - 1].low in {"ce", "fait"}
        ):
            closed = "relative"
        open_.append(not closed)
        if closed == "relative" and token.low in finite:
            closed = ""
    return open_


def _is_finite(tokens: list[Token], position: int, words: Lexicon, tier: str) -> bool:
    """Whether the token is a finite verb of the tier, or follows a subject pronoun like one."""
    token = tokens[position]
    before = tokens[position - 1].low if position else ""
    if not token.is_word or position == 0 or token.text[0].isupper():
        return False
    if before in ARTICLES and (position == 1 or tokens[position - 2].is_break):
        return False  # no pronoun begins a clause without its subject, so it is an article
    if token.low in words.words[tier]:
        if tier == "be" and token.low == "est" and before in {"l'", "le"}:
            return False  # the east
        if tier in {"verbs", "be"} and before in words.words["before_noun"] - words.words["clitics"]:
            return False
        return before not in {"d'", "de", "à", "pour", "un", "une", "des"}
    if tier != "verbs":
        return False
    return (before == "nous" and token.low.endswith("ons")) or (before == "vous" and token.low.endswith("ez"))


def _cluster(tokens: list[Token], position: int, words: Lexicon) -> int:
    """Index of the first token of the verb with its clitics; a subject pronoun stays outside."""
    first = position
    while first > 0 and tokens[first - 1].low in words.words["clitics"]:
        candidate = tokens[first - 1].low
        before = tokens[first - 2].low if first > 1 else ""
        if candidate in {"nous", "vous"} and before not in {
            "ne",
            "n'",
            "nous",
            "vous",
            "il",
            "elle",
            "on",
            "ils",
            "elles",
            "qui",
        }:
            break
        first -= 1
    return first


def _with_negation(text: str, tokens: list[Token], position: int, words: Lexicon) -> str | None:
    """``ne`` before verb and clitics, ``pas`` after; ``None`` if negated already, "" if it cannot be."""
    first = _cluster(tokens, position, words)
    before = tokens[first - 1] if first else None
    if before and before.low in {"ne", "n'"}:
        return None
    following = tokens[position + 1] if position + 1 < len(tokens) else None
    if following is None or following.low in {"pas", "jamais", "aucun", "aucune", "rien"}:
        return ""
    verb, start = tokens[position], tokens[first].start
    opening = text[start : tokens[first].end].casefold()
    ne = "n'" if opening.startswith(VOWELS) and not opening.startswith(("y ", "huit")) else "ne "
    edits = [(start, start, ne), (verb.end, verb.end, " pas")]
    if before and before.low in {"c'", "j'"} and before.end == start:
        full = match_case("ce" if before.low == "c'" else "je", before.text)
        edits = [(before.start, start, f"{full} {ne}"), (verb.end, verb.end, " pas")]
    elif before and before.low in {"qu'", "d'", "lorsqu'", "puisqu'"}:
        return ""
    there_is = position > 1 and matches(tokens, position - 2, ("il", "y"))
    if there_is and following.low in {"un", "une", "des", "du"} and position + 2 < len(tokens):
        vowel = tokens[position + 2].low.startswith(VOWELS)
        edits.append((following.start, tokens[position + 2].start, "d'" if vowel else "de "))
    return splice(text, edits)


def _without(text: str, tokens: list[Token], position: int, words: Lexicon) -> str:
    """The sentence without ``ne`` and its adverb; "" where the adverb is no plain negation."""
    first = _cluster(tokens, position, words)
    ne = tokens[first - 1]
    after = next(
        (
            token
            for token in tokens[position + 1 : position + 4]
            if token.is_break or token.low in words.words["negations"] | {"que", "qu'"}
        ),
        None,
    )
    if after is None or after.low not in words.words["negation_adverbs"]:
        return ""
    index = tokens.index(after)
    if any(token.low == "mais" for token in tokens[index:]):
        return ""
    if index + 1 < len(tokens) and tokens[index + 1].low in {"seulement", "uniquement", "que", "ni", "non"}:
        return ""
    keep = " encore" if after.low == "plus" else ""
    edits = [(ne.start, tokens[first].start, ""), (tokens[index - 1].end, after.end, keep)]
    pronoun = tokens[first - 2] if first > 1 else None
    starts_with_vowel = tokens[first].low.startswith(VOWELS)
    if pronoun and pronoun.low in {"ce", "je"} and starts_with_vowel:
        edits[0] = (pronoun.start, tokens[first].start, pronoun.text[:1] + "'")
    return splice(text, edits)


def _negative_subject(text: str, tokens: list[Token], words: Lexicon) -> Reversal | None:
    """ "Personne ne doit" -> "Tout le monde doit"; "Aucun enfant ne doit" -> "Tout enfant doit"."""
    for left, right in words.pairs["subjects_negative"]:
        if matches(tokens, 0, left):
            end = tokens[len(left) - 1].end
            return Reversal(match_case(right, text) + text[end:], f"{' '.join(left)} -> {right}", PLAIN)
    if (
        len(tokens) > 4
        and tokens[0].low in {"aucun", "aucune", "nul", "nulle"}
        and tokens[2].low in {"ne", "n'"}
    ):
        new = match_case("toute" if tokens[0].low.endswith("e") else "tout", text)
        kept = text[tokens[0].end : tokens[2].start] + text[tokens[3].start :]
        return Reversal(new + kept, f"{tokens[0].text} -> {new}", PLAIN)
    return None


def _swap(text: str, tokens: list[Token], open_: list[bool], words: Lexicon) -> Reversal | None:
    """Verbs of direction, and voting or standing for and against."""
    phrases = words.swaps("infinitive_directions")
    verbs = words.swaps("directions")
    for position, token in enumerate(tokens):
        before = tokens[position - 1].low if position else ""
        if not open_[position] or position == 0 or before in {"ne", "n'"} or token.text[0].isupper():
            continue
        phrase = f"{token.low} {tokens[position + 1].low}" if position + 1 < len(tokens) else ""
        if phrase in phrases and not _is_infinitive(tokens, position + 2, words):
            end = tokens[position + 1].end
            return Reversal(
                splice(text, [(token.start, end, phrases[phrase])]), f"-> {phrases[phrase]}", DIRECTION
            )
        if (
            token.low not in verbs
            or before in words.words["before_noun"]
            or before in words.words["negations"]
        ):
            continue
        if position + 1 < len(tokens) and tokens[position + 1].low in words.words["before_noun"] - {
            "de",
            "d'",
            "à",
        }:
            new = verbs[token.low]
            return Reversal(
                splice(text, [(token.start, token.end, new)]), f"{token.text} -> {new}", DIRECTION
            )
    return None


def _is_infinitive(tokens: list[Token], position: int, words: Lexicon) -> bool:
    """Whether a verb with its clitics stands there: one votes for doing something, never against doing it."""
    while position < len(tokens) and tokens[position].low in words.words["clitics"] - ARTICLES:
        position += 1
    if position >= len(tokens) or tokens[position].low in words.words["before_noun"]:
        return False
    return tokens[position].text.endswith(INFINITIVES) and tokens[position].text.islower()
