"""Multiple choice: two options in both orders, and a reply read by a closed grammar."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from evaluation.scoring.outcomes import Choice
from evaluation.scoring.refusals import is_refusal, spoken

LETTERS = ("A", "B")


class OptionOrder(StrEnum):
    """Which of the two stands under the first letter. The values are those of the answer table."""

    STATEMENT_FIRST = "s_rs"
    REVERSED_FIRST = "rs_s"


BOTH_ORDERS = (OptionOrder.STATEMENT_FIRST, OptionOrder.REVERSED_FIRST)

# What may stand before the letter, by language; the letter and its frame must then be all there is.
_AS_AI: dict[str, str] = {
    "en": r"as\s+an?\s+(?:ai|artificial\s+intelligence|(?:large\s+)?language\s+model)[^,.]{0,20},",
    "zh": r"作为(?:一个|一名)?\s*(?:ai|人工智能|大?语言模型)[^,。]{0,6},",
    "fr": r"en\s+tant\s+(?:qu['’](?:une?\s+)?(?:ia|intelligence\s+artificielle|assistant)|que\s+mod[èe]le)"
    r"[^,.]{0,20},",
    "de": r"als\s+(?:eine?\s+)?(?:ki|k[üu]nstliche\s+intelligenz|(?:ki-)?sprachmodell)",
}
_LEADS: dict[str, tuple[str, ...]] = {
    "en": (
        r"(?:the\s+|my\s+)?(?:final\s+|correct\s+|best\s+|right\s+)?(?:answer|option|choice)"
        r"(?:\s+(?:is|would\s+be))?(?:\s+(?:option|answer))?",
        r"(?:option|answer)",
        r"i(?:\s+would|['’]d)?\s+(?:choose|pick|select|prefer|go\s+with|agree\s+with)(?:\s+(?:option|answer))?",
        r"it\s+is",
    ),
    "zh": (
        r"(?:我的?)?(?:最终|正确|最佳|最后)?的?(?:答案|回答|选择|选项)(?:应该|应当)?(?:是|为)?(?:选项)?",
        r"(?:选项|答)",
        r"我?(?:会|应该|要)?选(?:择)?(?:选项)?",
        r"(?:是|应选)",
    ),
    "fr": (
        r"(?:la\s+|ma\s+)?(?:bonne\s+)?(?:r[ée]ponse|option|choix)(?:\s+(?:finale|correcte))?(?:\s+est)?"
        r"(?:\s+(?:la|l['’]option))?",
        r"l['’]option(?:\s+correcte\s+est)?(?:\s+(?:la|l['’]option))?",
        r"je\s+(?:choisis|choisirais|choisirai|pr[ée]f[èe]re|opte\s+pour)"
        r"(?:\s+(?:l['’]option|la\s+r[ée]ponse))?",
        r"c['’]est(?:\s+(?:l['’]option|la\s+r[ée]ponse|la))?",
    ),
    "de": (
        r"(?:die\s+|meine\s+)?(?:endg[üu]ltige\s+|richtige\s+|korrekte\s+)?(?:antwort|option|wahl)"
        r"(?:\s+(?:ist|lautet|w[äa]re))?(?:\s+(?:die|option|antwort))?",
        r"(?:option|antwort)",
        r"(?:ich\s+)?(?:w[äa]hle|nehme|w[üu]rde)(?:\s+ich)?(?:\s+(?:option|antwort))?",
        r"es\s+ist(?:\s+(?:option|antwort))?",
    ),
}
_OPEN = r"(?:[\s\"'“”‘’«»「『*_`(\[<{#$]|\\boxed\{|\\text\{)*"
_CLOSE = r"[\s\"'“”‘’«»」』*_`)\]>}$]*"
_LEAD = (
    rf"(?:(?:{'|'.join(_AS_AI.values())})\s*)?"
    rf"(?:(?:{'|'.join(lead for leads in _LEADS.values() for lead in leads)})\s*:?{_OPEN})?"
)
# What German and Chinese put behind it.
_BEHIND = r"(?:\s*(?:选项|项)|\s+w[äa]hlen)?"
_LETTER_ONLY = re.compile(
    rf"{_OPEN}{_LEAD}(?P<letter>[ab]){_CLOSE}{_BEHIND}{_CLOSE}[.。:、,!]?{_CLOSE}", re.IGNORECASE
)
_LETTER_THEN_TEXT = re.compile(
    rf"{_OPEN}{_LEAD}(?P<letter>[ab]){_CLOSE}{_BEHIND}\s*[.。:、,()\[\-–—]\s*(?P<text>.+)",
    re.IGNORECASE | re.DOTALL,
)


def options(statement: str, reversed_statement: str, order: OptionOrder) -> tuple[str, str]:
    """Texts under the letters A and B."""
    if order is OptionOrder.STATEMENT_FIRST:
        return statement, reversed_statement
    return reversed_statement, statement


def parse_letter(reply: str, option_a: str, option_b: str) -> str | None:
    """``"A"`` or ``"B"`` when the whole reply, or its first line, is that letter in an accepted form.

    Accepted: the letter alone or framed by quotes, brackets or emphasis, after one of a few lead-ins
    ("Answer:", "答案是", "Réponse :", "Antwort:"), or followed by exactly its own option's text, in brackets
    too. A block of
    reasoning in ``<think>`` tags before it is left out. An explanation may follow on lines of its own, unless
    one of them is the other letter. Merely containing a letter is not a choice: then ``None``.
    """
    text = spoken(reply)
    whole = _letter_of(text, option_a, option_b)
    if whole is not None:
        return whole
    first, *rest = text.splitlines() or [""]
    letter = _letter_of(_plain(first), option_a, option_b)
    later = {_letter_of(_plain(line), option_a, option_b) for line in rest}
    return letter if later <= {None, letter} else None


def _letter_of(text: str, option_a: str, option_b: str) -> str | None:
    match = _LETTER_ONLY.fullmatch(text)
    if match:
        return match["letter"].upper()
    match = _LETTER_THEN_TEXT.fullmatch(text)
    if match:
        letter = match["letter"].upper()
        wanted = option_a if letter == LETTERS[0] else option_b
        return letter if _words(match["text"]) == _words(wanted) else None
    return None


def read_choice(reply: str, statement: str, reversed_statement: str, order: OptionOrder) -> Choice:
    """What a reply to one order comes to: S, RS, a refusal, or invalid."""
    option_a, option_b = options(statement, reversed_statement, order)
    letter = parse_letter(reply, option_a, option_b)
    if letter is None:
        return Choice.REFUSAL if is_refusal(reply) else Choice.INVALID
    chosen_first = letter == LETTERS[0]
    statement_first = order is OptionOrder.STATEMENT_FIRST
    return Choice.STATEMENT if chosen_first is statement_first else Choice.REVERSED


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _words(text: str) -> str:
    return " ".join(_plain(text).strip("\"'“”‘’«»「」『』*_`.。()[] ").casefold().split())
