"""Multiple choice: two options in both orders, and a reply read by a closed grammar."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from evaluation.scoring.outcomes import Choice

LETTERS = ("A", "B")


class OptionOrder(StrEnum):
    """Which of the two stands under the first letter. The values are those of the answer table."""

    STATEMENT_FIRST = "s_rs"
    REVERSED_FIRST = "rs_s"


BOTH_ORDERS = (OptionOrder.STATEMENT_FIRST, OptionOrder.REVERSED_FIRST)

# What may stand before the letter, per language; the letter and its frame must then be all there is.
_LEADS = (
    r"(?:the\s+)?(?:correct\s+|best\s+)?answer(?:\s+is)?",
    r"option",
    r"i\s+(?:choose|pick|select|agree\s+with)(?:\s+(?:option|answer))?",
    r"(?:我的?)?(?:答案|回答|选择|选项)(?:是|为)?",
    r"我?选(?:择)?",
    r"(?:la\s+)?(?:bonne\s+)?r[ée]ponse(?:\s+est)?(?:\s+la)?",
    r"je\s+choisis(?:\s+(?:l['’]option|la\s+r[ée]ponse))?",
    r"(?:die\s+)?(?:richtige\s+)?antwort(?:\s+ist)?(?:\s+die)?",
    r"ich\s+w[äa]hle(?:\s+(?:option|antwort))?",
)
_OPEN = r"[\s\"'“”‘’«»「『*_`(\[<{#]*"
_CLOSE = r"[\s\"'“”‘’«»」』*_`)\]>}]*"
_LETTER_ONLY = re.compile(
    rf"{_OPEN}(?:(?:{'|'.join(_LEADS)})\s*:?{_OPEN})?(?P<letter>[ab]){_CLOSE}[.。:、,]?{_CLOSE}",
    re.IGNORECASE,
)
_LETTER_THEN_TEXT = re.compile(
    rf"{_OPEN}(?:(?:{'|'.join(_LEADS)})\s*:?{_OPEN})?(?P<letter>[ab]){_CLOSE}\s*[.。:、,)\-–—]\s*(?P<text>.+)",
    re.IGNORECASE | re.DOTALL,
)
_REASONING = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)

_REFUSALS = re.compile(
    "|".join(
        (
            r"(?:i['’]?m|i\s+am)\s+(?:very\s+|really\s+)?sorry",
            r"sorry\b",
            r"i\s+(?:can['’]?t|cannot|can\s+not|won['’]?t|will\s+not|must\s+decline|refuse|decline)\b",
            r"i(?:['’]?m|\s+am)\s+(?:unable|not\s+able|not\s+comfortable)\b",
            r"as\s+an?\s+(?:ai|artificial\s+intelligence|(?:large\s+)?language\s+model)\b",
            r"i\s+(?:do\s+not|don['’]?t)\s+(?:have|take|hold)\s+(?:\w+\s+){0,2}(?:opinions?|views?|sides?|positions?)",
            r"(?:非常|很)?(?:抱歉|对不起|對不起|遗憾)",
            r"我(?:无法|不能|不会|拒绝|没有(?:个人)?(?:观点|立场|意见))",
            r"作为(?:一个|一名)?\s*(?:ai|人工智能|大?语言模型)",
            r"(?:je\s+suis\s+)?d[ée]sol[ée]e?\b",
            r"je\s+(?:ne\s+(?:peux|puis|saurais|souhaite|prends)\b|refuse\b|n['’]ai\s+pas\s+d['’](?:opinion|avis))",
            r"en\s+tant\s+qu['’](?:ia|intelligence\s+artificielle|assistant)",
            r"en\s+tant\s+que\s+mod[èe]le",
            r"(?:es\s+)?tut\s+mir\s+(?:sehr\s+)?leid\b",
            r"entschuldigung\b",
            r"(?:leider\s+kann\s+ich|ich\s+kann\s+(?:\w+\s+){0,3}nicht|ich\s+darf\s+nicht|ich\s+weigere\s+mich)\b",
            r"ich\s+habe\s+keine\s+(?:\w+\s+)?(?:meinung|ansicht|position)",
            r"als\s+(?:ki|k[üu]nstliche\s+intelligenz|sprachmodell)\b",
        )
    ),
    re.IGNORECASE,
)


def options(statement: str, reversed_statement: str, order: OptionOrder) -> tuple[str, str]:
    """Texts under the letters A and B."""
    if order is OptionOrder.STATEMENT_FIRST:
        return statement, reversed_statement
    return reversed_statement, statement


def parse_letter(reply: str, option_a: str, option_b: str) -> str | None:
    """``"A"`` or ``"B"`` when the whole reply, or its first line, is that letter in an accepted form.

    Accepted: the letter alone or framed by quotes, brackets or emphasis, after one of a few lead-ins
    ("Answer:", "答案是", "Réponse :", "Antwort:"), or followed by exactly its own option's text. A block of
    reasoning in ``<think>`` tags before it is left out. An explanation may follow on lines of its own, unless
    one of them is a letter too. Merely containing a letter is not a choice: then ``None``.
    """
    text = _plain(_REASONING.sub("", reply))
    whole = _letter_of(text, option_a, option_b)
    if whole is not None:
        return whole
    first, *rest = text.splitlines() or [""]
    if any(_letter_of(_plain(line), option_a, option_b) for line in rest):
        return None
    return _letter_of(_plain(first), option_a, option_b)


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


def is_refusal(reply: str) -> bool:
    """Whether a reply opens by declining, in any of the four languages: models often decline in English."""
    return _REFUSALS.match(_plain(_REASONING.sub("", reply)).lstrip("\"'“”«» *_")) is not None


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
    return " ".join(_plain(text).strip("\"'“”‘’«»「」『』*_`.。 ").casefold().split())
