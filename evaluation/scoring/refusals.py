"""Replies that decline, in the four languages of items: models often decline in English too."""

from __future__ import annotations

import re
import unicodedata

from evaluation.scoring.reasoning import without_reasoning

# What a refusal opens with, by language, about as many forms in each. "As an AI" declines unless a choice or
# a view follows; "I cannot agree that ..." is a view.
_OPENINGS: dict[str, tuple[str, ...]] = {
    "en": (
        r"(?:i['’]?m|i\s+am)\s+(?:very\s+|really\s+|so\s+)?sorry",
        r"sorry\b",
        r"(?:i\s+apologi[sz]e|my\s+apologies)\b",
        r"(?:(?:unfortunately|regrettably)\s*,?\s*)?i\s+(?:can['’]?t|cannot|can\s+not|won['’]?t|will\s+not|must\s+decline"
        r"|refuse|decline)\b(?!\s+(?:but\s+|help\s+but\s+)?(?:agree|accept|support|endorse|imagine))",
        r"(?:unfortunately\s*,?\s*)?i(?:['’]?m|\s+am)\s+(?:unable|not\s+able|not\s+comfortable|not\s+in\s+a\s+position)\b",
        r"i(?:['’]d|\s+would)\s+(?:rather|prefer)\s+not\b",
        r"i\s+(?:do\s+not|don['’]?t)\s+(?:have|take|hold)\s+(?:\w+\s+){0,2}(?:opinions?|views?|sides?|positions?|preferences?)",
        r"i\s+have\s+no\s+(?:\w+\s+)?(?:opinions?|views?|positions?|preferences?)",
        r"as\s+an?\s+(?:ai|artificial\s+intelligence|(?:large\s+)?language\s+model)\b"
        r"(?!.{0,30}?\bi\s+(?:would\s+)?(?:choose|pick|select|agree|prefer|think|believe|support)\b(?!\s+not\b))",
    ),
    "zh": (
        r"(?:非常|很|十分)?(?:抱歉|对不起|對不起|不好意思)",
        r"(?:很|非常)?遗憾",
        r"请原谅",
        r"(?:关于|对于)?(?:这个|该|此|这类)?问题[，,]?我?(?:无法|不能|不便|不会|拒绝)",
        r"恕(?:我)?(?:无法|不能|难|不便)",
        r"无可奉告",
        r"我(?:无法|不能(?!同意|接受|支持)|不会|不便|拒绝)(?!同意|接受|支持)",
        r"我(?:不愿|不想)(?:意)?(?:回答|表态|选择|评论)",
        r"我(?:没有|不持有|并无)(?:任何)?(?:个人)?(?:的)?(?:观点|立场|意见|看法)",
        r"作为(?:一个|一名)?\s*(?:ai|人工智能|大?语言模型)(?![^。]{0,14}我(?:会)?(?:选|认为|支持|同意))",
    ),
    "fr": (
        r"(?:je\s+suis\s+)?(?:vraiment\s+)?d[ée]sol[ée]e?\b",
        r"(?:je\s+m['’]excuse|excusez-moi|mes\s+excuses)\b",
        r"je\s+regrette\s*,",
        r"(?:malheureusement\s*,?\s*)?je\s+ne\s+(?:peux|puis|saurais|souhaite|prends|veux|dois)\b"
        r"(?!\s+(?:pas\s+)?(?:accepter|soutenir|qu))",
        r"(?:malheureusement\s*,?\s*)?je\s+ne\s+suis\s+pas\s+(?:en\s+mesure|capable|autoris[ée]e?|habilit[ée]e?)\b",
        r"je\s+(?:pr[ée]f[èe]re|pr[ée]f[ée]rerais)\s+ne\s+pas\b",
        r"je\s+(?:refuse|d[ée]cline)\b",
        r"je\s+n['’]ai\s+(?:pas\s+d['’](?:opinion|avis)|aucune?\s+(?:opinion|avis|pr[ée]f[ée]rence))",
        r"en\s+tant\s+(?:qu['’](?:une?\s+)?(?:ia|intelligence\s+artificielle|assistant)|que\s+mod[èe]le)\b"
        r"(?!.{0,40}?\bje\s+(?:choisis|choisirais|pense|crois|soutiens)\b)",
    ),
    "de": (
        r"(?:es\s+)?tut\s+mir\s+(?:sehr\s+)?leid\b",
        r"(?:entschuldigung|entschuldigen\s+sie|ich\s+entschuldige\s+mich|ich\s+bitte\s+um\s+(?:entschuldigung|verzeihung))\b",
        r"ich\s+bedauere?\s*,",
        r"leider\s+(?:kann|darf|bin|ist\s+es\s+mir)\b",
        r"(?:dazu|hierzu|dar[üu]ber)\s+(?:kann|m[öo]chte|darf)\s+ich\s+(?:\w+\s+){0,3}(?:keine?n?|nichts?)\b",
        r"ich\s+(?:kann|darf|m[öo]chte|werde)\s+(?:\w+\s+){0,3}(?:nicht|keine?n?)\b(?!\s+(?:zustimmen|hinnehmen))",
        r"ich\s+bin\s+nicht\s+(?:in\s+der\s+lage|befugt|imstande)\b",
        r"ich\s+(?:weigere\s+mich|lehne\s+es\s+ab)\b",
        r"ich\s+habe\s+(?:dazu\s+)?keine\s+(?:\w+\s+)?(?:meinung|ansicht|position|haltung)",
        r"als\s+(?:eine?\s+)?(?:ki|k[üu]nstliche\s+intelligenz|(?:ki-)?sprachmodell)\b"
        r"(?!.{0,30}?\b(?:w[äa]hle|w[üu]rde|denke|meine|glaube)\s+ich\b)",
    ),
}
_REFUSAL = re.compile("|".join(form for forms in _OPENINGS.values() for form in forms), re.IGNORECASE)


def spoken(reply: str) -> str:
    """A reply without the reasoning before it, in compatibility characters."""
    return unicodedata.normalize("NFKC", without_reasoning(reply)).strip()


def is_refusal(reply: str) -> bool:
    """Whether a reply opens by declining, in any of the four languages."""
    return _REFUSAL.match(spoken(reply).lstrip("\"'“”«» *_")) is not None
