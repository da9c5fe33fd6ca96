"""Reversing English statements: modals, auxiliaries, verbs of direction, be, do-support."""

from __future__ import annotations

from functools import cache

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


def reverse(text: str) -> Reversal | None:
    """Deny the main clause of ``text``; ``None`` where no transformation applies cleanly."""
    words = required("en")
    tokens = tokenize(text)
    prefix = words.texts["wrapper"].split("{")[0]
    if text.startswith(prefix):
        return Reversal(match_case(text[len(prefix) :], "A"), f"without “{prefix.strip()}”", WRAPPER)
    open_ = _main_clause(tokens, words)
    return (
        _negative_subject(text, tokens, words)
        or _let_us(text, tokens)
        or _pairs(text, tokens, open_, words, "modals", MODAL)
        or _pairs(text, tokens, open_, words, "auxiliaries", PLAIN)
        or _directions(text, tokens, open_)
        or _pairs(text, tokens, open_, words, "be", PLAIN)
        or _pairs(text, tokens, open_, words, "have", PLAIN)
        or _do_support(text, tokens, open_, words)
        or _imperative(text, tokens, words)
    )


@cache
def _first_words(tiers: tuple[str, ...]) -> frozenset[str]:
    words = required("en")
    return frozenset(left[0] for tier in tiers for left, _ in words.pairs[tier])


def _main_clause(tokens: list[Token], words: Lexicon) -> list[bool]:
    """Which tokens may carry the operator: not those in subordinate or relative clauses."""
    operators = _first_words(("modals", "auxiliaries", "be", "have", "do"))
    open_: list[bool] = []
    closed = ""
    for position, token in enumerate(tokens):
        before = tokens[position - 1].low if position else ""
        if token.is_break:
            closed = ""
        elif token.low in words.words["subordinators"]:
            closed = "clause"
        elif token.low in words.words["relatives"] or (
            token.low == "that" and position and before not in words.words["reporting"] and before != ","
        ):
            closed = "relative"
        open_.append(not closed)
        if closed == "relative" and token.low in operators and before != "to":
            closed = ""
    return open_


def _pairs(
    text: str, tokens: list[Token], open_: list[bool], words: Lexicon, tier: str, confidence: float
) -> Reversal | None:
    firsts = _first_words((tier,))
    for position, token in enumerate(tokens):
        if not open_[position] or position == 0 or token.low not in firsts or token.text[0].isupper():
            continue
        parted = _behind_adverbs(tokens, position + 1, words)
        if parted > position + 1 and matches(tokens, parted, ("not",)):  # "should also not"
            if parted + 1 == len(tokens) or tokens[parted + 1].low in words.words["only"]:
                continue
            edit = (tokens[parted - 1].end, tokens[parted].end, "")
            return Reversal(splice(text, [edit]), f"{token.text}: without not", confidence)
        for left, right in words.pairs[tier]:
            if not matches(tokens, position, left):
                continue
            if _is_blocked(tokens, position, len(left), words, tier):
                break
            last = tokens[position + len(left) - 1]
            old = text[token.start : last.end]
            edits = [(token.start, last.end, right)]
            if right == f"{' '.join(left)} not":  # "should also not", rather than "should not also"
                edits = [(seam := tokens[_behind_adverbs(tokens, position + 1, words) - 1].end, seam, " not")]
            elif any(item.low == "but" for item in tokens[position:]) and "not" in left:
                break  # "not this but that" has no denial by taking out one word
            return Reversal(splice(text, edits), f"{old} -> {right}", confidence)
    return None


def _is_blocked(tokens: list[Token], position: int, length: int, words: Lexicon, tier: str) -> bool:
    """Whether the match is a noun, an inverted question, or has a negation or focus word in its scope."""
    before, word = tokens[position - 1], tokens[position].low
    if before.low in words.words["before_noun"] and word in {"will", "need", "must", "can", "may", "might"}:
        return True
    carriers = _first_words(("modals", "auxiliaries"))
    if word in {"need", "have"} and (before.low in carriers or before.low == "to"):
        return True
    if before.low in {"not", "never"} or (
        tier == "have" and not _is_perfect(tokens, position + length, words)
    ):
        return True
    follower = _behind_adverbs(tokens, position + length, words)
    if follower >= len(tokens):
        return True
    after = tokens[follower].low
    if after in {"not", "never"} and after in words.words["negations"]:
        return True  # an adverb stands between operator and negation; taking one out would leave the other
    if (
        length == 1
        and tokens[position].low in {"will", "would", "can", "could"}
        and after in words.words["subjects"]
    ):
        return True
    return after in words.words["only"]


def _behind_adverbs(tokens: list[Token], follower: int, words: Lexicon) -> int:
    while follower < len(tokens) and tokens[follower].low in words.words["adverbs"] - {
        "always",
        "all",
        "both",
    }:
        follower += 1
    return follower


def _is_perfect(tokens: list[Token], follower: int, words: Lexicon) -> bool:
    if follower >= len(tokens):
        return False
    low = tokens[follower].low
    return low in words.words["participles"] or low.endswith("ed")


def _negative_subject(text: str, tokens: list[Token], words: Lexicon) -> Reversal | None:
    """ "No one should" -> "Everyone should"; "No child may" -> "Every child may"."""
    for left, right in words.pairs["subjects_negative"]:
        if matches(tokens, 0, left):
            edit = (0, tokens[len(left) - 1].end, match_case(right, text))
            return Reversal(splice(text, [edit]), f"{' '.join(left)} -> {right}", PLAIN)
    carriers = _first_words(("modals", "auxiliaries"))
    if len(tokens) > 2 and tokens[0].low == "no" and tokens[2].low in carriers and tokens[1].is_word:
        noun = tokens[1].low
        new = "all" if noun.endswith("s") and not noun.endswith("ss") else "every"
        return Reversal(splice(text, [(0, tokens[0].end, match_case(new, text))]), f"no -> {new}", PLAIN)
    return None


