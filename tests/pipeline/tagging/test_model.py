"""The language model as tagger."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.client import ChatReply
from pipeline.engines.fake import QueueModel
from pipeline.engines.openai import OpenAIModel
from pipeline.records import DocumentRecord
from pipeline.tagging.model import BATCH, TaggingModel
from tests.openai_server import openai_server


def document(key: int, text: str = "A text.") -> DocumentRecord:
    return DocumentRecord(key, "GB", "en", text)


def test_propose_gives_distinct_short_tags() -> None:
    long = "x" * 61
    model = QueueModel([f'{{"tags": ["Tax ", "tax", "public  parks", "", "{long}", "a", "b", "c", "d"]}}'])

    [tagged] = TaggingModel(model).propose([document(1)])

    assert tagged == (1, ("tax", "public parks", "a", "b", "c"))


def test_propose_gives_no_tags_where_it_failed_and_says_why() -> None:
    tagger = TaggingModel(QueueModel([ChatReply(error="down"), '{"tags": ["tax"]}']))

    found = dict(tagger.propose([document(1), document(2)]))

    assert (found, tagger.failed) == ({1: (), 2: ("tax",)}, {1: "down"})


def test_consolidate_follows_merges_to_their_end() -> None:
    model = QueueModel(['{"merges": [{"tag": "taxes", "into": "tax"}, {"tag": "levies", "into": "taxes"}]}'])

    found = TaggingModel(model).consolidate({"tax": 5, "taxes": 3, "levies": 1, "parks": 2})

    assert found == {"tax": "tax", "taxes": "tax", "levies": "tax", "parks": "parks"}


def test_consolidate_takes_no_tag_that_was_not_given() -> None:
    model = QueueModel(['{"merges": [{"tag": "tax", "into": "money"}, {"tag": "war", "into": "tax"}]}'])

    assert TaggingModel(model).consolidate({"tax": 1}) == {"tax": "tax"}


def test_consolidate_resolves_a_circle_the_same_for_all() -> None:
    model = QueueModel(['{"merges": [{"tag": "a", "into": "b"}, {"tag": "b", "into": "a"}]}'])

    assert TaggingModel(model).consolidate({"a": 1, "b": 1}) == {"a": "a", "b": "a"}


def test_consolidate_leaves_tags_alone_where_the_model_failed() -> None:
    assert TaggingModel(QueueModel(["no"])).consolidate({"a": 1}) == {"a": "a"}


def test_consolidate_of_nothing_asks_nothing() -> None:
    assert TaggingModel(QueueModel()).consolidate({}) == {}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"))))
def test_consolidate_ends_in_given_tags_that_stay(merges: list[tuple[str, str]]) -> None:
    listed = ", ".join(f'{{"tag": "{tag}", "into": "{into}"}}' for tag, into in merges)

    found = TaggingModel(QueueModel([f'{{"merges": [{listed}]}}'])).consolidate(dict.fromkeys("abcdef", 1))

    assert {found[into] for into in found.values()} == set(found.values())


def test_tagging_runs_against_an_endpoint() -> None:
    counts = {f"tag{n:03}": 1 for n in range(BATCH + 1)} | {"parks": 2, "park": 3}
    with openai_server() as server:
        tagger = TaggingModel(OpenAIModel(server.base_url, "", "tiny"))
        tagged = dict(tagger.propose([document(1, "Council and council and park."), document(2)]))
        merged = tagger.consolidate(counts)

    assert tagged == {1: ("council",), 2: ()}
    assert (merged["parks"], len(merged)) == ("park", BATCH + 3)
    assert len(server.requests) == 4


def test_rare_tags_of_every_batch_meet_the_commonest() -> None:
    counts = {"tax": 90, "parks": 80} | {f"tag{n:03}": 1 for n in range(2 * BATCH)}
    model = QueueModel(['{"merges": []}'] * 3)

    TaggingModel(model).consolidate(counts)

    assert [("90\ttax" in request.messages[-1]["content"]) for request in model.requests] == [True] * 3
    shown = "\n".join(request.messages[-1]["content"] for request in model.requests)
    assert all(f"1\ttag{n:03}" in shown for n in range(2 * BATCH))
