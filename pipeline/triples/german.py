"""Reversing German statements: nicht where it belongs, kein for ein, or taken away."""

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
    splice,
    tokenize,
)

TIERS = (("modals", MODAL), ("auxiliaries", PLAIN), ("be", PLAIN), ("have", VERB), ("verbs", VERB))
INDEFINITE = {
    "ein": "kein",
    "eine": "keine",
    "einen": "keinen",
    "einem": "keinem",
    "einer": "keiner",
    "eines": "keines",
}
POSITIVE = {"niemand": "jeder", "niemanden": "jeden", "niemandem": "jedem"}


def reverse(text: str) -> Reversal | None:
    """Deny the main clause of ``text``; ``None`` where no transformation applies cleanly."""
    words = required("de")
    prefix = words.texts["wrapper"].split("{")[0]
    if text.startswith(prefix):
        return Reversal(text[len(prefix) :], f"without “{prefix.strip()}”", WRAPPER)
    tokens = tokenize(text)
    open_ = _main_clause(tokens, words)
    verb = _finite(tokens, open_, words)
    if verb is None:
        return None
    position, confidence = verb
    end = next((i for i in range(position + 1, len(tokens)) if _ends(tokens, i)), len(tokens))
    negated = [
        i for i in range(len(tokens)) if open_[i] and tokens[i].low in words.words["negations"] and i < end
    ]
    if negated:
        return _without(text, tokens, negated, words, confidence)
    swapped = _swap(text, tokens, position, words)
    return swapped or _with_negation(text, tokens, position, end, words, confidence)


def _main_clause(tokens: list[Token], words: Lexicon) -> list[bool]:
    """Which tokens are in main clauses: subordinate ones run from a comma and a subordinator or relative
    pronoun to the next mark."""
    open_: list[bool] = []
    closed = False
    for position, token in enumerate(tokens):
        if token.is_break:
            closed = False
        after_mark = position == 0 or tokens[position - 1].is_break
        if after_mark and token.low in words.words["subordinators"]:
            closed = True
        elif position and tokens[position - 1].text == "," and token.low in words.words["relatives"]:
            closed = _ends_in_verb(tokens, position)
        open_.append(not closed)
    return open_


def _ends(tokens: list[Token], index: int) -> bool:
    """Whether the clause ends at the token: a mark, or "und" behind an infinitive."""
    token, before = tokens[index], tokens[index - 1]
    return token.is_break or (token.low in {"und", "oder"} and before.is_word and _is_verbal(before))


def _ends_in_verb(tokens: list[Token], start: int) -> bool:
    """A relative clause has its verb last: a lower-case word in front of the next mark."""
    end = next((i for i in range(start, len(tokens)) if tokens[i].is_break), len(tokens))
    return end - start >= 3 and tokens[end - 1].text[0].islower()


def _finite(tokens: list[Token], open_: list[bool], words: Lexicon) -> tuple[int, float] | None:
    """The finite verb of the first main clause and the confidence of its kind."""
    for position in range(1, len(tokens)):
        token, before = tokens[position], tokens[position - 1]
        if (
            not open_[position]
            or token.text[0].isupper()
            or (before.is_break and position > 1 and not _fronted(tokens, position))
        ):
            continue
        for tier, confidence in TIERS:
            if token.low in words.words[tier] and before.low not in words.words["determiners"] - {
                "das",
                "dies",
                "sie",
                "ihr",
                "alle",
                "jeder",
                "viele",
                "diese",
                "dieses",
                "die",
                "der",
                "dieser",
            }:
                if before.low == "zu":
                    break
                return position, confidence
        if (
            before.low in {"wir", "ich"}
            and position == 1
            and token.is_word
            and token.low.endswith(("en", "e", "n"))
        ):
            return position, VERB
    return None


def _fronted(tokens: list[Token], position: int) -> bool:
    """Whether a clause stands before the mark and the verb follows it: "Wenn ..., muss ..."."""
    return tokens[position - 1].text == "," or tokens[position - 1].text in "–—:"