@cache
def _inflections() -> dict[str, tuple[str, str]]:
    """Every finite form of the listed verbs: form -> (base, auxiliary of its denial)."""
    words = required("en")
    forms: dict[str, tuple[str, str]] = {}
    for base in words.ordered["verbs"]:
        forms.setdefault(past_of(base), (base, "did not"))
        forms[third_person(base)] = (base, "does not")
    for base in words.ordered["verbs"]:
        forms[base] = (base, "do not")
    return forms


def third_person(base: str) -> str:
    """Present of he, she, it."""
    if base == "have":
        return "has"
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return base + "es"
    if base.endswith("y") and base[-2:-1] not in tuple("aeiou"):
        return base[:-1] + "ies"
    return base + "s"


def past_of(base: str) -> str:
    """Simple past, by the list of irregular verbs or by rule."""
    irregular = required("en").maps["irregular"]
    if base in irregular:
        return irregular[base]
    if base in required("en").words["doubling"]:
        return base + base[-1] + "ed"
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2:-1] not in tuple("aeiou"):
        return base[:-1] + "ied"
    return base + "ed"


@cache
def opposites() -> dict[str, str]:
    """Forms of verbs of direction with the same form of their opposite."""
    table: dict[str, str] = {}
    for one, other in required("en").swaps("directions").items():
        for inflect in (str, third_person, past_of):
            table[inflect(one)] = inflect(other)
    return table


def _is_finite(tokens: list[Token], position: int, words: Lexicon) -> bool:
    """Whether a verb form at ``position`` looks like the predicate of the clause."""
    form = tokens[position].low
    base, auxiliary = _inflections().get(form, (form, "do not"))
    index = position - 1
    while index >= 0 and tokens[index].low in words.words["adverbs"] | {"strongly", "firmly", "fully"}:
        index -= 1
    if index < 0 or not tokens[index].is_word or tokens[position].text[0].isupper():
        return False
    before = tokens[index].low
    after = tokens[position + 1].low if position + 1 < len(tokens) else ""
    if before in words.words["subjects"]:
        return (auxiliary != "do not") or before in words.words["plural_subjects"]
    if before in words.words["before_noun"] or before in words.words["negations"]:
        return False
    if auxiliary == "did not":
        return base in required("en").maps["irregular"] and after != "by"
    if base in words.words["ambiguous"]:
        return after in words.words["before_noun"] - {
            "of",
            "for",
            "and",
            "or",
            "in",
            "on",
            "by",
            "from",
            "with",
        }
    return auxiliary == "does not" or before.endswith("s")


def _directions(text: str, tokens: list[Token], open_: list[bool]) -> Reversal | None:
    words = required("en")
    for position, token in enumerate(tokens):
        new = opposites().get(token.low)
        if new is None or not open_[position] or not _is_finite(tokens, position, words):
            continue
        if position and tokens[position - 1].low in {"not", "never"}:
            continue
        return Reversal(splice(text, [(token.start, token.end, new)]), f"{token.text} -> {new}", DIRECTION)
    return None


def _do_support(text: str, tokens: list[Token], open_: list[bool], words: Lexicon) -> Reversal | None:
    for position, token in enumerate(tokens):
        if not open_[position] or position == 0:
            continue
        for left, right in words.pairs["do"]:
            if matches(tokens, position, left) and position + len(left) < len(tokens):
                verb = tokens[position + len(left)]
                if verb.low in words.words["only"] or verb.is_break:
                    break
                third = left[0] in {"does", "doesn't"}
                new = f"{right} {verb.text}".strip() if right or not third else third_person(verb.text)
                edit = (token.start, verb.end, new)
                return Reversal(splice(text, [edit]), f"{' '.join(left)} {verb.text} -> {new}", VERB)
        if token.low == "never" and tokens[position - 1].low in words.words["subjects"]:
            return Reversal(splice(text, [(token.start, token.end + 1, "")]), "without never", VERB)
        if token.low in _inflections() and _is_finite(tokens, position, words):
            base, auxiliary = _inflections()[token.low]
            new = f"{auxiliary} {base}"
            return Reversal(splice(text, [(token.start, token.end, new)]), f"{token.text} -> {new}", VERB)
    return None


def _let_us(text: str, tokens: list[Token]) -> Reversal | None:
    if not matches(tokens, 0, ("let", "us")):
        return None
    if matches(tokens, 2, ("not",)):
        return Reversal(splice(text, [(tokens[2].start, tokens[2].end + 1, "")]), "without not", VERB)
    return Reversal(splice(text, [(tokens[1].end, tokens[1].end, " not")]), "let us -> let us not", VERB)


def _imperative(text: str, tokens: list[Token], words: Lexicon) -> Reversal | None:
    if matches(tokens, 0, ("do", "not")) and len(tokens) > 2:
        return Reversal(match_case(text[tokens[2].start :], text), "without do not", VERB)
    if tokens and _inflections().get(tokens[0].low, ("", ""))[1] == "do not" and len(tokens) > 2:
        new = f"Do not {tokens[0].low}"
        return Reversal(splice(text, [(0, tokens[0].end, new)]), f"{tokens[0].text} -> {new}", VERB)
    return None
