"""The signed graph of judged pairs: claim groups, their two sides, and what is proposed for each conflict."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.conflicts.closeness import weight_modifier
from pipeline.records import ConflictGroup, ConflictItem, ConflictOutcome, Edge, Relation

SEED = 0
WHOLE = 8  # so few joined statements are one claim group
LARGE = 60  # so many are cut at any price: one orientation over many claims is worth nothing
WEAK = 0.15  # between the two, groups are cut apart where at most this share of weight joins them
RESOLUTIONS = (1.0, 0.4)
ITERATIONS = 6  # of Leiden; to wait until nothing moves can take minutes on a tangled graph
HOPS, DAMPING = 5, 0.5
ROUNDS = 30
MARGIN_FLOOR = 0.35  # the leading side needs more than twice the evidence of the other
FRUSTRATION_CEILING = 0.25
CLIP = 0.99


def conflict_groups(
    items: Mapping[int, ConflictItem] | Sequence[ConflictItem], edges: Sequence[Edge]
) -> list[ConflictGroup]:
    """Claim groups that hold at least one contradiction, by their smallest statement.

    ``edges`` are judged pairs, each once. Statements are joined by the log-odds of the edges' confidence;
    groups are Leiden communities on absolute weights; sides are found inside a group, so that one wrong
    link between two claims does not turn a whole component. The result does not depend on the order of
    the input. Raises ``ValueError`` for an edge to an unknown statement or a pair judged twice.
    """
    table = dict(items) if isinstance(items, Mapping) else {item.key: item for item in items}
    weights = _signed_weights(table, edges)
    groups = [
        _orient(members, weights_inside, table)
        for members, weights_inside in _claim_groups(weights)
        if any(weight < 0 for weight in weights_inside.values())
    ]
    return sorted(groups, key=lambda group: min(group.sides))


def oriented(items: Mapping[int, ConflictItem], edges: Sequence[Edge]) -> list[ConflictGroup]:
    """Sides of statements known to be one claim group, when only ``edges`` join them.

    Nothing is cut: each connected part that holds a contradiction is oriented as a whole, so with all edges
    of a group the answer is the group again. Parts come by their smallest statement. Raises like
    :func:`conflict_groups`.
    """
    weights = _signed_weights(items, edges)
    return [
        _orient(members, inside, items)
        for members, inside in _connected(weights)
        if any(weight < 0 for weight in inside.values())
    ]


def weighted_degrees(items: Mapping[int, ConflictItem], edges: Sequence[Edge]) -> dict[int, float]:
    """How much edge weight meets in each statement (sum of absolute log-odds); 0 where nothing does."""
    degrees = dict.fromkeys(items, 0.0)
    for (one, other), weight in _signed_weights(items, edges).items():
        degrees[one] += abs(weight)
        degrees[other] += abs(weight)
    return degrees


def proposed_outcome(edge: Edge, group: ConflictGroup | None) -> tuple[ConflictOutcome, float]:
    """What to propose for a judged pair, with a confidence in [0, 1].

    ``group`` is the one that holds both statements, or ``None`` where a contradiction runs between two
    groups. One side is kept only on a clear lead in evidence; otherwise both stand.
    """
    if edge.relation is not Relation.CONTRADICTION:
        return ConflictOutcome(edge.relation.value), edge.confidence
    first = group.sides.get(edge.first) if group else None
    second = group.sides.get(edge.second) if group else None
    if group is None or first is None or second is None or first == second:
        return ConflictOutcome.PLURALITY, round(edge.confidence * 0.5, 4)
    if group.margin < MARGIN_FLOOR or group.frustration > FRUSTRATION_CEILING:
        doubt = max(1.0 - group.margin, group.frustration)
        return ConflictOutcome.PLURALITY, round(edge.confidence * doubt, 4)
    outcome = ConflictOutcome.KEEP_FIRST if first > 0 else ConflictOutcome.KEEP_SECOND
    return outcome, round(edge.confidence * group.margin * (1.0 - group.frustration), 4)


def evidence_weight(items: Sequence[ConflictItem]) -> float:
    """How much independent evidence statements of one side carry.

    Copies of one text (same cluster) count once, as the earliest of them. Every outlet counts 1, and the
    logarithm of the number of days it spoke on; statements without an outlet share one.
    """
    dates: defaultdict[str, set[str]] = defaultdict(set)
    seen: set[int] = set()
    for item in sorted(items, key=lambda item: (_day(item) or "9999", item.key)):
        if item.cluster and item.cluster in seen:
            continue
        seen.add(item.cluster)
        dates[item.outlet.casefold().strip()].add(_day(item))
    return sum(1.0 + math.log(len(days)) for days in dates.values())


def _day(item: ConflictItem) -> str:
    return item.as_of.isoformat() if item.as_of else ""


def _signed_weights(items: Mapping[int, ConflictItem], edges: Sequence[Edge]) -> dict[tuple[int, int], float]:
    """Signed log-odds per pair, sorted; pairs that do not meet or are no better than a coin are left out."""
    weights: dict[tuple[int, int], float] = {}
    seen: set[tuple[int, int]] = set()
    for edge in sorted(edges, key=lambda edge: (edge.first, edge.second)):
        pair = (edge.first, edge.second)
        missing = [key for key in pair if key not in items]
        if missing:
            raise ValueError(f"edge {pair}: statement {missing[0]} is not among the items")
        if edge.first >= edge.second:
            raise ValueError(f"edge {pair}: the first key must be the smaller one")
        if pair in seen:
            raise ValueError(f"edge {pair} was judged twice")
        seen.add(pair)
        odds = _log_odds(edge.confidence)
        if edge.sign and odds > 0:
            modifier = weight_modifier(items[edge.first], items[edge.second], edge.sign)
            weights[pair] = edge.sign * odds * modifier
    return weights


def _log_odds(confidence: float) -> float:
    clipped = min(max(confidence, 1 - CLIP), CLIP)
    return math.log(clipped / (1 - clipped))


def _claim_groups(
    weights: Mapping[tuple[int, int], float],
) -> list[tuple[list[int], dict[tuple[int, int], float]]]:
    """Statements and inner edges of each group: small components whole, larger ones cut by Leiden."""
    import igraph

    if not weights:
        return []
    keys = sorted({key for pair in weights for key in pair})
    place = {key: position for position, key in enumerate(keys)}
    graph = igraph.Graph(n=len(keys), edges=[(place[one], place[other]) for one, other in weights])
    graph.vs["key"] = keys
    graph.es["weight"] = [abs(weight) for weight in weights.values()]
    group_of: dict[int, int] = {}
    igraph.set_random_number_generator(random.Random(SEED))  # noqa: S311 - repeatability, not secrecy
    try:
        for component in graph.decompose():
            for part in _communities(component):
                group_of.update(dict.fromkeys(part, min(part)))
    finally:
        igraph.set_random_number_generator(random)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for key in keys:
        members[group_of[key]].append(key)
    inside: defaultdict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    for (one, other), weight in weights.items():
        if group_of[one] == group_of[other]:
            inside[group_of[one]][one, other] = weight
    return [(members[label], inside[label]) for label in sorted(members)]


def _connected(
    weights: Mapping[tuple[int, int], float],
) -> list[tuple[list[int], dict[tuple[int, int], float]]]:
    """Statements and edges of each connected part, by its smallest statement."""
    part_of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for one, other in weights:
        for key in (one, other):
            part_of.setdefault(key, key)
            members.setdefault(part_of[key], [key])
        kept, gone = sorted((part_of[one], part_of[other]))
        if kept != gone:
            members[kept] += members[gone]
            part_of.update(dict.fromkeys(members.pop(gone), kept))
    inside: defaultdict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    for (one, other), weight in weights.items():
        inside[part_of[one]][one, other] = weight
    return [(sorted(members[part]), inside[part]) for part in sorted(members)]


def _communities(graph: Any) -> list[list[int]]:
    """Keys of the claim groups of a connected graph. Modularity alone merges small claims of a large graph
    (its resolution limit), so each community is tried again on its own."""
    waiting, done = [graph], []
    while waiting:
        part = waiting.pop()
        pieces = _split(part) if part.vcount() > WHOLE else []
        if pieces:
            waiting.extend(pieces)
        else:
            done.append(list(part.vs["key"]))
    return done


def _split(graph: Any) -> list[Any]:
    """Subgraphs worth cutting apart, none if the graph holds together; coarser cuts are tried second."""
    weights = graph.es["weight"]
    for resolution in RESOLUTIONS:
        found = graph.community_leiden(
            objective_function="modularity", weights="weight", resolution=resolution, n_iterations=ITERATIONS
        )
        cut = sum(weight for weight, crossing in zip(weights, found.crossing(), strict=True) if crossing)
        if len(found) > 1 and (graph.vcount() > LARGE or cut <= WEAK * sum(weights)):
            return list(found.subgraphs())
    return []


def _orient(
    members: list[int], weights: Mapping[tuple[int, int], float], items: Mapping[int, ConflictItem]
) -> ConflictGroup:
    signs = _sides(members, weights)
    total = sum(abs(weight) for weight in weights.values())
    unmet = sum(
        abs(weight) for (one, other), weight in weights.items() if signs[one] * signs[other] * weight < 0
    )
    sides: dict[int, list[ConflictItem]] = {1: [], -1: []}
    for key in members:
        sides[signs[key]].append(items[key])
    plus, minus = evidence_weight(sides[1]), evidence_weight(sides[-1])
    # A tie goes to the side of the smallest statement; its margin of 0 keeps it from deciding anything.
    lead = 1 if (plus > minus or (plus == minus and signs[members[0]] == 1)) else -1
    opposed = bool(sides[1]) and bool(sides[-1])
    return ConflictGroup(
        sides={key: lead * signs[key] for key in members},
        margin=abs(plus - minus) / (plus + minus) if opposed else 0.0,
        frustration=unmet / total,
    )


def _sides(members: list[int], weights: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """Side of each statement: the majority of its signed neighbourhood, paths of up to five hops damped.

    Repeated until it stands still; then single statements move while that satisfies more weight.
    """
    import numpy as np
    from scipy.sparse import csr_array

    size = len(members)
    place = {key: position for position, key in enumerate(members)}
    rows = [place[key] for pair in weights for key in pair]
    columns = [place[key] for pair in weights for key in reversed(pair)]
    matrix = csr_array((np.repeat(list(weights.values()), 2), (rows, columns)), shape=(size, size))
    strength = np.asarray(abs(matrix).sum(axis=1)).ravel()
    scale = 1.0 / np.sqrt(np.where(strength > 0, strength, 1.0))
    step = matrix * scale[:, None] * scale[None, :]
    votes = np.zeros(size)
    votes[int(np.argmax(strength))] = 1.0
    for _ in range(ROUNDS):
        spread, walk = votes.copy(), votes
        for hop in range(1, HOPS + 1):
            walk = step @ walk
            spread += DAMPING**hop * walk
        votes = spread / np.abs(spread).max()
    signs = np.where(votes >= 0, 1, -1)
    for _ in range(ROUNDS):
        moved = False
        for position in range(size):
            begin, end = matrix.indptr[position], matrix.indptr[position + 1]
            field = float(matrix.data[begin:end] @ signs[matrix.indices[begin:end]])
            if field * signs[position] < -1e-12:
                signs[position], moved = -signs[position], True
        if not moved:
            break
    return {key: int(sign) for key, sign in zip(members, signs, strict=True)}
