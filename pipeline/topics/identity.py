"""Which new topic continues which old one: matched by the documents they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from hashlib import blake2b

SAME_FROM = 0.5


def match_topics(
    old: Mapping[int, Set[int]], new: Mapping[int, Set[int]], *, threshold: float = SAME_FROM
) -> dict[int, int]:
    """New topic to the old one it continues: one to one, with the largest sum of Jaccard indices over the
    pairs that reach the threshold. A new topic without a predecessor is left out."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if not old or not new:
        return {}
    olds, news = sorted(old), sorted(new)
    score = np.zeros((len(news), len(olds)))
    for row, new_id in enumerate(news):
        for column, old_id in enumerate(olds):
            shared = len(new[new_id] & old[old_id])
            jaccard = shared / len(new[new_id] | old[old_id]) if shared else 0.0
            score[row, column] = jaccard if jaccard >= threshold else 0.0
    rows, columns = linear_sum_assignment(score, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {news[row]: olds[column] for row, column in pairs if score[row, column] > 0}


def origins(old: Mapping[int, Set[int]], new: Mapping[int, Set[int]]) -> dict[int, int]:
    """New topic to the old one that more than half of its documents were in, be it a part of that one or that
    one with others; left out where there is none."""
    old_of = {document: topic for topic, members in old.items() for document in members}
    found: dict[int, int] = {}
    for new_id, members in new.items():
        shared = Counter(old_of[document] for document in members if document in old_of)
        for old_id, number in shared.most_common(1):
            if 2 * number > len(members):
                found[new_id] = old_id
    return found


def membership_digest(members: Set[int]) -> str:
    """40 hex digits that name a set of documents, whatever their order."""
    return blake2b(repr(sorted(members)).encode(), digest_size=20).hexdigest()
