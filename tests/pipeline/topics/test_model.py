"""The language model as labeller of topics."""

from __future__ import annotations

from pipeline.engines.fake import QueueModel
from pipeline.engines.openai import OpenAIModel
from pipeline.prompts import template_digest
from pipeline.topics.labels import LabelResult
from pipeline.topics.model import TopicLabelModel, count_words
from tests.openai_server import openai_server


def test_label_is_the_reply_s() -> None:
    model = QueueModel(['{"label": "Public parks"}'])

    found = TopicLabelModel(model).label(["park", "tree"], ["A park."], "en")

    assert found == LabelResult("Public parks", '{"label": "Public parks"}', template_digest("topic_label"))


def test_label_of_more_than_five_words_is_asked_for_again() -> None:
    with openai_server(
        ['{"label": "all the public parks of London"}', '{"label": "London parks"}']
    ) as server:
        found = TopicLabelModel(OpenAIModel(server.base_url, "", "tiny")).label(["park"], [], "en")

    assert (found.label, found.error) == ("London parks", "")
    assert "must have at most 5 words" in server.requests[1].prompt


def test_label_that_stays_too_long_is_an_error_with_its_reply_kept() -> None:
    found = TopicLabelModel(QueueModel(['{"label": "中国的对外政策与国际关系"}'])).label(["政策"], [], "zh")

    assert (found.label, found.raw) == ("", '{"label": "中国的对外政策与国际关系"}')
    assert "at most 5 words" in found.error


def test_words_are_counted_in_both_kinds_of_script() -> None:
    counts = [count_words(text) for text in ("", "two words", "对外政策", "中国 GDP 增长")]

    assert counts == [0, 2, 2, 3]
