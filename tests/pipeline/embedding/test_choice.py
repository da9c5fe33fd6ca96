"""Which embedder is used is a setting of its own, whoever judges."""

from __future__ import annotations

import pytest

from pipeline.embedding.hybrid import HybridEmbedder
from pipeline.embedding.model import OpenAIEmbedder
from pipeline.embedding.sentence_transformer import SentenceTransformerEmbedder
from pipeline.flow import EngineNotConfiguredError, Engines
from pipeline.records import Embedding, Engine


@pytest.mark.parametrize("engine", [Engine.RULES, Engine.OPENAI])
def test_embedder_is_chosen_apart_from_the_judge(engine: Engine) -> None:
    def chosen(embedding: Embedding) -> object:
        return Engines(
            engine=engine,
            base_url="http://127.0.0.1:9/v1",
            embedding=embedding,
            embedding_model="some-model",
        ).embedder

    assert {embedding: type(chosen(embedding)) for embedding in Embedding} == {
        Embedding.EMBEDDED: HybridEmbedder,
        Embedding.OPENAI: OpenAIEmbedder,
        Embedding.SENTENCE_TRANSFORMERS: SentenceTransformerEmbedder,
    }


def test_version_of_topics_changes_with_the_embedder() -> None:
    versions = {
        Engines(embedding=embedding, embedding_model=model, base_url="http://127.0.0.1:9/v1").topics_version
        for embedding, model in [
            (Embedding.EMBEDDED, ""),
            (Embedding.OPENAI, "one"),
            (Embedding.SENTENCE_TRANSFORMERS, "one"),
            (Embedding.SENTENCE_TRANSFORMERS, "another"),
        ]
    }

    assert len(versions) == 4


@pytest.mark.parametrize(
    ("embedding", "model", "message"),
    [
        (Embedding.OPENAI, "", "the openai embedder needs NAVAB_EMBEDDING_MODEL"),
        (Embedding.OPENAI, "one", "the openai embedder needs OPENAI_BASE_URL"),
        (
            Embedding.SENTENCE_TRANSFORMERS,
            "",
            "the sentence-transformers embedder needs NAVAB_EMBEDDING_MODEL",
        ),
    ],
)
def test_embedder_without_its_settings_names_them(embedding: Embedding, model: str, message: str) -> None:
    with pytest.raises(EngineNotConfiguredError, match=message):
        _ = Engines(embedding=embedding, embedding_model=model).embedder
