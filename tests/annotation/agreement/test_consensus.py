"""The consensus rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement import Ballot, Consensus, Outcome, consensus

LABELS = st.lists(st.sampled_from(["a", "b"]), max_size=5)


def speakers(*names: str, fallback: str | None = None) -> str:
    ballots = [Ballot("quoted", {"speaker": name} if name else {}) for name in names]
    machine = None if fallback is None else {"speaker": fallback}
    found = consensus(ballots, votes_required=2, by_majority=("speaker",), fallback=machine)
    assert found.outcome is Outcome.AGREED
    return found.value.get("speaker", "")


@given(LABELS, st.integers(1, 4))
def test_consensus_is_enough_equal_labels(labels: list[str], required: int) -> None:
    found = consensus([Ballot(label) for label in labels], votes_required=required)

    if len(labels) < required:
        assert found == Consensus(Outcome.WAITING)
    elif len(set(labels)) == 1:
        assert found == Consensus(Outcome.AGREED, labels[0])
    else:
        assert found == Consensus(Outcome.DISPUTED)


def test_texts_that_must_match_differ_only_by_more_than_spacing() -> None:
    same = [Ballot("valid", {"question": "Why  so?"}), Ballot("valid", {"question": " Why so?"})]
    other = [Ballot("valid", {"question": "Why so?"}), Ballot("valid", {"question": "Why not?"})]

    assert consensus(same, votes_required=2, must_match=("question",)) == Consensus(
        Outcome.AGREED, "valid", {"question": "Why  so?"}
    )
    assert consensus(other, votes_required=2, must_match=("question",)) == Consensus(Outcome.DISPUTED)


def test_speaker_is_the_most_common_in_its_most_common_spelling() -> None:
    assert speakers("Ann Smith", "ann  smith", "Bob") == "Ann Smith"
    assert speakers("ANN", "Ann", "Ann") == "Ann"
    assert speakers("", "", "Ann") == ""


def test_speaker_on_a_tie_is_the_machines_else_the_first() -> None:
    assert speakers("Ann", "Bob", fallback="Cy") == "Cy"
    assert speakers("Ann", "Bob") == "Ann"
