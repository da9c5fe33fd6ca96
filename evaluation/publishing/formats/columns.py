"""What each column of a row means, in words: one text for the data card and for Croissant."""

from __future__ import annotations

from evaluation.publishing.rows import COLUMNS

MEANINGS: dict[str, str] = {
    "id": "digest of nation, document, span and wording; the same in every release that has the item",
    "origin": "digest of nation, document and span; it outlives a rewording",
    "nation": "ISO 3166-1 alpha-2 code of the nation whose position it is",
    "language": "ISO 639-1 code of question, statement and reversal",
    "source_type": "quoted: a speaker holds the statement; official: the state does",
    "question": "the question (Q), which is to favour neither side",
    "statement": "the position found in the source (S)",
    "reversed_statement": "the opposite position (RS), an edited text nobody need hold",
    "evidence": "words of the article the statement rests on, where they may leave",
    "text": "the whole article, where it may leave",
    "disclosure": "what may leave of the article: full_text, span, or reference (address and digest only)",
    "outlet": "who published the article, where that is known",
    "url": "address of the article, where it is known",
    "published": "when the article appeared: ISO date, month or year, as far as it is known",
    "document_digest": "digest of the article's text",
    "licence": "licence of the article, where its source names one",
    "speaker": "who said it, for quoted statements",
    "topic": "label of the topic the article belongs to, where it is in one",
    "article": "the same for items of one article and its copies",
    "period": "recent, earlier or undated, seen from the recipe's recent_from",
    "is_contested": "whether people found the nation itself divided on it; false where nobody was asked",
    "decided_by": (
        "who held it valid: annotators (by their votes), curator (whatever the votes were), or paper (taken"
        " as it stands from the NaVAB paper's files, judged by nobody here)"
    ),
    "votes": "number of annotators' votes per label",
    "annotators": "pseudonyms of those who voted on it; none where nobody did",
    "canary": "a string that marks the release and shows leaks; never to be fed to a model",
}
assert tuple(MEANINGS) == COLUMNS
