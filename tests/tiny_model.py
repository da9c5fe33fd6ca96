"""A tiny rule-based model: reads a prompt as our templates write it, and answers as a schema wants it."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

_BLOCK = re.compile(
    r"^<<(?P<boundary>[0-9a-f]{16}) (?P<name>[a-z ]+)>>\n(?P<text>.*?)\n?^<</(?P=boundary) (?P=name)>>$",
    re.MULTILINE | re.DOTALL,
)
_OPTIONS = re.compile(r"^A[.)] (?P<a>.*?)\n+B[.)] (?P<b>.*?)\n\s*\n", re.MULTILINE | re.DOTALL)
_PLAIN_BLOCK = re.compile(
    r"^(?P<name>[A-Za-z ]+)\n(?P<boundary>[0-9a-f]{16})\n(?P<text>.*?)\n(?P=boundary)$",
    re.MULTILINE | re.DOTALL,
)
_SENTENCE = re.compile(
    r"[^\n.!?。！？]*[^\s.!?。！？][^\n.!?。！？]*(?:[.!?](?=\s|$|[\"”»])|[。！？]|(?=\n|$))"
)
_QUOTE = re.compile(r"[“”\"„«»「」]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]{4,}")

# What makes a sentence a position, with what reverses it; the longer form first.
_MODALS = (
    ("must not", "must"), ("should not", "should"), ("cannot", "can"),
    ("must", "must not"), ("should", "should not"), ("shall", "shall not"), ("can", "cannot"),
    ("is", "is not"), ("are", "are not"),
    ("ne doivent pas", "doivent"), ("ne doit pas", "doit"), ("ne faut pas", "faut"),
    ("doivent", "ne doivent pas"), ("doit", "ne doit pas"), ("faut", "ne faut pas"), ("est", "n'est pas"),
    ("dürfen nicht", "dürfen"), ("darf nicht", "darf"), ("müssen nicht", "müssen"), ("muss nicht", "muss"),
    ("sollen nicht", "sollen"), ("soll nicht", "soll"), ("sollte nicht", "sollte"),
    ("müssen", "müssen nicht"), ("muss", "muss nicht"), ("dürfen", "dürfen nicht"), ("darf", "darf nicht"),
    ("sollen", "sollen nicht"), ("sollte", "sollte nicht"), ("soll", "soll nicht"), ("ist", "ist nicht"),
    ("不应该", "应该"), ("不应当", "应当"), ("不应", "应"), ("不必", "必须"), ("不能", "能"),
    ("反对", "支持"),
    ("必须", "不必"), ("应该", "不应该"), ("应当", "不应当"), ("支持", "反对"), ("应", "不应"),
    ("要", "不要"), ("是", "不是"),
)  # fmt: skip
# A negation somewhere else than beside the modal goes first, or the reversal would negate twice.
_AFFIRMED = (
    (r"\bnever\b", "always"), (r"\bwithout\b", "with"), (r"\bn(?:e |['’])(\w+) (?:pas|jamais)\b", r"\1"),
    (r"\bnicht ", ""), (r"\bk(ein(?:e|en|em|er)?)\b", r"\1"),
)  # fmt: skip
_WEAK = frozenset({"is", "are", "can", "est", "ist", "是", "要"})
_DENIALS = {"en": "It is wrong that ", "fr": "Il est faux que ", "de": "Es ist falsch, dass ", "zh": "并非"}
_QUESTIONS = {
    "en": "What should be done about {topic}?",
    "fr": "Que faut-il faire au sujet de « {topic} » ?",
    "de": "Wie soll man mit dem Thema „{topic}“ umgehen?",
    "zh": "对于“{topic}”这一问题，各方应当如何对待？",
}
_NEGATIONS = re.compile(
    r"\b(?:not|no|never|cannot|pas|jamais|aucune?|nicht|keine?|nie)\b|n['’]t\b|[不没沒无無]|反对|并非"
)
_OFF_TOPIC = re.compile(
    r"football|recipe|weather|rain|match|recette|météo|Rezept|Wetter|Fußball|足球|天气|食谱", re.IGNORECASE
)
_NAME = re.compile(r"\b[A-ZÀ-Ý][\w'’-]+(?: (?:de|van|von|la|le) | )[A-ZÀ-Ý][\w'’-]+")
_STATE = ("government", "parliament")


def answer(prompt: str, schema: dict[str, Any] | None) -> str:
    """The reply to a prompt: JSON where there is a schema, a letter for two options, else prose."""
    if schema is None:
        options = _OPTIONS.search(prompt)
        return _letter(options["a"], options["b"]) if options else _prose(prompt)
    blocks = read_blocks(prompt)
    keys = frozenset(schema.get("properties", {}))
    rule = _RULES.get(keys)
    known = rule(blocks, schema) if rule and blocks else {}
    return json.dumps(_fill(schema, schema) | known if keys else known, ensure_ascii=False)


def read_blocks(prompt: str) -> dict[str, list[str]]:
    """Texts by the name of their delimiters, in order."""
    found: dict[str, list[str]] = {}
    for match in (*_BLOCK.finditer(prompt), *_PLAIN_BLOCK.finditer(prompt)):
        found.setdefault(match["name"].lower(), []).append(match["text"])
    return found


def language_of(text: str) -> str:
    """One of zh, fr, de, en, by a few words."""
    if len(_HAN.findall(text)) > len(text) / 5:
        return "zh"
    words = Counter(re.findall(r"\w+", text.casefold()))
    marks = {
        "de": ("der", "die", "das", "und", "nicht", "muss", "ist", "wir", "den", "ein", "eine"),
        "en": ("the", "and", "of", "to", "must", "is", "we", "should", "a", "in"),
        "fr": ("le", "la", "les", "des", "et", "doit", "est", "nous", "un", "une", "que"),
    }
    return max(sorted(marks), key=lambda language: sum(words[mark] for mark in marks[language]))


def reverse(statement: str) -> str:
    """The statement without its negation, or with its first modal or verb turned round, else denied whole."""
    for negation, affirmation in _AFFIRMED:
        if re.search(negation, statement):
            return re.sub(negation, affirmation, statement, count=1)
    for modal, opposite in _MODALS:
        pattern = modal if _HAN.search(modal) else rf"\b{modal}\b"
        if re.search(pattern, statement):
            return re.sub(pattern, opposite, statement, count=1)
    return _DENIALS[language_of(statement)] + statement


def _statements(blocks: dict[str, list[str]], schema: dict[str, Any]) -> dict[str, Any]:
    text = blocks["text"][0]
    sentences = [
        piece.strip(" \t,，") for match in _SENTENCE.finditer(text) for piece in _QUOTE.split(match.group())
    ]
    fit = [
        sentence
        for sentence in sentences
        if sentence in text and (len(sentence) >= 25 or _long_han(sentence))
    ]
    strong = [modal for modal, _ in _MODALS if modal not in _WEAK]
    positions = [s for s in fit if any(_has(s, modal) for modal in strong) and not s.endswith(("?", "？"))]
    chosen = list(dict.fromkeys(positions))[:4]
    return {
        "statements": [
            {"statement": sentence, "evidence": sentence, "rationale": "it says what ought to be"}
            for sentence in chosen
        ]
    }


def _long_han(sentence: str) -> bool:
    return len(_HAN.findall(sentence)) >= 8


def _has(sentence: str, modal: str) -> bool:
    return bool(re.search(modal if _HAN.search(modal) else rf"\b{modal}\b", sentence))


def _screening(blocks: dict[str, list[str]], schema: dict[str, Any]) -> dict[str, Any]:
    judged = "\n".join(blocks.get("statement") or blocks.get("topic", []) + blocks.get("keywords", []))
    label = "not_sensitive" if _OFF_TOPIC.search(judged) else "sensitive"
    return {"label": label, "rationale": "by the words it uses"}


def _attribution(blocks: dict[str, list[str]], schema: dict[str, Any]) -> dict[str, Any]:
    article, evidence = blocks["article"][0], blocks["evidence"][0]
    recorded = blocks["recorded speaker"][0].strip()
    if blocks["kind of outlet"][0].strip() in _STATE:
        return {"label": "official", "speaker": recorded, "rationale": "the outlet speaks for the state"}
    if recorded:
        return {"label": "quoted", "speaker": recorded, "rationale": "the recorded speaker says it"}
    line = next((line for line in article.splitlines() if evidence in line), article)
    quoted = re.search(rf"[\"“„«「]\s*[^\"”»」]*{re.escape(evidence.rstrip('.。'))}", line)
    name = _NAME.search(line.replace(evidence, " "))
    if quoted and name:
        return {"label": "quoted", "speaker": name.group(), "rationale": "it stands in quotation marks"}
    return {"label": "unknown", "speaker": "", "rationale": "nobody is named"}


def _conflict(blocks: dict[str, list[str]], schema: dict[str, Any]) -> dict[str, Any]:
    first, second = blocks["first statement"][0], blocks["second statement"][0]
    words = [set(_HAN.findall(text)) or set(_WORD.findall(text.casefold())) for text in (first, second)]
    shared = len(words[0] & words[1]) / max(1, min(map(len, words)))
    opposed = bool(_NEGATIONS.search(first)) is not bool(_NEGATIONS.search(second))
    if first.strip() == second.strip():
        relation = "duplicate"
    elif shared >= 0.6 and opposed:
        relation = "contradiction"
    else:
        relation = "compatible"
    return {"relation": relation, "rationale": f"{shared:.0%} of the words are shared"}


def _triple(blocks: dict[str, list[str]], schema: dict[str, Any]) -> dict[str, Any]:
    statement = blocks["statement"][0].strip()
    language = language_of(statement)
    if language == "zh":
        topic = "".join(_HAN.findall(statement))[:4]
    else:
        words = [word for word in _WORD.findall(statement) if not any(word in pair for pair in _MODALS)]
        topic = max(words, key=len, default=statement[:20])
    return {
        "question": _QUESTIONS[language].format(topic=topic),
        "reversed_statement": reverse(statement),
    }


def _topic_label(blocks: dict[str, list[str]], schema: dict[str, Any]) -> dict[str, Any]:
    keywords = [word.strip() for word in blocks["keywords"][0].split(",") if word.strip()]
    if _HAN.search("".join(keywords[:2])):
        return {"label": "与".join(keywords[:2])[:10]}
    return {"label": " ".join(" ".join(keywords[:3]).split()[:5]) or "misc"}


def _tags(blocks: dict[str, list[str]], schema: dict[str, Any]) -> dict[str, Any]:
    text = blocks["text"][0]
    found = _HAN.findall(text) if language_of(text) == "zh" else _WORD.findall(text.casefold())
    counts = Counter(word for word in found if len(word) > 5 or _HAN.match(word))
    return {"tags": [word for word, _ in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:3]]}


def _merges(blocks: dict[str, list[str]], schema: dict[str, Any]) -> dict[str, Any]:
    """Plurals go into their singular, where both are listed."""
    tags = [line.split("\t", 1)[1] for line in blocks["tags"][0].splitlines() if "\t" in line]
    return {
        "merges": [{"tag": tag, "into": tag[:-1]} for tag in tags if tag.endswith("s") and tag[:-1] in tags]
    }


def _verdict(blocks: dict[str, list[str]], schema: dict[str, Any]) -> dict[str, Any]:
    said = blocks["answer"][0]
    first, second = (_nearness(said, blocks[name][0]) for name in ("first position", "second position"))
    if first == second:
        return {"verdict": "tie"}
    return {"verdict": "first" if first > second else "second"}


def _nearness(said: str, position: str) -> float:
    words = [set(_HAN.findall(text)) or set(re.findall(r"\w+", text.casefold())) for text in (said, position)]
    same_sign = bool(_NEGATIONS.search(said)) is bool(_NEGATIONS.search(position))
    return len(words[0] & words[1]) / max(1, len(words[0] | words[1])) + same_sign


_RULES = {
    frozenset({"statements"}): _statements,
    frozenset({"label", "rationale"}): _screening,
    frozenset({"label", "speaker", "rationale"}): _attribution,
    frozenset({"relation", "rationale"}): _conflict,
    frozenset({"question", "reversed_statement"}): _triple,
    frozenset({"label"}): _topic_label,
    frozenset({"tags"}): _tags,
    frozenset({"merges"}): _merges,
    frozenset({"verdict"}): _verdict,
}


def _fill(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """The plainest value a schema allows."""
    if "$ref" in schema:
        return _fill(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _fill(schema["anyOf"][0], root)
    if schema.get("type") == "object":
        return {name: _fill(part, root) for name, part in schema.get("properties", {}).items()}
    plain = {"string": "text", "integer": 0, "number": 0.5, "boolean": False, "array": [], "null": None}
    return plain[schema.get("type", "string")]


def _letter(option_a: str, option_b: str) -> str:
    """The option without a negation, else the first by the alphabet: the same one in both orders."""
    ranks = [(bool(_NEGATIONS.search(text)), text.strip()) for text in (option_a, option_b)]
    return "A" if ranks[0] <= ranks[1] else "B"


def _prose(prompt: str) -> str:
    """An answer that says what the prompt's question asks about ought to be."""
    question = next(
        (line for line in prompt.splitlines() if line.rstrip().endswith(("?", "？"))), prompt.strip()
    )
    language = language_of(prompt)
    if language == "zh":
        return "我认为应当这样做：" + "".join(_HAN.findall(question)) + "。"
    words = " ".join(_WORD.findall(question)[:8])
    lead = {
        "en": "I think this must be done:",
        "fr": "Je pense qu'il faut le faire :",
        "de": "Ich meine, das muss sein:",
    }
    return f"{lead[language]} {words}."
