"""Vectors of a local sentence-transformers model."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from pipeline.embedding.sentence_transformer import SentenceTransformerEmbedder
from pipeline.engines.client import EmbeddingError


class LocalModel:
    """What the package offers, as far as it is used: counts of two letters, scaled on demand."""

    loaded: list[str] = []

    def __init__(self, model: str) -> None:
        self.loaded.append(model)

    def encode(
        self, sentences: list[str], *, normalize_embeddings: bool, show_progress_bar: bool
    ) -> np.ndarray:
        assert not show_progress_bar
        rows = np.array([[text.count("a"), text.count("b")] for text in sentences], dtype=np.float64)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True) if normalize_embeddings else rows


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Models loaded so far from a package that stands in for the real one."""
    package = ModuleType("sentence_transformers")
    package.SentenceTransformer = LocalModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)
    monkeypatch.setattr(LocalModel, "loaded", [])
    return LocalModel.loaded


def test_embed_gives_rows_of_length_one_in_order(loaded: list[str]) -> None:
    vectors = SentenceTransformerEmbedder("tiny").embed(("aaabbbb", "b"), "en")

    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [[0.6, 0.8], [0.0, 1.0]], rtol=1e-6)


def test_model_is_loaded_once_and_not_before_it_is_needed(loaded: list[str]) -> None:
    embedder = SentenceTransformerEmbedder("tiny")
    before = list(loaded)

    embedder.embed(["a"], "en")
    embedder.embed(["b"], "de")

    assert (before, loaded) == ([], ["tiny"])


def test_name_is_known_without_the_package() -> None:
    assert SentenceTransformerEmbedder("tiny").name == "sentence-transformers:tiny"


def test_embed_without_the_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(EmbeddingError, match=r"sentence-transformers:tiny needs the package .* install it"):
        SentenceTransformerEmbedder("tiny").embed(["a"], "en")


def test_model_that_cannot_be_loaded_is_named(loaded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: LocalModel, model: str) -> None:
        raise OSError("no such folder")

    monkeypatch.setattr(LocalModel, "__init__", missing)

    with pytest.raises(EmbeddingError, match="sentence-transformers:tiny cannot be loaded: no such folder"):
        SentenceTransformerEmbedder("tiny").embed(["a"], "en")


def test_empty_text_has_a_row_of_zeros(loaded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def anything(self: LocalModel, sentences: list[str], **options: bool) -> np.ndarray:
        return np.full((len(sentences), 2), 0.5**0.5)

    monkeypatch.setattr(LocalModel, "encode", anything)

    vectors = SentenceTransformerEmbedder("tiny").embed(["a", " ", ""], "en")

    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1.0, 0.0, 0.0], rtol=1e-6)
