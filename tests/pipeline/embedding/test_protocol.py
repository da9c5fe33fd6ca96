"""An embedder and a cache of its vectors working together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.embedding.hybrid import HybridEmbedder
from pipeline.embedding.protocol import FittableEmbedder, bound_to, embed_cached, text_digest

TEXTS = st.lists(st.text("abc", max_size=3), max_size=8)


class Letters:
    """Counts the letters a, b and c; remembers what it was asked."""

    name = "letters-1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], language: str) -> np.ndarray:
        self.asked.extend(texts)
        counts = np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=np.float32)
        counts = counts.reshape(len(texts), 3)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-6)


class Shelf(dict[tuple[str, str], np.ndarray]):
    """A cache of vectors in memory."""

    def get(self, embedder_name: str, digests: Sequence[str]) -> Mapping[str, np.ndarray]:  # type: ignore[override]
        return {digest: self[embedder_name, digest] for digest in digests if (embedder_name, digest) in self}

    def put(self, embedder_name: str, vectors: Mapping[str, np.ndarray]) -> None:
        self.update({(embedder_name, digest): vector for digest, vector in vectors.items()})


@given(TEXTS, TEXTS)
def test_embed_cached_gives_what_embed_gives_and_embeds_only_what_is_missing(
    before: list[str], texts: list[str]
) -> None:
    embedder, shelf = Letters(), Shelf()
    embed_cached(embedder, before, "en", shelf)
    embedder.asked.clear()

    found = embed_cached(embedder, texts, "en", shelf)

    assert embedder.asked == list(dict.fromkeys(text for text in texts if text not in before))
    np.testing.assert_array_equal(found, Letters().embed(texts, "en"))
    assert (found.dtype, found.shape) == (np.float32, (len(texts), 3))


def test_embed_cached_keeps_vectors_by_embedder_and_digest() -> None:
    shelf = Shelf()

    embed_cached(Letters(), ["ab", "ab", "c"], "en", shelf)

    assert list(shelf) == [("letters-1", text_digest("ab")), ("letters-1", text_digest("c"))]
    np.testing.assert_array_equal(shelf["letters-1", text_digest("c")], [0, 0, 1])


def test_embed_cached_does_not_take_vectors_of_another_embedder() -> None:
    shelf = Shelf({("letters-0", text_digest("a")): np.array([9, 9, 9], dtype=np.float32)})

    np.testing.assert_array_equal(embed_cached(Letters(), ["a"], "en", shelf), [[1, 0, 0]])


def test_embed_cached_takes_a_vector_of_the_cache_without_asking_again() -> None:
    shelf = Shelf({("letters-1", text_digest("a")): np.array([9, 9, 9], dtype=np.float32)})

    np.testing.assert_array_equal(embed_cached(Letters(), ["a"], "en", shelf), [[9, 9, 9]])


def test_embed_cached_without_a_cache_embeds_all() -> None:
    embedder = Letters()

    found = embed_cached(embedder, ["a", "a"], "en", None)

    assert embedder.asked == ["a", "a"]
    np.testing.assert_array_equal(found, [[1, 0, 0], [1, 0, 0]])


def test_text_digest_is_forty_hex_digits_and_takes_any_text() -> None:
    digests = {text_digest(text) for text in ("", "a", "A", "农", "\ud800")}

    assert len(digests) == 5
    assert {len(digest) for digest in digests} == {40}


def test_bound_to_fits_what_can_be_fitted_and_leaves_the_rest() -> None:
    letters, hybrid = Letters(), HybridEmbedder()
    texts = ["river dam", "school"]

    assert bound_to(letters, texts, "en") is letters
    assert bound_to(hybrid, texts, "en").name == hybrid.fitted(texts, "en").name
    assert (isinstance(hybrid, FittableEmbedder), isinstance(letters, FittableEmbedder)) == (True, False)
