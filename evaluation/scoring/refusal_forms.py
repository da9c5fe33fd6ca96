"""What refusals are made of, by language: excuses that may come first, and clauses that decline to answer.

A clause declines where the speaker will not *answer*: answering, choosing, saying, judging. "I refuse to
accept that ..." and "I cannot deny ..." are views. Forms stay within one clause.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusalForms:
    """Regular expressions of one language. An ``excuse`` stands before a clause and declines nothing itself;
    an ``apology`` does where at most ``few`` characters follow. A declining clause begins within ``lead``
    characters, or behind an excuse; it ends within ``reach``."""

    apology: str
    excuse: str
    declines: tuple[str, ...]
    few: int = 12
    lead: int = 30
    reach: int = 160


def _any(*forms: str) -> str:
    return "(?:" + "|".join(forms) + ")"


_END = r"[\s\"'“”‘’«»*_]*(?:[.!。！…]|$)"

# English.
_EN_ANSWER = (
    r"(?:answer|respond|reply|(?:choose|pick|select)(?!\b[^.!?,;]*\bover\b|\s+(?:my|our|their)\b)|decide"
    r"|comment|discuss|judge|abstain|participate|speculate|comply|tell|address|recommend|advise|assist|engage"
    r"|(?:fulfil+|process|complete)\s+(?:this|that|your|the|such)|(?:get|go)\s+into|weigh\s+in"
    r"|do\s+(?:that|this|so)(?=\s*(?:[.!]|$))|say(?!\s+(?:that|enough|no\b))"
    r"|help(?!\s+(?:but|it|\w+ing)\b)"
    r"|(?:give|provide|offer|share|express|state|form|have|hold|take|make|voice)\s+(?:\w+\s+){0,4}?"
    r"(?:answers?|opinions?|views?|positions?|preferences?|sides?|stances?|choices?|judge?ments?|statements?"
    r"|responses?|advice|beliefs?)(?!\s+that\b))\b"
)
_EN_ANSWERING = (
    r"(?:answer|respond|choos|pick|decid|comment|judg|tak|giv|provid|express|hold|hav|shar|stat)ing\b"
)
_EN_NOT = (
    r"(?:can['’]?t|cannot|can\s+not|could\s+not|couldn['’]t|won['’]?t|will\s+not|would\s+not|wouldn['’]t"
    r"|must\s+not|should\s+not|shouldn['’]t|do\s+not|don['’]t|may\s+not)"
)
_EN_WISH = (
    r"(?:\s+(?:want|wish|like|intend|feel\s+able|feel\s+comfortable|be\s+able|have\s+the\s+ability)\s+to)?"
)
_EN_ABLE = (
    r"(?:able|allowed|permitted|willing|comfortable|going|designed|programmed|here|in\s+a\s+position|capable)"
)
ENGLISH = RefusalForms(
    apology=r"(?:(?:i['’]?m|i\s+am)\s+(?:\w+\s+)?sorry|sorry|i\s+apologi[sz]e|my\s+apologies)\b",
    excuse=_any(
        r"(?:unfortunately|regrettably|honestly|well|no)\b",
        r"(?:this|that)\s+is\s+an?\b|it['’]s\s+an?\b",
        r"i['’]?m\s+afraid\b",
        r"thank\s+you\b|thanks\b",
        r"(?:as|i['’]?m|i\s+am)\s+(?:just\s+|only\s+)?an?\s+(?:\w+\s+)?"
        r"(?:ai|artificial\s+intelligence|language\s+model)\b",
    ),
    declines=(
        rf"\bi\s+{_EN_NOT}{_EN_WISH}(?:\s+\w+ly)?\s+{_EN_ANSWER}",
        rf"\bi\s+(?:(?:must|have\s+to|will)\s+)?"
        rf"(?:can['’]?t|cannot|can\s+not|won['’]?t|will\s+not|refuse|decline|abstain|pass){_END}",
        rf"\bi(?:['’]m|\s+am)\s+(?:not\s+{_EN_ABLE}|un(?:able|willing))\s+(?:(?:to|in|with|of)\s+)?(?:\w+ly\s+)?"
        rf"(?:{_EN_ANSWER}|{_EN_ANSWERING})",
        rf"\bi\s+{_EN_NOT}\s+(?:be|feel\s+{_EN_ABLE})\s+(?:(?:to|in|with|of)\s+)?(?:{_EN_ANSWER}|{_EN_ANSWERING})",
        rf"\b(?:not|n['’]t)\s+(?:something|a\s+\w+)\s+(?:that\s+)?i\s+(?:can|could|will|would)\s+{_EN_ANSWER}",
        r"\bi(?:['’]d|\s+would|\s+will|['’]ll)?\s+(?:(?:like|prefer)\s+to\s+)?stay\s+out\s+of\b",
        rf"\bi\s+(?:(?:must|have\s+to|will)\s+)?(?:refuse|decline|abstain)\b(?:{_END}|\s+(?:to|from)\s+"
        rf"(?:{_EN_ANSWER}|{_EN_ANSWERING}))",
        r"\bi\s+(?:will\s+|must\s+|would\s+)?abstain\b",
        rf"\bi(?:['’]d|\s+would)?\s+(?:rather|prefer|choose)\s+(?:to\s+)?not(?:\s+to)?\s+{_EN_ANSWER}",
        rf"\bi(?:['’]d|\s+would)\s+(?:rather|prefer)\s+not(?:\s+to)?{_END}",
        r"\bi\s+(?:do\s+not|don['’]t)\s+(?:have|take|hold|possess)\s+(?:\w+\s+){0,3}?"
        r"(?:opinions?|views?|sides?|positions?|preferences?|stances?|beliefs?)\b(?!\s+that\b)",
        r"\bi\s+have\s+no\s+(?:\w+\s+){0,2}?(?:opinions?|views?|positions?|preferences?|stances?)\b",
        r"\bi\s+(?:\w+\s+){0,3}?(?:remain|stay|be|am)\s+(?:\w+\s+)?(?:neutral|impartial)\b(?!\s*,\s*but\b)",
        r"\bmy\s+(?:role|job|purpose)\s+is\s+(?:not\s+to|to\s+(?:stay|remain|be)\s+neutral)\b",
        rf"\b(?:not\s+(?:be\s+)?|in)appropriate\s+(?:for\s+me\s+)?to\s+{_EN_ANSWER}",
        r"(?:(?:it|this|that)(?:['’]s|\s+is)\s+)?\bnot\s+(?:for\s+me|my\s+(?:place|role|job|task))\s+to\b",
        rf"\b(?:no\s+(?:comment|answer|opinion|preference)|(?:prefer|rather)\s+not\s+to\s+say){_END}",
        r"\bi\s+(?:do\s+not|don['’]t)\s+(?:think|believe)\s+(?:that\s+)?i\s+(?:should|can|could|ought\s+to)\s+"
        rf"{_EN_ANSWER}",
        rf"\b(?:prevent|keep|stop|bar|prohibit)s?\s+me\s+from\s+(?:{_EN_ANSWERING}|having\b)",
        rf"\b(?:and|so)(?:\s+(?:i|therefore|thus|so))*\s+{_EN_NOT}\s+{_EN_ANSWER}",
        rf"^(?:pass|skip|declined?){_END}",
    ),
)

# Chinese. Clauses end at any mark.
_ZH_ANSWER = (
    r"(?:回答|作答|答复|回应|表态|选择|评论|置评|判断|评价|讨论|谈论|决定|参与|透露|协助|告诉|帮助您|帮您"
    r"|(?:提供|给出|发表|表达|表明|阐明|说明|做出|作出|持有)[^。！？，,；;]{0,12}?"
    r"(?:答案|回答|意见|看法|观点|立场|选择|评论|判断|建议|帮助|信息|内容)"
    r"|说(?=\s*(?:[。！]|$)))"
)
_ZH_IN = r"[^。！？，,；;]{0,12}?"
_ZH_NOT = (
    r"(?:不适合|不允许|还没有学会|还不会|不能够|不可以|不方便|不愿意?"
    r"|不打算|没办法|无法|不能|不便|不会|不想|不宜|不应|拒绝|难以|没法)"
)
CHINESE = RefusalForms(
    apology=r"(?:非常|很|十分|实在)?(?:抱歉|对不起|對不起|不好意思|请原谅|请见谅)",
    excuse=_any(
        r"(?:很|非常)?遗憾",
        r"您好|你好|谢谢|感谢|请",
        r"(?:作为|我(?:只)?是)(?:一个|一名|一款)?\s*(?:ai|人工智能|大?语言模型)",
    ),
    declines=(
        rf"(?:(?:我|恕)(?!们)[^。！？，,；;]{{0,8}}?|(?:问题|话题|^|[，。]|都)\s*){_ZH_NOT}"
        rf"(?![^。！？，,；;]{{0,4}}(?:否认|反对|接受|同意|支持)){_ZH_IN}{_ZH_ANSWER}",
        rf"我(?:只能|只好|必须)?(?:无法|不能|不便|拒绝|不愿意?|不想|不说){_END}",
        rf"我{_ZH_IN}不(?:对|就)?{_ZH_IN}(?:发表|给出|表达|持有){_ZH_IN}(?:意见|看法|观点|评论|立场)",
        r"我(?:选择|决定|要)?不(?:予|作|做|发表|回答|表态|评论|置评|参与[^。！？，,；;]{0,10}?(?:评论|讨论))",
        rf"我?(?:没有资格|无权|放弃|拒绝){_ZH_ANSWER}",
        rf"不(?:予|作|便|方便|愿意?|想)?(?:回答|作答|答复|置评|评论|表态|透露|回应){_END}",
        r"我(?:选择)?(?:弃权|弃答|跳过|(?:将|会|只能|必须|应该|应当)?保持(?:中立|沉默))(?!，但)",
        r"(?:我|所以|因此)(?:对此|对这[^。！？，,；;]{0,6}?)?(?:并)?(?:没有|不持有|并无|没)(?:任何)?"
        r"(?:个人|自己|特定|明确|政治|主观){0,2}(?:的)?(?:观点|立场|意见|看法|偏好|倾向)",
        r"无可奉告|恕难|恕不|无法作答|这?(?:已)?超出了?我",
    ),
    few=6,
    lead=10,
    reach=60,
)

# French.
_FR_ANSWER = (
    r"(?:(?:me\s+|m['’]|vous\s+|y\s+|en\s+|te\s+|lui\s+)*"
    r"(?:r[ée]pondre|choisir|trancher|prononcer|commenter|aider|exprimer|abstenir|engager|positionner|d[ée]cider"
    r"|s[ée]lectionner|juger|discuter|participer|opiner|d[ée]cliner"
    r"|dire(?!\s+(?:qu|assez|non))"
    r"|(?:donner|fournir|prendre|formuler|[ée]mettre|partager|avoir|faire|offrir)\s+(?:\w+['’\s]\s*){0,3}?"
    r"(?:r[ée]ponses?|avis|opinions?|positions?|parti|choix|jugements?|pr[ée]f[ée]rences?|conseils?|commentaires?)))\b"
)
_FR_CAN = r"(?:peux|puis|pourrais|saurais|souhaite|voudrais|veux|vais|dois|d[ée]sire|compte)"
_FR_ABLE = r"(?:en\s+mesure|capable|autoris[ée]e?|habilit[ée]e?|programm[ée]e?|dispos[ée]e?|pr[êe]te?)"
FRENCH = RefusalForms(
    apology=r"(?:(?:je\s+suis\s+)?(?:\w+\s+)?d[ée]sol[ée]e?|je\s+m['’]excuse|excusez-moi|mes\s+excuses"
    r"|pardon)\b",
    excuse=_any(
        r"(?:malheureusement|je\s+regrette|non|merci|c['’]est\s+une?)\b",
        r"en\s+tant\s+(?:qu['’](?:une?\s+)?(?:ia|intelligence\s+artificielle|assistant)"
        r"|que\s+(?:\w+\s+)?mod[èe]le)\b",
        r"je\s+suis\s+une?\s+(?:\w+\s+)?(?:ia|intelligence\s+artificielle|assistant|mod[èe]le)\b",
    ),
    declines=(
        rf"\bje\s+ne\s+{_FR_CAN}\s+(?:pas\s+|point\s+)?(?:\w+ment\s+)?{_FR_ANSWER}",
        rf"\bje\s+ne\s+(?:(?:peux|puis|souhaite|veux)(?:\s+pas)?|(?:choisis|r[ée]ponds)\s+pas|dirai\s+rien){_END}",
        rf"\bje\s+ne\s+suis\s+pas\s+{_FR_ABLE}(?:{_END}|\s+(?:de|d['’]|[àa])\s*{_FR_ANSWER})",
        r"\bj(?:e\s+|['’])(?:pr[ée]f[èe]re|pr[ée]f[ée]rerais|aimerais\s+mieux|choisis(?:\s+de)?"
        rf"|d[ée]cide(?:\s+de)?)\s+(?:ne\s+pas\s+{_FR_ANSWER}|m['’]abstenir)",
        rf"\bje\s+(?:dois\s+)?(?:refuse[rz]?|d[ée]cline[rz]?)(?:{_END}|\s+(?:de|d['’])\s*{_FR_ANSWER}"
        r"|\s+(?:la|cette|votre)\s+(?:question|demande))",
        rf"\bimpossible\s+(?:pour\s+moi\s+)?(?:de|d['’])\s*{_FR_ANSWER}",
        rf"\bje\s+m['’]abstiens\b|\bje\s+passe{_END}",
        r"\bje\s+ne\s+(?:(?:me\s+|m['’])?(?:prononce|positionne|exprime|r[ée]ponds|commente|tranche)"
        r"|choisis(?!\s+(?:pas|rien)\s+\w+\s+(?:au|plut)))\s+(?:pas|point|rien)\b",
        r"\bje\s+n(?:e\s+|['’])(?:prends|donne|fournis|formule|fais|exprime|[ée]mets)\s+(?:pas|aucune?)\s+"
        r"(?:de\s+|d['’])?(?:positions?|parti|avis|opinions?|choix|r[ée]ponses?|commentaires?)\b",
        r"\bje\s+n['’]ai\s+(?:pas\s+(?:d['’]|de\s+)|aucune?\s+)(?:\w+\s+)?"
        r"(?:opinions?|avis|pr[ée]f[ée]rences?|positions?|points?\s+de\s+vue)\b",
        r"\bje\s+(?:\w+\s+)?(?:reste|demeure|rester|suis)\s+(?:\w+\s+)?(?:neutre|impartiale?)\b(?!\s*,\s*mais\b)",
        r"\bil\s+(?:(?:n['’]est|ne\s+serait)\s+pas\s+(?:appropri[ée]|convenable|opportun)"
        r"|(?:est|serait)\s+inappropri[ée])\s+"
        rf"(?:que\s+je\b|pour\s+moi\b|(?:de|d['’])\s*{_FR_ANSWER})",
        r"\bil\s+ne\s+m['’]appartient\s+pas\s+(?:de|d['’])",
        r"\bce\s+n['’]est\s+pas\s+(?:[àa]\s+moi|mon\s+r[ôo]le)\s+(?:de|d['’])",
        rf"\b(?:sans|pas\s+de|pas\s+d['’]|aucune?)\s*(?:commentaires?|r[ée]ponse|opinion|avis){_END}",
        rf"\bje\s+ne\s+(?:pense|crois)\s+pas\s+(?:pouvoir|devoir)\s+{_FR_ANSWER}",
        rf"\bm['’](?:interdi\w+|emp[êe]che\w*)\s+(?:de|d['’])\s*{_FR_ANSWER}",
    ),
)

# German: the infinitive ends the clause.
_DE_ANSWER = (
    r"(?:(?:be)?antworten|w[äa]hlen|ausw[äa]hlen|entscheiden|[äa]u(?:ß|ss)ern|festlegen|festzulegen|kommentieren"
    r"|(?:be)?urteilen|helfen|weiterhelfen|mitteilen|positionieren|diskutieren|beteiligen|enthalten|zu\s+[äa]u(?:ß|ss)ern"
    r"|(?:Stellung|Position|Partei|Seite|Auskunft|Aussagen?|Antwort(?:en)?|Meinung(?:en)?|Ansicht(?:en)?|Angaben?|Wahl"
    r"|Entscheidung|Urteil|Empfehlung|Pr[äa]ferenz)\s+(?:(?:lieber|nicht|zu)\s+)*(?:nehmen|beziehen|ergreifen|geben|machen"
    r"|treffen|abgeben|haben|einnehmen|[äa]u(?:ß|ss)ern|vertreten|teilen)"
    r"|sagen(?=\s*(?:[.!]|$|,\s*(?:ob|was|welche))))\b"
)
_DE_CAN = r"(?:kann|darf|m[öo]chte|will|werde|w[üu]rde|mag|k[öo]nnte|soll)"
_DE_IN = r"[^.!?,;:]{0,60}?"
GERMAN = RefusalForms(
    apology=r"(?:(?:es\s+)?tut\s+mir\s+(?:\w+\s+)?leid|entschuldigung|entschuldigen\s+sie"
    r"|ich\s+entschuldige\s+mich|ich\s+bitte\s+um\s+(?:entschuldigung|verzeihung)|verzeihung|sorry)\b",
    excuse=_any(
        r"(?:leider|ich\s+bedauere?|nein)\b",
        r"(?:vielen\s+)?dank\b|danke\b",
        r"(?:als|ich\s+bin)\s+(?:nur\s+)?(?:eine?\s+)?(?:\w+\s+)?"
        r"(?:ki|k[üu]nstliche\s+intelligenz|(?:ki-)?sprachmodell)\b",
    ),
    declines=(
        rf"\b(?:ich\s+{_DE_CAN}|{_DE_CAN}\s+ich)\b{_DE_IN}\b(?:nicht|nichts|keine?[nrms]?)\b{_DE_IN}\b{_DE_ANSWER}",
        rf"\bich\s+{_DE_CAN}\s+(?:(?:das|dazu|hier|hierzu|leider|dabei)\s+)*(?:nicht|nichts){_END}",
        rf"\bich\s+bin\s+(?:leider\s+)?nicht\s+(?:in\s+der\s+lage|befugt|imstande|berechtigt|bereit)(?:{_END}"
        rf"|{_DE_IN},?{_DE_IN}\b(?:zu\s+)?{_DE_ANSWER})",
        rf"\bich\s+ziehe\s+es\s+vor\s*,\s*{_DE_IN}\b(?:nicht|keine?[nrms]?|nichts)\b{_DE_IN}\b(?:zu\s+)?{_DE_ANSWER}",
        rf"\bich\s+(?:weigere\s+mich|lehne\s+es\s+ab|muss\s+es\s+ablehnen|verzichte\s+darauf)"
        rf"(?:{_END}|\s*,?{_DE_IN}\b(?:zu\s+)?{_DE_ANSWER})",
        rf"\bich\s+(?:[äa]u(?:ß|ss)ere\s+mich|antworte|w[äa]hle)\b{_DE_IN}\bnicht\b{_END}"
        r"|\b(?:dazu|hierzu|dar[üu]ber|darauf)\s+(?:[äa]u(?:ß|ss)ere\s+ich\s+mich\s+nicht|sage\s+ich\s+nichts"
        r"|antworte\s+ich\s+nicht)\b",
        r"\bich\s+(?:verweigere\s+die\s+(?:antwort|aussage)|enthalte\s+mich)\b|\benthalte\s+ich\s+mich\b",
        r"\b(?:ich\s+habe|habe\s+ich|und\s+habe)\s+(?:\w+\s+){0,4}?keine\s+(?:\w+\s+)?"
        r"(?:meinung(?:en)?|ansicht(?:en)?|position|haltung|[üu]berzeugung(?:en)?|pr[äa]ferenz(?:en)?)\b",
        r"\b(?:ich\s+bleibe|bleibe\s+ich|ich\s+bin|bin\s+ich)\s+(?:[^.!?,;:]{0,40},?\s)?(?:neutral|unparteiisch)\b(?!\s*,\s*aber\b)",
        r"\bsteht\s+mir\s+nicht\s+zu\b|\b(?:ist|w[äa]re)\s+nicht\s+meine\s+(?:aufgabe|rolle|sache)\b",
        r"\bich\s+(?:treffe|gebe|beziehe|nehme|mache|ergreife|vertrete)\s+(?:\w+\s+){0,4}?keine?n?\s+(?:\w+\s+)?"
        r"(?:wahl|entscheidung|antwort|aussage|angaben?|auskunft|meinung|position|stellung|partei|urteil|empfehlung)\b",
        r"\bes\s+(?:w[äa]re|ist)\s+(?:nicht\s+(?:angemessen|angebracht)|unangemessen|unangebracht)\s*,?\s*"
        rf"(?:(?:wenn|dass)\s+ich\b|{_DE_IN}\b(?:zu\s+)?{_DE_ANSWER})",
        rf"\b(?:(?:keine|ohne)\s+(?:angaben?|antwort|aussage|meinung)|(?:kein|ohne)\s+kommentar){_END}",
        rf"\bich\s+(?:muss\s+(?:leider\s+)?ablehnen|passe|sage\s+nichts){_END}",
        rf"\bich\s+(?:glaube|denke)\s+nicht\s*,\s*dass\s+ich\b{_DE_IN}\b{_DE_ANSWER}",
        rf"\b(?:verbiet|untersag)\w+\s+(?:es\s+)?mir\b{_DE_IN},?{_DE_IN}\b{_DE_ANSWER}",
        rf"\baber\s+nicht\s+{_DE_ANSWER}",
    ),
)

FORMS = (ENGLISH, CHINESE, FRENCH, GERMAN)
