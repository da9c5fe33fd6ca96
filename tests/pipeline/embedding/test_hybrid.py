"""The embedded embedder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.embedding import hybrid
from pipeline.embedding.hybrid import COMMON_FROM, SHORT, HybridEmbedder
from pipeline.embedding.protocol import embed_cached

SUBJECTS = {
    "en": ("The river flooded the mill.", "A dam shall tame the river.", "Pupils greet their teacher."),
    "de": ("Der Fluss flutete die Mühle.", "Ein Damm zähmt den Fluss.", "Kinder grüßen ihre Lehrerin."),
    "fr": (
        "La rivière inonde le moulin.",
        "Un barrage dompte la rivière.",
        "Les élèves saluent l'enseignante.",
    ),
    "zh": ("河水淹没磨坊。", "水坝挡住河水。", "学生问候老师。"),
}
WORDS = ["river", "dam", "flood", "school", "teacher", "lesson", "market", "price", "tax", "the"]
CORPUS = st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), max_size=12)


@pytest.mark.parametrize("language", sorted(SUBJECTS))
def test_embed_puts_texts_of_one_subject_nearer_together(language: str) -> None:
    one, same, other = HybridEmbedder().embed(SUBJECTS[language], language)

    assert one @ same > one @ other + 0.1
    assert same @ one > same @ other + 0.1


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide")  # equal texts have no variance
@settings(max_examples=40, deadline=None)
@given(CORPUS, CORPUS)
def test_vectors_have_length_one_or_are_zeros(corpus: list[str], texts: list[str]) -> None:
    vectors = HybridEmbedder(4).fitted(corpus, "en").embed(texts, "en")

    lengths = np.linalg.norm(vectors, axis=1)
    assert (vectors.dtype, len(vectors)) == (np.float32, len(texts))
    assert 1 <= vectors.shape[1] <= 4
    np.testing.assert_allclose(lengths[lengths > 0], 1.0, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide")  # equal texts have no variance
@settings(max_examples=25, deadline=None)
@given(CORPUS.filter(any), st.randoms(use_true_random=False))
def test_vector_of_a_text_does_not_depend_on_the_texts_beside_it(corpus: list[str], chance) -> None:
    embedder = HybridEmbedder(4).fitted(corpus, "en")
    texts = list(corpus)
    chance.shuffle(texts)

    together = embedder.embed(texts, "en")

    alone = [embedder.embed([text], "en")[0] for text in texts]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_embed_of_a_text_that_shares_nothing_with_the_corpus_is_zeros() -> None:
    embedder = HybridEmbedder().fitted(SUBJECTS["en"], "en")

    assert not embedder.embed(["Zebras vex quokkas"], "en").any()


def test_unfitted_embedder_fits_on_the_texts_it_is_given() -> None:
    texts = SUBJECTS["en"]

    fitted = HybridEmbedder().fitted(texts, "en").embed(texts, "en")

    np.testing.assert_array_equal(HybridEmbedder().embed(texts, "en"), fitted)


def test_fitted_embedder_stays_what_it_is() -> None:
    embedder = HybridEmbedder().fitted(SUBJECTS["en"], "en")

    assert embedder.fitted(SUBJECTS["de"], "de") is embedder


@pytest.mark.parametrize(
    ("corpus", "shape"),
    [
        ((), (3, 1)),
        (("",), (3, 1)),
        (("river dam",), (3, 1)),
        (("river", "dam"), (3, 1)),
        (("river", "dam", "flood"), (3, 2)),
    ],
)
def test_dimensions_are_no_more_than_a_small_corpus_has(
    corpus: tuple[str, ...], shape: tuple[int, int]
) -> None:
    embedder = HybridEmbedder().fitted(corpus, "en")

    assert embedder.embed(["river", "dam", "x"], "en").shape == shape
    assert embedder.embed([], "en").shape == (0, shape[1])


def test_embed_with_a_corpus_of_one_text_tells_related_from_unrelated_ones() -> None:
    embedder = HybridEmbedder().fitted(["river dam"], "en")

    assert embedder.embed(["the dam", "school"], "en").tolist() == [[1.0], [0.0]]


def test_embed_with_a_corpus_without_words_knows_nothing() -> None:
    assert HybridEmbedder().fitted(["12 %", "…"], "en").embed(["river", ""], "en").tolist() == [[0.0], [0.0]]


def test_corpus_whose_words_all_stand_once_is_embedded_all_the_same() -> None:
    texts = ["river", "dam", "flood", "school", "market", "price"]

    vectors = HybridEmbedder().embed(texts, "en")

    assert np.abs(vectors).sum(axis=1).all()


def test_word_of_more_than_half_of_a_larger_corpus_names_no_subject() -> None:
    # Longer than short texts, so that parts of words play no part.
    pad = " 1" * SHORT
    texts = [f"gazette {'river' if at % 2 else 'school'}{pad}" for at in range(COMMON_FROM)]

    larger = HybridEmbedder().fitted(texts, "en").embed(["gazette", "river"], "en")
    smaller = HybridEmbedder().fitted(texts[:-2], "en").embed(["gazette", "river"], "en")

    assert [bool(row.any()) for row in larger] == [False, True]
    assert [bool(row.any()) for row in smaller] == [True, True]


def test_word_of_a_single_text_is_left_out_of_a_larger_corpus() -> None:
    texts = ["river dam", "river flood", "dam flood", "river school", "dam flood"]

    vectors = HybridEmbedder().fitted(texts, "en").embed(["school", "flood"], "en")

    assert [bool(row.any()) for row in vectors] == [False, True]


def test_short_texts_meet_through_parts_of_words_and_long_ones_do_not() -> None:
    texts = ["Hochwasserschutz", "Wasserwerk", "Lehrerin", "Lehrerzimmer"]
    pad = " 1" * SHORT

    short = HybridEmbedder().embed(texts, "de")
    long = HybridEmbedder().embed([text + pad for text in texts], "de")

    assert short[0] @ short[1] > 0.1
    assert abs(long[0] @ long[1]) < 0.1


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [([], False), ([SHORT - 1], True), ([SHORT], False), ([1, SHORT], False), ([1, 1, SHORT], True)],
)
def test_texts_are_short_by_their_median(lengths: list[int], expected: bool) -> None:
    assert hybrid._are_short(["x" * length for length in lengths]) is expected


def test_name_says_what_the_vectors_depend_on() -> None:
    texts = ["river", "dam"]
    names = [
        HybridEmbedder().name,
        HybridEmbedder(32).name,
        HybridEmbedder(seed=2).name,
        HybridEmbedder().fitted(texts, "en").name,
        HybridEmbedder(seed=2).fitted(texts, "en").name,
        HybridEmbedder(32).fitted(texts, "en").name,
        HybridEmbedder().fitted(texts, "de").name,
        HybridEmbedder().fitted(texts[::-1], "en").name,
        HybridEmbedder().fitted(["riverdam"], "en").name,
        HybridEmbedder().fitted(["river", "dam", "\ud800"], "en").name,
    ]

    assert len(set(names)) == len(names)
    assert names[0] == f"hybrid-{hybrid.REVISION}.{hybrid.ANALYZER_VERSION}-64-s1"
    assert names[3] == HybridEmbedder().fitted(list(texts), "en").name
    assert max(map(len, names)) <= 120


@pytest.mark.parametrize("dimensions", [0, -1])
def test_embedder_without_dimensions_is_refused(dimensions: int) -> None:
    with pytest.raises(ValueError, match=f"dimensions must be 1 or more, not {dimensions}"):
        HybridEmbedder(dimensions)


def test_full_cache_costs_no_fit() -> None:
    shelf: dict[str, np.ndarray] = {}

    class Shelf:
        def get(self, name: str, digests: list[str]) -> dict[str, np.ndarray]:
            return {digest: shelf[digest] for digest in digests if digest in shelf}

        def put(self, name: str, vectors: dict[str, np.ndarray]) -> None:
            shelf.update(vectors)

    texts = SUBJECTS["en"]
    first = embed_cached(HybridEmbedder().fitted(texts, "en"), texts, "en", Shelf())
    again = HybridEmbedder().fitted(texts, "en")

    np.testing.assert_array_equal(embed_cached(again, texts, "en", Shelf()), first)
    assert "_model" not in vars(again)
