"""A judge against people: confusion and kappa, and the rate its verdicts give once people correct them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum, hypot, sqrt

from evaluation.scoring.clusters import Credits, rate_interval, standard_error, totals_of
from evaluation.scoring.paired import student_reach

_LEAST_WEIGHT, _LEAST_SPREAD = 1e-9, 1e-18  # below, they are rounding


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """What people and the judge said of one answer, in the same vocabulary, and its article."""

    person: str
    judge: str
    article: str


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """``table[i][j]`` counts items people called ``labels[i]`` and the judge ``labels[j]``.

    ``kappa`` is Cohen's, in [-1, 1], with a 95 % interval by leaving out one article at a time. ``None``
    where it is not defined: without items, or where both used one and the same label throughout; the
    interval also below two articles.
    """

    labels: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    items: int
    articles: int
    agreement: float | None
    kappa: float | None
    low: float | None
    high: float | None


def judge_agreement(items: Sequence[JudgedItem], labels: Sequence[str]) -> JudgeAgreement:
    """The judge beside people on the items both saw.

    Raises ``ValueError`` for a label that is not among ``labels``.
    """
    unknown = sorted({name for item in items for name in (item.person, item.judge)} - set(labels))
    if unknown:
        raise ValueError(f"label {unknown[0]!r} is none of {', '.join(labels)}")
    by_article: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for item in items:
        by_article[item.article][item.person, item.judge] += 1
    counts: Counter[tuple[str, str]] = Counter()
    for part in by_article.values():
        counts.update(part)
    kappa = _kappa(counts)
    low, high = _jackknife(kappa, counts, [by_article[name] for name in sorted(by_article)])
    return JudgeAgreement(
        labels=tuple(labels),
        table=tuple(tuple(counts[person, judge] for judge in labels) for person in labels),
        items=len(items),
        articles=len(by_article),
        agreement=sum(counts[name, name] for name in labels) / len(items) if items else None,
        kappa=kappa,
        low=low,
        high=high,
    )


def _kappa(counts: Mapping[tuple[str, str], int]) -> float | None:
    total = sum(counts.values())
    if not total:
        return None
    people: Counter[str] = Counter()
    judge: Counter[str] = Counter()
    for (person, verdict), count in counts.items():
        people[person] += count
        judge[verdict] += count
    observed = sum(count for (person, verdict), count in counts.items() if person == verdict)
    expected = sum(people[name] * judge[name] for name in people) / total
    return None if expected == total else (observed - expected) / (total - expected)


def _jackknife(
    kappa: float | None, counts: Counter[tuple[str, str]], parts: Sequence[Counter[tuple[str, str]]]
) -> tuple[float | None, float | None]:
    left_out = []
    for part in parts:
        without = _kappa({pair: counts[pair] - part[pair] for pair in counts})
        if without is not None:
            left_out.append(without)
    articles = len(parts)
    if kappa is None or articles < 2 or len(left_out) < articles:
        return None, None
    centre = fsum(left_out) / articles
    error = sqrt(fsum((value - centre) ** 2 for value in left_out) * (articles - 1) / articles)
    reach = student_reach(articles - 1) * error
    return max(-1.0, kappa - reach), min(1.0, kappa + reach)


@dataclass(frozen=True, slots=True)
class CorrectedRate:
    """The agreement rate of ``items`` by the judge (``judged_rate``), corrected by the
    ``labelled`` that people saw. ``people_rate`` is theirs, over all items likewise.

    ``weight`` in [0, 1] is how far the judge's verdicts on the other items are used: 0 leaves the mean of
    people's credits alone, 1 is plain prediction-powered inference.
    """

    items: int
    labelled: int
    labelled_articles: int
    judged_rate: float
    people_rate: float
    weight: float
    rate: float
    standard_error: float
    low: float
    high: float


def corrected_rate(
    judge: Credits, people: Mapping[str, float], empty: Mapping[str, str] | None = None
) -> CorrectedRate | None:
    """Prediction-powered rate (PPI++, Angelopoulos et al. 2023) with an article-clustered 95 % interval.

    ``empty`` maps items whose answer says nothing to their articles: nobody has to read those, they count as
    0. The rate is then that of the others times their share, and the two intervals are put together by the
    method of variance estimates recovery (Zou and Donner 2008).
    """
    found = _corrected(judge, people)
    if found is None or not empty:
        return found
    says = {key: (1.0, article) for key, (_, article) in judge.items()}
    says.update({key: (0.0, article) for key, article in empty.items()})
    totals = totals_of(says)
    share, (least, most) = totals.mean, rate_interval(totals)
    rate = share * found.rate
    down = hypot(share * (found.rate - found.low), found.rate * (share - least))
    up = hypot(share * (found.high - found.rate), found.rate * (most - share))
    return replace(
        found,
        items=len(says),
        judged_rate=share * found.judged_rate,
        people_rate=share * found.people_rate,
        rate=rate,
        standard_error=hypot(share * found.standard_error, found.rate * (standard_error(totals) or 0.0)),
        low=max(0.0, rate - down),
        high=min(1.0, rate + up),
    )


def _corrected(judge: Credits, people: Mapping[str, float]) -> CorrectedRate | None:
    """The rate over answers that say something.

    ``judge`` holds the judge's credit for every item, ``people`` people's credit for a random part of them,
    on both sides 0 for what is called a refusal: left out on one side, it would stay on the other and the
    rate be wrong. Items without the judge's credit are left out. The estimate is people's mean plus
    ``weight`` times what the judge says more on the other items than on those, and the weight is the one
    that makes the variance least. It is fair however biased the judge is, if people saw a random part. The
    interval is that of people's mean, narrower by the ratio of the two variances; the judge's is raised by
    (G - 1) / (G - 3) for G labelled articles, as the weight was chosen on them (Lavenberg and Welch 1981).
    Where the judge is of no use, and below four labelled articles, it is that of people's mean alone.
    ``None`` below two: then only the judge's own rate stands.
    """
    labelled = sorted(judge.keys() & people.keys())
    rest = sorted(judge.keys() - people.keys())
    articles = {judge[key][1] for key in labelled}
    if len(articles) < 2:
        return None
    seen, judged = len(labelled), [judge[key][0] for key in labelled]
    people_rate = fsum(people[key] for key in labelled) / seen
    judged_rate = fsum(judged) / seen
    rest_rate = fsum(judge[key][0] for key in rest) / len(rest) if rest else judged_rate
    # Each article's part in people's mean, and in the judge's lead on the rest over the labelled items.
    own: dict[str, float] = defaultdict(float)
    lead: dict[str, float] = defaultdict(float)
    for key in labelled:
        credit, article = judge[key]
        own[article] += (people[key] - people_rate) / seen
        lead[article] -= (credit - judged_rate) / seen
    for key in rest:
        credit, article = judge[key]
        lead[article] += (credit - rest_rate) / len(rest)
    crossed = fsum(own[article] * lead[article] for article in sorted(lead))
    squared = fsum(lead[article] ** 2 for article in sorted(lead))
    useful = bool(rest) and squared > _LEAST_SPREAD and len(articles) > 3
    weight = min(1.0, max(0.0, -crossed / squared)) if useful else 0.0
    if weight < _LEAST_WEIGHT:
        weight = 0.0
    rate = min(1.0, max(0.0, people_rate + weight * (rest_rate - judged_rate)))
    alone = fsum(own[article] ** 2 for article in sorted(lead))
    parts = fsum((own[article] + weight * lead[article]) ** 2 for article in sorted(lead))
    error = sqrt(parts * len(articles) / (len(articles) - (3 if weight else 1)))
    totals = totals_of({key: (people[key], judge[key][1]) for key in labelled})
    if weight:
        chosen = (len(articles) - 1) / (len(articles) - 3)
        low, high = rate_interval(totals, estimate=rate, variance_ratio=chosen * parts / alone)
    else:
        low, high = rate_interval(totals)
    return CorrectedRate(
        items=len(judge),
        labelled=seen,
        labelled_articles=len(articles),
        judged_rate=totals_of(judge).mean,
        people_rate=people_rate,
        weight=weight,
        rate=rate,
        standard_error=error,
        low=low,
        high=high,
    )
