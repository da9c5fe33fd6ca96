"""Finds the speaker beside a cue verb in Chinese, where the name stands right before it."""

from __future__ import annotations

import re
from functools import cache

from pipeline.attribution.speakers import Found
from pipeline.text.profile import profile

_ADVERBS = re.compile(
    r"(?:还|也|则|曾|又|进一步|随后|同时|明确|多次|反复|郑重|日前|近日|昨日|今天|昨天|\d+日|在.*?[上中时里])+$"
)
_OPENERS = re.compile(r"^(?:据|对此|为此|因此|但是|但|而|正如|如)")
_NO_NAME = frozenset("我你他她它这那有")


def speaker_in(context: str) -> Found | None:
    """The speaker of the first cue that has one, or a cue without anybody (empty name)."""
    anonymous: Found | None = None
    for match in _named().finditer(context):
        name = _cleaned(match["name"])
        if name:
            return Found(name, match["cue"])
        anonymous = anonymous or Found("", match["cue"], is_pronoun=True)
    if anonymous is None and (cue := _bare().search(context)):
        return Found("", cue.group(), is_pronoun=True)
    return anonymous


def last_speaker(text: str) -> str:
    """The speaker named last beside a cue in ``text``, or empty."""
    names = [name for match in _named().finditer(text) if (name := _cleaned(match["name"]))]
    return names[-1] if names else ""


@cache
def _named() -> re.Pattern[str]:
    return re.compile(
        rf"(?:^|[，。！？；：”」\s])(?P<name>[\u4e00-\u9fff·]{{2,24}}?)(?P<cue>{_cues()})(?=[，,:：“「]|$)"
    )


@cache
def _bare() -> re.Pattern[str]:
    return re.compile(rf"(?:{_cues()})(?=[，,:：“「]|$)")


def _cues() -> str:
    return "|".join(re.escape(cue) for cue in sorted(profile("zh").cues, key=len, reverse=True))


def _cleaned(name: str) -> str:
    name = _OPENERS.sub("", _ADVERBS.sub("", name))
    return "" if name in profile("zh").stop_words or len(name) < 2 or name[0] in _NO_NAME else name
