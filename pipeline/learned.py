"""A light judge learned from people's answers: TF-IDF and what the rules see, logistic regression on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from pipeline.calibration import Calibration, fit_calibration

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REVISION = 1
FEWEST, FEWEST_OF_A_LABEL = 100, 15  # answers before a judge is learned
FOLDS = 5
MAX_FEATURES = 50_000
STRENGTH = 4.0  # inverse of the regularisation


class TooFewAnswersError(ValueError):
    """There is not enough to learn from; the message says what is missing."""


@dataclass(frozen=True)
class LearnedJudge:
    """A text classifier over two labels of texts in one language. ``accuracy``: on held-out answers."""

    language: str
    labels: tuple[str, str]
    version: str
    accuracy: float
    answers: int
    _model: Any = field(repr=False)
    _calibration: Calibration = field(repr=False)

    def judge(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Label and calibrated confidence in [0, 1] for each text."""
        found = []
        for probability in self.probabilities(texts):
            label = self.labels[int(probability >= 0.5)]
            found.append((label, self._calibration(max(probability, 1 - probability))))
        return found

    def probabilities(self, texts: Sequence[str]) -> list[float]:
        """Uncalibrated probability of the second label for each text."""
        if not texts:
            return []
        return [float(row[1]) for row in self._model.predict_proba(list(texts))]


def learn(
    texts: Sequence[str], labels: Sequence[str], language: str, *, groups: Sequence[object] | None = None
) -> LearnedJudge:
    """Learn from texts and the label each was given. Answers of one group (a document, a speaker) stay on one
    side of the cross-validation that measures accuracy and confidence.

    Raises :class:`TooFewAnswersError` below ``FEWEST`` answers, ``FEWEST_OF_A_LABEL`` of either label or two
    groups, and ``ValueError`` for other than two labels.
    """
    import numpy as np

    names = sorted(set(labels))
    counts = {name: list(labels).count(name) for name in names}
    if len(names) > 2:
        raise ValueError(f"a judge is learned over two labels, not over {names}")
    if len(labels) < FEWEST or len(names) < 2 or min(counts.values()) < FEWEST_OF_A_LABEL:
        raise TooFewAnswersError(
            f"{len(labels)} answers ({counts}); {FEWEST} are needed and {FEWEST_OF_A_LABEL} of each label"
        )
    if groups is not None and len(set(groups)) < 2:
        raise TooFewAnswersError("all answers are of one group; none could be held out")
    truth = np.array([label == names[1] for label in labels])
    held_out = _out_of_fold(texts, truth, language, groups)
    right = (held_out >= 0.5) == truth
    sure = np.maximum(held_out, 1 - held_out)
    return LearnedJudge(
        language,
        (names[0], names[1]),
        f"learned-{REVISION}+{_digest(texts, labels)}",
        float(right.mean()),
        len(labels),
        _fitted(list(texts), truth, language),
        fit_calibration(sure.tolist(), right.astype(float).tolist()),
    )


def milestone(answers: int) -> int:
    """How many of so many answers to learn from: steps of about a half, so that a judge does not change its
    version with every vote. 0 below ``FEWEST``."""
    step = FEWEST
    if answers < step:
        return 0
    while step * 3 // 2 <= answers:
        step = step * 3 // 2
    return step


def _out_of_fold(texts: Sequence[str], truth: Any, language: str, groups: Sequence[object] | None) -> Floats:
    """Probability of the second label for each text, by a model that did not see its fold."""
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    numbers: dict[object, int] = {}
    parts = [numbers.setdefault(group, len(numbers)) for group in (groups or range(len(texts)))]
    found = np.full(len(texts), float(truth.mean()))
    splitter = StratifiedGroupKFold(min(FOLDS, len(numbers)), shuffle=True, random_state=1)
    for train, held in splitter.split(np.zeros(len(texts)), truth, parts):
        if 0 < truth[train].sum() < len(train):
            model = _fitted([texts[at] for at in train], truth[train], language)
            found[held] = model.predict_proba([texts[at] for at in held])[:, 1]
    return found


def _fitted(texts: list[str], truth: Any, language: str) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import FunctionTransformer

    from pipeline.embedding.analyzer import hybrid_analyzer

    words = TfidfVectorizer(
        analyzer=hybrid_analyzer(language, grams=True),
        sublinear_tf=True,
        min_df=2,
        max_features=MAX_FEATURES,
    )
    rules = FunctionTransformer(_what_rules_see, kw_args={"language": language})
    return make_pipeline(make_union(words, rules), LogisticRegression(C=STRENGTH, max_iter=1000)).fit(
        texts, truth
    )


def _what_rules_see(texts: Sequence[str], language: str) -> Any:
    """Value weight, position weight and stance of each text, as a sparse matrix (n, 3); zeros for a language
    without a profile."""
    import numpy as np
    from scipy.sparse import csr_matrix

    from pipeline.text.profile import LANGUAGES, profile
    from pipeline.text.signals import signals
    from pipeline.text.stance import stance

    rows = np.zeros((len(texts), 3))
    if language in LANGUAGES:
        facts = profile(language)
        for at, text in enumerate(texts):
            seen = signals(text, facts)
            rows[at] = (
                min(seen.value_weight, 6.0) / 6,
                min(seen.position_weight, 6) / 6,
                stance(text, language).leaning,
            )
    return csr_matrix(rows)


def _digest(texts: Sequence[str], labels: Sequence[str]) -> str:
    digest = blake2b(digest_size=6)
    for text, label in sorted(zip(texts, labels, strict=True)):
        digest.update(f"{label}\0{text}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
