import pytest

from pipeline.text import LANGUAGES, UnknownLanguageError, profile
from pipeline.text.profile import profiles_digest


def test_languages_are_the_folders():
    assert LANGUAGES == ("de", "en", "fr", "zh")


def test_profile_of_unknown_language_names_the_known_ones():
    with pytest.raises(UnknownLanguageError, match="no language profile for 'xx'; known: de, en, fr, zh"):
        profile("xx")


def test_profile_refuses_a_path():
    with pytest.raises(UnknownLanguageError):
        profile("../en")


def test_profiles_share_one_set_of_groups():
    values = {tuple(sorted(profile(language).values.groups)) for language in LANGUAGES}
    markers = {tuple(sorted(profile(language).markers.groups)) for language in LANGUAGES}
    assert (len(values), len(markers)) == (1, 1)
    assert len(values.pop()) == 13


def test_profile_is_cached_and_digests_differ():
    assert profile("en") is profile("en")
    assert len({profile(language).digest for language in LANGUAGES}) == len(LANGUAGES)
    assert len(profiles_digest()) == 8


def test_chinese_stop_words_are_in_both_scripts():
    assert {"这个", "這個", "为了", "為了"} - profile("zh").stop_words == set()


@pytest.mark.parametrize(
    ("language", "text", "groups"),
    [
        ("en", "Equality before the law", ["law", "universalism"]),
        ("fr", "L’égalité et la liberté", ["self_direction", "universalism"]),
        ("de", "Die Pressefreiheit und die Menschenwürde", ["self_direction", "universalism"]),
        ("zh", "公平与法治", ["law", "universalism"]),
        ("zh", "維護公平與法治", ["law", "universalism"]),
        ("en", "It rained in the afternoon", []),
    ],
)
def test_value_lexicon_finds_the_groups(language, text, groups):
    facts = profile(language)
    assert sorted(facts.values.groups_in(facts.fold(text), text)) == groups
