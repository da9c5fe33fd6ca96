"""Vectors from an endpoint."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.embedding.model import SHOWN, OpenAIEmbedder
from pipeline.engines.client import EmbeddingError
from pipeline.engines.openai import OpenAIModel
from tests.openai_server import DIMENSIONS, Answer, error, openai_server


def test_embed_gives_unit_rows_in_order_over_several_requests() -> None:
    texts = ["tax law", "the park", "tax law", "park the"]
    with openai_server() as server:
        vectors = OpenAIEmbedder(OpenAIModel(server.base_url, "", "tiny"), batch=2).embed(texts, "en")

    assert (vectors.shape, vectors.dtype) == ((4, DIMENSIONS), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(vectors[0], vectors[2])
    np.testing.assert_allclose(vectors[1], vectors[3])
    assert len(server.requests) == 2


def test_embed_does_not_send_empty_texts_and_cuts_long_ones() -> None:
    with openai_server() as server:
        embedder = OpenAIEmbedder(OpenAIModel(server.base_url, "", "tiny"))
        vectors = embedder.embed(["", "a" * 2 * SHOWN], "en")

    assert [len(text) for text in server.requests[0].body["input"]] == [SHOWN]
    assert not vectors[0].any()
    assert embedder.name == f"openai:tiny:{SHOWN}"


def test_embed_of_nothing_asks_nothing() -> None:
    with openai_server() as server:
        vectors = OpenAIEmbedder(OpenAIModel(server.base_url, "", "tiny")).embed([], "en")

    assert (vectors.shape, server.requests) == ((0, 0), [])


@pytest.mark.parametrize(
    "scripted",
    [
        error(400, "no embeddings here"),
        Answer(body=b'{"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]}'),
        Answer(body=b'{"data": [{"index": 0, "embedding": [NaN]}, {"index": 1, "embedding": [1.0]}]}'),
    ],
)
def test_embed_raises_rather_than_guess(scripted: Answer) -> None:
    with openai_server([scripted]) as server:
        embedder = OpenAIEmbedder(OpenAIModel(server.base_url, "", "tiny"))
        with pytest.raises(EmbeddingError):
            embedder.embed(["one", "two"], "en")
