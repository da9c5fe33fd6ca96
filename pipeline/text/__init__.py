"""Language knowledge shared by the stages: profiles, lexicons, sentence borders, Chinese scripts."""

from __future__ import annotations

from pipeline.text.lexicon import Hit, Lexicon, fold
from pipeline.text.profile import LANGUAGES, LanguageProfile, UnknownLanguageError, profile
from pipeline.text.script import Script, chinese_script, to_simplified
from pipeline.text.sentences import sentences

__all__ = [
    "LANGUAGES",
    "Hit",
    "LanguageProfile",
    "Lexicon",
    "Script",
    "UnknownLanguageError",
    "chinese_script",
    "fold",
    "profile",
    "sentences",
    "to_simplified",
]
