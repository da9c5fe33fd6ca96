"""Topics of one nation in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.embedding.hybrid import HybridEmbedder
from pipeline.engines.fake import QueueModel
from pipeline.records import DocumentRecord
from pipeline.topics.find import TopicModel, _apart, find_topics
from pipeline.topics.labels import KeywordLabeller, LabelResult
from pipeline.topics.model import TopicLabelModel
from pipeline.topics.parameters import TopicParameters

SENTENCES = {
    "en": (
        "The river rose after the storm. The dam on the river was checked. Flood water stood in the cellars. "
        "Helpers filled sandbags along the river. The flood reached the mill. A dam shall hold the flood.",
        "The school hired a teacher. Pupils of the school learn to read. The teacher marks homework. "
        "Parents thank the teacher. Lessons at the school begin at eight. Homework is set after lessons.",
    ),
    "de": (
        "Der Fluss stieg nach dem Sturm. Der Damm am Fluss wurde geprüft. Hochwasser stand in den Kellern. "
        "Helfer füllten Sandsäcke am Fluss. Das Hochwasser erreichte die Mühle. Ein Damm hält Hochwasser.",
        "Die Schule stellt eine Lehrerin ein. Kinder der Schule lernen lesen. Die Lehrerin prüft Aufgaben. "
        "Eltern danken der Lehrerin. Der Unterricht der Schule beginnt früh. Aufgaben folgen dem Unterricht.",
    ),
    "fr": (
        "La rivière est montée après la tempête. Le barrage de la rivière est surveillé. La crue envahit les "
        "caves. Des bénévoles longent la rivière. La crue touche le moulin. Un barrage retient la crue.",
        "L'école recrute une enseignante. Les élèves de l'école lisent. L'enseignante corrige les devoirs. "
        "Les parents saluent l'enseignante. Les leçons de l'école commencent tôt. Des devoirs suivent.",
    ),
    "zh": (
        "暴雨之后河水上涨。工程师检查河边的水坝。洪水进入地下室。居民在河边堆放沙袋。洪水到达磨坊。水坝挡住洪水。",
        "学校聘请教师。学校的学生学习阅读。教师批改作业。家长感谢教师。学校的课程八点开始。课程之后布置作业。",
    ),
}


def parts(text: str) -> list[str]:
    mark = "。" if "。" in text else "."
    return [sentence.strip() + mark for sentence in text.split(mark) if sentence.strip()]


def corpus(language: str = "en", each: int = 6) -> list[DocumentRecord]:
    """Documents of two subjects: odd keys speak of the river, even ones of the school."""
    found = []
    for parity, subject in enumerate(SENTENCES[language]):
        choices = combinations(parts(subject), 5 if each <= 6 else 3)
        for number, chosen in enumerate(islice(choices, each)):
            found.append(DocumentRecord(2 * number + 1 + parity, "XX", language, " ".join(chosen)))
    return found


def find(documents: Sequence[DocumentRecord], **options: object) -> TopicModel:
    return find_topics(
        documents,
        **{
            "embedder": HybridEmbedder(),
            "parameters": TopicParameters(),
            "labeller": KeywordLabeller(),
            **options,
        },
    )


def keys(model: TopicModel) -> set[frozenset[int]]:
    return {frozenset(key for key, _ in topic.members) for topic in model.topics}


@pytest.mark.parametrize(
    ("language", "river", "school"),
    [
        ("en", "river", "school"),
        ("de", "Fluss", "Schule"),
        ("fr", "rivière", "école"),
        ("zh", "河边", "学校"),
    ],
)
def test_find_topics_tells_subjects_apart_and_names_them(language: str, river: str, school: str) -> None:
    model = find(corpus(language))

    by_parity = {min(topic.members)[0] % 2: topic.keywords for topic in model.topics}
    assert keys(model) == {frozenset(range(1, 13, 2)), frozenset(range(2, 13, 2))}
    assert model.outliers == ()
    assert (river in by_parity[1], school in by_parity[0]) == (True, True)
    assert not set(by_parity[0]) & set(by_parity[1])


@settings(max_examples=8, deadline=None)
@given(st.permutations(corpus()))
def test_find_topics_does_not_depend_on_the_order_of_documents(documents: list[DocumentRecord]) -> None:
    assert find(documents) == find(corpus())


def test_find_topics_puts_every_document_in_one_place() -> None:
    odd = DocumentRecord(99, "XX", "en", "Comets cross orbits silently.")
    blank = DocumentRecord(98, "XX", "en", "…")

    model = find([*corpus(each=4), odd, blank])

    placed = [key for topic in model.topics for key, _ in topic.members]
    assert sorted([*placed, *model.outliers]) == sorted([*range(1, 9), 98, 99])
    assert set(model.outliers) == {98, 99}


def test_found_topic_lists_its_strongest_documents_first_and_exemplars_among_them() -> None:
    model = find(corpus(), parameters=TopicParameters(exemplars=2, keywords=4))

    for topic in model.topics:
        strengths = [strength for _, strength in topic.members]
        assert strengths == sorted(strengths, reverse=True)
        assert topic.exemplars == tuple(key for key, _ in topic.members[:2])
        assert len(topic.keywords) == 4


def test_find_topics_puts_the_largest_topic_first() -> None:
    documents = [document for document in corpus() if document.key % 2 == 0 or document.key < 8]

    assert [len(topic.members) for topic in find(documents).topics] == [6, 4]


def test_find_topics_says_with_what_it_worked() -> None:
    model = find(corpus())

    texts = [document.text for document in sorted(corpus(), key=lambda document: document.key)]
    assert model.embedder == HybridEmbedder().fitted(texts, "en").name
    assert model.parameters == TopicParameters().adapted(12)
    assert model.method == "agglomerative"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_find_topics_in_next_to_nothing_finds_none(count: int) -> None:
    model = find(corpus()[:count])

    assert (model.topics, len(model.outliers)) == ((), count)


def test_find_topics_in_a_larger_corpus_repeats_itself_in_any_order() -> None:
    documents = corpus(each=20)
    parameters = TopicParameters(n_epochs=30)

    model = find(documents, parameters=parameters)

    assert model == find(documents[::-1], parameters=parameters)
    assert model.method == "umap+hdbscan"
    assert {len({key % 2 for key in group}) for group in keys(model)} == {1}


def test_find_topics_refuses_a_mixed_corpus() -> None:
    documents = [corpus()[0], *corpus("fr")]

    with pytest.raises(
        ValueError, match=r"one nation and language at a time, not for \[\('XX', 'en'\), \('XX', 'fr'\)\]"
    ):
        find(documents)


def test_find_topics_refuses_two_documents_of_one_key() -> None:
    with pytest.raises(ValueError, match="two documents have the same key"):
        find([corpus()[0], corpus()[0]])


def test_title_counts_unless_several_documents_share_it() -> None:
    alone, shared = corpus(), corpus()
    for at, document in enumerate(alone):
        common = {"key": document.key, "nation": "XX", "language": "en", "text": document.text}
        alone[at] = DocumentRecord(**common, title=f"Gazette {document.key}")
        shared[at] = DocumentRecord(**common, title="Gazette")

    names = [find(documents).embedder for documents in (alone, shared, corpus())]

    assert names[0] != names[1]
    assert names[1] == names[2]


def test_find_topics_reads_the_first_characters_only() -> None:
    tail = [
        DocumentRecord(document.key, "XX", "en", document.text[:80] + " Comet orbit." * document.key)
        for document in corpus()
    ]
    cut = [DocumentRecord(document.key, "XX", "en", document.text[:80]) for document in corpus()]

    assert find(tail, parameters=TopicParameters(characters=80)) == find(
        cut, parameters=TopicParameters(characters=80)
    )


def test_progress_hears_every_step_from_its_start_to_its_end() -> None:
    heard: list[tuple[str, int, int]] = []

    find(corpus(), progress=lambda step, done, total: heard.append((step, done, total)))

    assert heard == [
        ("embedding", 0, 12),
        ("embedding", 12, 12),
        ("clustering", 0, 12),
        ("clustering", 12, 12),
        ("keywords", 0, 2),
        ("keywords", 1, 2),
        ("keywords", 2, 2),
    ]


class Shelf:
    """A cache of vectors in memory that counts what it is given."""

    def __init__(self) -> None:
        self.vectors: dict[tuple[str, str], np.ndarray] = {}
        self.puts = 0

    def get(self, embedder_name: str, digests: Sequence[str]) -> Mapping[str, np.ndarray]:
        return {
            digest: self.vectors[embedder_name, digest]
            for digest in digests
            if (embedder_name, digest) in self.vectors
        }

    def put(self, embedder_name: str, vectors: Mapping[str, np.ndarray]) -> None:
        self.puts += 1
        self.vectors.update({(embedder_name, digest): vector for digest, vector in vectors.items()})


def test_find_topics_with_a_full_cache_embeds_nothing_and_finds_the_same() -> None:
    shelf = Shelf()
    model = find(corpus(), cache=shelf)
    puts = shelf.puts

    again = find(corpus(), cache=shelf)

    assert puts > 0
    assert (again, shelf.puts) == (model, puts)


def labelled(*replies: str) -> TopicModel:
    return find(corpus(), labeller=TopicLabelModel(QueueModel(replies)))


def test_label_of_the_model_is_used_and_asked_for_with_keywords_and_exemplars() -> None:
    queue = QueueModel(['{"label": "First  name"}', '{"label": "Second name"}'])

    model = find(corpus(), labeller=TopicLabelModel(queue))

    assert {topic.label for topic in model.topics} == {"First name", "Second name"}
    for topic, request in zip(
        sorted(model.topics, key=lambda topic: topic.label), queue.requests, strict=True
    ):
        asked = "\n".join(str(message) for message in request.messages)
        assert all(keyword in asked for keyword in topic.keywords)
        exemplar = next(document for document in corpus() if document.key == topic.exemplars[0])
        assert exemplar.text in asked


def test_label_falls_back_to_keywords_where_the_model_failed_and_keeps_what_it_said() -> None:
    model = labelled("no label at all", '{"label": "Second name"}')

    failed = next(topic for topic in model.topics if topic.labelling.error)
    assert failed.label == KeywordLabeller().label(failed.keywords, (), "en").label
    assert failed.labelling.raw == "no label at all"


class Verbose:
    """A labeller that does not keep to five words."""

    version = "verbose-1"

    def label(self, keywords: Sequence[str], exemplar_texts: Sequence[str], language: str) -> LabelResult:
        return LabelResult("all that there is to say here")


def test_label_of_too_many_words_falls_back_to_keywords() -> None:
    for topic in find(corpus(), labeller=Verbose()).topics:
        assert topic.label == KeywordLabeller().label(topic.keywords, (), "en").label
        assert topic.labelling.label == "all that there is to say here"


class Broken:
    """A labeller whose label came with an error."""

    version = "broken-1"

    def label(self, keywords: Sequence[str], exemplar_texts: Sequence[str], language: str) -> LabelResult:
        return LabelResult("Stadt", error="cut off")


def test_topic_without_a_keyword_that_fits_is_called_by_a_dash() -> None:
    texts = ["alte Mühle", "alte Mühle", "alte Mühle", "neue Brücke", "neue Brücke", "neue Brücke"]
    documents = [DocumentRecord(key, "XX", "xx", text) for key, text in enumerate(texts)]
    two_words = TopicParameters(keywords=1, label_words=1)

    topics = find(documents, labeller=Broken(), parameters=two_words).topics

    assert [(topic.keywords, topic.label) for topic in topics] == [
        (("alte Mühle",), "—"),
        (("neue Brücke",), "—"),
    ]


def test_apart_points_from_the_middle_of_the_corpus_to_each_centre() -> None:
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)

    np.testing.assert_allclose(
        _apart(vectors, vectors), [[0.5**0.5, -(0.5**0.5)], [-(0.5**0.5), 0.5**0.5]], rtol=1e-6
    )
    np.testing.assert_allclose(_apart(vectors[:1], vectors[:1]), vectors[:1])