def _swap(text: str, tokens: list[Token], position: int, words: Lexicon) -> Reversal | None:
    token = tokens[position]
    new = words.swaps("directions").get(token.low)
    follower = tokens[position + 1].low if position + 1 < len(tokens) else ""
    if new is None or follower not in words.words["determiners"] | set(INDEFINITE):
        return None
    return Reversal(splice(text, [(token.start, token.end, new)]), f"{token.text} -> {new}", DIRECTION)


def _without(
    text: str, tokens: list[Token], negated: list[int], words: Lexicon, confidence: float
) -> Reversal | None:
    """Take the negation out; "" for restrictions (nicht nur) and for sentences with two negations."""
    index = negated[0]
    token = tokens[index]
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if len(negated) > 1 or token.low in {"weder", "nichts"} or following is None:
        return None
    if following.low in words.words["only"] or any(token.low == "sondern" for token in tokens[index:]):
        return None
    if token.low in POSITIVE:
        new = match_case(POSITIVE[token.low], token.text)
        return Reversal(splice(text, [(token.start, token.end, new)]), f"{token.text} -> {new}", confidence)
    if token.low.startswith("kein"):
        new = _article(tokens, index, words)
        end = token.end if new else following.start
        return Reversal(
            splice(text, [(token.start, end, match_case(new, token.text))]),
            f"{token.text} -> {new}",
            confidence,
        )
    if following.low == "mehr":
        return Reversal(
            splice(text, [(token.start, following.end, "noch")]), "nicht mehr -> noch", confidence
        )
    if index == 0:
        return None
    first = index - 1 if index > 1 and tokens[index - 1].low in {"gar", "überhaupt"} else index
    edit = (tokens[first - 1].end, token.end, "")
    return Reversal(splice(text, [edit]), f"without {token.text}", confidence)


def _article(tokens: list[Token], index: int, words: Lexicon) -> str:
    """The article for a kein-word; none where its noun looks like a plural."""
    form = tokens[index].low.removeprefix("k")
    if form != "eine":
        return form
    noun = next((token.low for token in tokens[index + 1 :] if token.text[0].isupper()), "")
    return "eine" if noun.endswith(tuple(words.words["feminine"])) else ""


def _with_negation(
    text: str, tokens: list[Token], position: int, end: int, words: Lexicon, confidence: float
) -> Reversal | None:
    field_start = _after_subject(tokens, position, end, words)
    tail = _verb_tail(tokens, position, field_start, end, words)
    if any(tokens[i].low in {"nur", "sowohl", "ausschließlich", "entweder"} for i in range(position, end)):
        return None
    last_article = [i for i in range(field_start, tail) if tokens[i].low in INDEFINITE]
    if last_article and not _in_prepositional(tokens, last_article[0], field_start, words):
        token = tokens[last_article[0]]
        new = INDEFINITE[token.low]
        return Reversal(splice(text, [(token.start, token.end, new)]), f"{token.text} -> {new}", confidence)
    place = _place(tokens, position, field_start, tail, words)
    if place >= len(tokens) or tokens[place].is_break:
        at = tokens[place - 1].end
        return Reversal(splice(text, [(at, at, " nicht")]), "nicht", confidence)
    at = tokens[place].start
    return Reversal(splice(text, [(at, at, "nicht ")]), "nicht", confidence)


def _after_subject(tokens: list[Token], position: int, end: int, words: Lexicon) -> int:
    """First token behind the verb, an inverted subject, pronouns and particles."""
    index = position + 1
    inverted = tokens[0].low in words.words["openers"] or tokens[position - 1].is_break
    has_pronoun = False
    light = words.words["pronouns"] | words.words["particles"]
    while index < end and tokens[index].low in light and not _is_article(tokens, index):
        has_pronoun = has_pronoun or tokens[index].low in words.words["subjects"]
        index += 1
    if inverted and not has_pronoun and index < end and tokens[index].low in words.words["determiners"]:
        noun = next((i for i in range(index, end) if tokens[i].text[0].isupper()), index - 1)
        index = noun + 1
        while index < end and tokens[index].low in words.words["particles"]:
            index += 1
    return index


