import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import Script, chinese_script, to_simplified
from pipeline.text.script import traditional_spellings


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("国家应当保护儿童的权利", Script.SIMPLIFIED),
        ("國家應當保護兒童的權利", Script.TRADITIONAL),
        ("天下太平", Script.UNKNOWN),
        ("皇后在里面", Script.UNKNOWN),
        ("", Script.UNKNOWN),
    ],
)
def test_chinese_script_counts_characters_of_one_script(text, script):
    assert chinese_script(text) == script


def test_to_simplified_folds_a_sentence():
    assert to_simplified("國家應當保護兒童的權利") == "国家应当保护儿童的权利"


@given(st.text())
def test_to_simplified_keeps_length_and_settles(text):
    folded = to_simplified(text)
    assert len(folded) == len(text)
    assert to_simplified(folded) == folded


@pytest.mark.parametrize(
    ("word", "spellings"),
    [
        ("国际", {"國際"}),
        ("皇后", {"皇后", "皇後"}),  # 后 is a traditional character too
        ("太平", {"太平"}),
    ],
)
def test_traditional_spellings_are_the_sure_one_and_the_possible_one(word, spellings):
    assert traditional_spellings(word) == spellings


@given(st.text(alphabet="国家应当保护儿童的权利皇后里面a", max_size=12))
def test_traditional_spellings_fold_back_to_the_word(word):
    assert {to_simplified(spelling) for spelling in traditional_spellings(word)} == {word}
