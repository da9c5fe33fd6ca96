"""Conflict reduction at scale, without a language model: candidates, judge, graph.

python -m benchmarks.conflicts [--statements N] [--blocks B] [--seed S]

Makes N statements of planted claims in B blocks of unequal size (each claim has a side for, a side against,
and wordings that differ). Measures time and memory of each step, how many of the pairs that comparing all
with all would find are candidates (on a sample), and how often statements of one claim land on the right side
of planted signed graphs with wrong edges. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline.conflicts.candidates import candidate_pairs, features
from pipeline.conflicts.graph import conflict_groups
from pipeline.conflicts.rules import PairJudgeRules
from pipeline.records import ConflictItem, Edge, Relation

NEIGHBOURS, FLOOR = 10, 0.2
SAMPLE = 400  # statements whose neighbours are looked for among all
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "on")]


def statements(
    count: int, blocks: int, rng: random.Random
) -> tuple[list[ConflictItem], dict[int, tuple[int, int]]]:
    """Statements, and for each its claim and its side (1 or -1)."""
    sizes = rng.choices(range(blocks), weights=[1 / (1 + block) ** 0.5 for block in range(blocks)], k=count)
    words = [
        ["".join(rng.choices(_SYLLABLES, k=rng.choice((2, 3)))) for _ in range(400)] for _ in range(blocks)
    ]
    items: list[ConflictItem] = []
    planted: dict[int, tuple[int, int]] = {}
    claims: defaultdict[int, list[list[str]]] = defaultdict(list)
    for key, block in enumerate(sizes):
        if not claims[block] or rng.random() < 0.15:
            claims[block].append(rng.sample(words[block], 7))
        number = rng.randrange(len(claims[block]))
        claim = claims[block][number]
        side = 1 if rng.random() < 0.7 else -1
        said = [word for word in claim if rng.random() > 0.2] + rng.sample(words[block], 3)
        verb = "must support" if side > 0 else "must oppose"
        items.append(
            ConflictItem(
                key,
                f"The state {verb} the {' '.join(said)}.",
                "en",
                f"b{block}",
                outlet=f"outlet {rng.randrange(40)}",
                as_of=date(2020, 1, 1) + timedelta(days=rng.randrange(1500)),
            )
        )
        planted[key] = (block * 1_000_000 + number, side)
    return items, planted


def recall(items: list[ConflictItem], pairs: set[tuple[int, int]], rng: random.Random) -> float:
    """Share of the exact nearest neighbours (TF-IDF cosine, all of a block compared) that are candidates."""
    blocks: defaultdict[str, list[ConflictItem]] = defaultdict(list)
    for item in items:
        blocks[item.block].append(item)
    found = wanted = 0
    for block in blocks.values():
        matrix = TfidfVectorizer(analyzer=features, sublinear_tf=True).fit_transform(
            [item.text for item in block]
        )
        for row in rng.sample(range(len(block)), max(1, SAMPLE * len(block) // len(items))):
            scores = (matrix @ matrix[row].T).toarray().ravel()
            scores[row] = -1
            for other in np.argsort(-scores, kind="stable")[:NEIGHBOURS]:
                if scores[other] >= FLOOR:
                    wanted += 1
                    first, second = sorted((block[row].key, block[other].key))
                    found += (first, second) in pairs
    return found / max(1, wanted)


def planted_accuracy(rng: random.Random, wrong: float, claims: int = 2_000, size: int = 30) -> dict[str, Any]:
    """Planted signed graphs: claims of ``size`` statements, a share of ``wrong`` edges between claims, and
    as many carry the wrong sign. How often is a statement on its side of its group?"""
    items, side, claim_of = {}, {}, {}
    for key in range(claims * size):
        claim_of[key] = key // size
        side[key] = 1 if rng.random() < 0.7 else -1
        items[key] = ConflictItem(key, "", "en", "b", outlet=f"o{key % 40}")
    edges: dict[tuple[int, int], Edge] = {}
    for key in range(claims * size):
        for _ in range(3):
            other = claim_of[key] * size + rng.randrange(size)
            if rng.random() < wrong:
                other = rng.randrange(claims * size)
            if other == key:
                continue
            first, second = sorted((key, other))
            agrees = side[first] == side[second]
            if rng.random() < wrong:
                agrees = not agrees
            relation = Relation.COMPATIBLE if agrees else Relation.CONTRADICTION
            edges[first, second] = Edge(first, second, relation, rng.uniform(0.6, 0.95), 0.5)
    start = time.perf_counter()
    groups = conflict_groups(items, list(edges.values()))
    seconds = time.perf_counter() - start
    right = total = 0
    for group in groups:
        same = sum(side[key] == given for key, given in group.sides.items())
        right += max(same, len(group.sides) - same)
        total += len(group.sides)
    return {
        "statements": claims * size,
        "edges": len(edges),
        "seconds": round(seconds, 1),
        "wrong_edges": wrong,
        "accuracy": round(right / max(1, total), 4),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conflicts")
    parser.add_argument("--statements", type=int, default=100_000)
    parser.add_argument("--blocks", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    items, planted = statements(options.statements, options.blocks, rng)
    seconds: dict[str, float] = {}

    def timed(name: str, work: Any) -> Any:
        start = time.perf_counter()
        result = work()
        seconds[name] = round(time.perf_counter() - start, 1)
        return result

    candidates = timed("candidates", lambda: list(candidate_pairs(items, neighbours=NEIGHBOURS, floor=FLOOR)))
    table = {item.key: item for item in items}
    edges = timed(
        "rules judge",
        lambda: list(PairJudgeRules().judge((table[a], table[b], score) for a, b, score in candidates)),
    )
    groups = timed("graph", lambda: conflict_groups(table, edges))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    within = sum(planted[a][0] == planted[b][0] for a, b, _ in candidates)
    found = {
        "statements": len(items),
        "blocks": options.blocks,
        "largest_block": max(sum(item.block == f"b{block}" for item in items) for block in range(3)),
        "seconds": seconds,
        "seconds_without_judge": round(seconds["candidates"] + seconds["graph"], 1),
        "peak_mb": round(peak),
        "candidates": len(candidates),
        "candidates_a_statement": round(len(candidates) / len(items), 2),
        "all_pairs": len(items) * (len(items) - 1) // 2,
        "candidates_of_one_claim": round(within / max(1, len(candidates)), 3),
        "groups": len(groups),
        "recall_of_all_pairs": round(recall(items, {(a, b) for a, b, _ in candidates}, rng), 4),
        "planted_graphs": [planted_accuracy(rng, wrong) for wrong in (0.02, 0.05)],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
