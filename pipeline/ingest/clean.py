"""Cleaning of text from outside: normal form, no control characters, no markup."""

from __future__ import annotations

import html
import re
import unicodedata
import warnings

_TAG_NAMES = (
    "a|abbr|address|article|aside|audio|b|big|blockquote|body|br|button|canvas|caption|center|cite|"
    "code|col|colgroup|dd|del|details|dfn|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|"
    "form|frame|frameset|h1|h2|h3|h4|h5|h6|head|header|hr|html|i|iframe|img|input|ins|kbd|label|"
    "legend|li|link|main|map|mark|meta|nav|noscript|object|ol|option|p|param|picture|pre|q|s|samp|"
    "script|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|"
    "template|textarea|tfoot|th|thead|time|title|tr|tt|u|ul|var|video"
)
_BLOCKS = (
    "address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|"
    "figcaption|figure|footer|form|h1|h2|h3|h4|h5|h6|head|header|hr|html|li|main|nav|ol|option|p|pre|"
    "section|summary|table|tbody|td|tfoot|th|thead|title|tr|ul"
)
_DROPPED = ("script", "style", "template", "noscript")

_NAME = rf"(?:{_TAG_NAMES}|[a-z]+:[a-z]+)"
_BLOCK = re.compile(rf"(?:{_BLOCKS})\Z")
_TAG = re.compile(rf"</?{_NAME}(?:\s[^<>]*|/)?>|<!--|<!doctype\s", re.IGNORECASE)
_NOT_A_TAG = re.compile(rf"<(?!/?{_NAME}[\s/>]|!--|!doctype\s)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters, then what cannot be seen but changes matching or reading order: soft hyphen, zero-width
# and bidirectional controls, byte order marks, annotation marks, noncharacters, invisible tag characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[ \t]{2,}")
_EMPTY_LINES = re.compile(r"\n{3,}")


def clean_text(raw: str) -> str:
    """``raw`` in NFC without control or invisible characters and, where it has markup, without that.

    Newlines (as ``\\n``) and tabs stay, block elements become lines, entities characters; a lone surrogate
    becomes U+FFFD. Never raises.
    """
    text = _whole_characters(raw)
    if _TAG.search(text):
        text = _strip_markup(text)
    elif "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
        if _TAG.search(text):  # markup that was escaped once, as feeds do
            text = _strip_markup(text)
    return _normalise(text)


def clean_line(raw: str) -> str:
    """Like :func:`clean_text`, on one line: every run of white space becomes one space."""
    return " ".join(clean_text(raw).split())


def excerpt_of(raw: str, limit: int = 500) -> str:
    """The beginning of ``raw``, at most ``limit`` characters, safe to store and show; markup is kept."""
    return " ".join(_normalise(_whole_characters(raw[: 2 * limit])).split())[:limit]


def _whole_characters(text: str) -> str:
    """Surrogate pairs joined, lone ones replaced: what is left can be encoded."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _normalise(text: str) -> str:
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    text = unicodedata.normalize("NFC", text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _strip_markup(text: str) -> str:
    """The readable text of an HTML fragment. What only looks like a tag ("x<y") is kept as text."""
    from bs4 import BeautifulSoup
    from bs4.exceptions import ParserRejectedMarkup

    escaped = _NOT_A_TAG.sub("&lt;", text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            soup = BeautifulSoup(escaped, "html.parser")
        for dropped in soup.find_all(_DROPPED):
            dropped.decompose()
        for line_break in soup.find_all("br"):
            line_break.replace_with("\n")
        for block in soup.find_all(_BLOCK):
            block.insert_before("\n")
            block.insert_after("\n")
        plain = soup.get_text()
    except (ParserRejectedMarkup, AssertionError, RecursionError):
        # Markup broken beyond the parser's patience: cut the tags themselves.
        plain = html.unescape(_TAG.sub(" ", text))
    plain = _whole_characters(plain)
    lines = (_SPACES.sub(" ", line).strip() for line in _LINE_ENDS.sub("\n", plain).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines))
