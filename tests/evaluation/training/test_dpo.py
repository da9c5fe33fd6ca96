from __future__ import annotations

from collections import Counter

import pytest

from evaluation.training.dpo import Settings, TrainingError, exchanged_ids, require_libraries
from tests.evaluation.training.tiny import part_rows


def test_control_exchanges_half_of_every_slice():
    rows = part_rows(range(100, 107), "train")
    found = exchanged_ids(rows, seed=1)
    assert Counter(row.nation for row in rows if row.id in found) == {"FR": 3, "GB": 3}
    assert found == exchanged_ids(list(reversed(rows)), seed=1)
    assert found != exchanged_ids(rows, seed=2)


def test_control_needs_two_pairs_of_a_slice():
    with pytest.raises(TrainingError, match="at least two pairs"):
        exchanged_ids(part_rows([100], "train"), seed=0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("beta", 0.0, "beta is 0.0; it must be above 0"),
        ("learning_rate", float("nan"), "learning-rate is nan; it must be above 0"),
        ("epochs", -1.0, "epochs is -1.0; it must be above 0"),
        ("batch_size", 0, "batch-size is 0; it must be at least 1"),
        ("max_length", 1, "max-length is 1; it must be at least 2"),
        ("seed", -1, "seed is -1; it must be at least 0"),
    ],
)
def test_settings_name_the_number_that_cannot_be(name: str, value: float, message: str):
    with pytest.raises(TrainingError, match=message):
        Settings(**{name: value})


@pytest.mark.parametrize(
    ("absent", "wanted", "message"),
    [
        ("trl", Settings(), "there is no trl: `python3 navab install local`"),
        ("peft", Settings(lora=8), "pip install peft"),
    ],
)
def test_missing_library_is_named_before_anything_is_scored(monkeypatch, absent, wanted, message):
    monkeypatch.setattr(
        "evaluation.training.dpo.find_spec", lambda name: None if name == absent else object()
    )
    with pytest.raises(TrainingError, match=message):
        require_libraries(wanted)


def test_adapter_library_is_not_needed_without_an_adapter(monkeypatch):
    monkeypatch.setattr(
        "evaluation.training.dpo.find_spec", lambda name: None if name == "peft" else object()
    )
    require_libraries(Settings())


def _without(monkeypatch, absent: str) -> None:
    monkeypatch.setattr("evaluation.training.dpo.find_spec", lambda name: None if name == absent else name)