def _is_article(tokens: list[Token], index: int) -> bool:
    """Whether "das" or "ihr" stands before a noun, perhaps with an adjective."""
    following = [token.text for token in tokens[index + 1 : index + 3]]
    return tokens[index].low in {"das", "ihr", "die", "sie", "dies"} and any(
        word[0].isupper() for word in following[:1]
    )


def _verb_tail(tokens: list[Token], position: int, start: int, end: int, words: Lexicon) -> int:
    """Where infinitives, participles or a separable prefix at the end of the clause begin."""
    tail = end
    verb = tokens[position].low
    takes_verb = any(verb in words.words[tier] for tier in ("modals", "auxiliaries", "have", "be"))
    while tail > start and takes_verb and _is_verbal(tokens[tail - 1]):
        tail -= 1
        if end - tail == 3:
            break
    if tail == end and verb in words.words["modals"] | words.words["auxiliaries"]:
        # "müssen die Weichen stellen für ...": the infinitive may stand before a prepositional phrase
        for index in range(end - 2, start, -1):
            if _is_verbal(tokens[index]) and tokens[index + 1].low in words.words["prepositions"]:
                return index
    if tail == end and tail > start and tokens[tail - 1].low in words.words["separable"]:
        tail -= 1
    return tail


def _is_verbal(token: Token) -> bool:
    """Infinitive or participle by its ending; lower case only."""
    low = token.text
    if not low[0].islower():
        return False
    participle = low.endswith(("t", "en")) and (
        "ge" in low[:6] or low.startswith(("be", "ver", "er", "zer", "ent"))
    )
    return participle or low in {"sein", "tun"} or (low.endswith(("en", "ern", "eln")) and len(low) > 4)


def _in_prepositional(tokens: list[Token], index: int, start: int, words: Lexicon) -> bool:
    return index > start and tokens[index - 1].low in words.words["prepositions"]


def _place(tokens: list[Token], position: int, start: int, tail: int, words: Lexicon) -> int:
    """Where nicht goes: before the predicate, before a prepositional phrase that ends the field, before a
    bare noun, else behind definite objects."""
    if tokens[position].low in words.words["be"] and tail >= start:
        return _before_predicate(tokens, start, tail, words)
    index = tail
    if index > start and tokens[index - 1].text[0].isupper():
        noun = index - 1
        heads = words.words["prepositions"] | words.words["determiners"]
        while noun > start and tokens[noun].low not in heads:
            noun -= 1
        if tokens[noun].low in words.words["prepositions"]:
            return _before_adverbs(tokens, noun, start, words)
        if noun > start and tokens[noun - 1].low in words.words["prepositions"]:
            return noun - 1
        if tokens[noun].low not in words.words["determiners"]:
            return start
        return index
    return _before_adverbs(tokens, index, start, words)


def _before_adverbs(tokens: list[Token], index: int, start: int, words: Lexicon) -> int:
    """Back over lower-case words that are neither articles, pronouns nor particles."""
    still = words.words["determiners"] | words.words["pronouns"] | words.words["particles"]
    while index > start and tokens[index - 1].text[0].islower() and tokens[index - 1].is_word:
        low = tokens[index - 1].low
        if low in still or low in INDEFINITE:
            break
        index -= 1
        if low in words.words["prepositions"]:
            break
    return index


def _before_predicate(tokens: list[Token], start: int, tail: int, words: Lexicon) -> int:
    """Before a predicate adjective and its degree, else at the beginning of the field."""
    index = tail
    if index > start and tokens[index - 1].is_word and tokens[index - 1].text[0].islower():
        index -= 1
        while index > start and tokens[index - 1].low in {"sehr", "ganz", "so", "besonders", "zu", "völlig"}:
            index -= 1
        before = tokens[index - 1].low if index else ""
        if before not in words.words["prepositions"] | words.words["determiners"]:
            return index
    return start
