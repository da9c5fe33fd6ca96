"""What each column of a row means, in words: one text for the data card and for Croissant."""

from __future__ import annotations

from evaluation.publishing.rows import COLUMNS

MEANINGS: dict[str, str] = {
    "id": "digest of nation, document, span and wording; the same in every release that has the item",
    "origin": "digest of nation, document and span; it outlives a rewording",
    "nation": "ISO 3166-1 alpha-2 code of the nation whose position it is",
    "language": "ISO 639-1 code of question, statement and reversal",
    "source_type": "quoted: a speaker holds the statement; official: the state does",
    "question": "the question (Q), which favours neither side",
    "statement": "the position found in the source (S)",
    "reversed_statement": "the opposite position (RS), an edited text nobody need hold",
    "evidence": "words of the article the statement rests on, where the source's policy lets them out",
    "text": "the whole article, where the source's policy lets it out",
    "disclosure": "what the source's policy lets out: full_text, span, or reference (address and digest)",
    "outlet": "who published the article",
    "url": "where the article was published",
    "published": "when: ISO date, month or year",
    "document_digest": "digest of the article's text",
    "licence": "licence of the source",
    "speaker": "who said it, for quoted statements",
    "topic": "label of the topic the article belongs to",
    "article": "the same for items of one article and its copies",
    "period": "recent, earlier or undated, seen from the recipe's recent_from",
    "is_contested": "whether people found the nation itself divided on it",
    "decided_by": "annotators, or curator when a curator decided",
    "votes": "number of people's votes per label",
    "annotators": "pseudonyms of those who voted",
    "canary": "a string that must never be in training data; it shows leaks",
}
assert tuple(MEANINGS) == COLUMNS
