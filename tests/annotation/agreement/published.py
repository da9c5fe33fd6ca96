"""Rating matrices with published coefficients. One row per unit, one sign per rater, ``.`` for missing."""

from __future__ import annotations

from annotation.agreement.ratings import Ratings

# K. Krippendorff, Computing Krippendorff's alpha-reliability (2011): four observers A to D, twelve units.
# Nominal alpha 0.743 in the paper, 0.743421 in full.
OBSERVERS = "11.1 2232 3333 3333 2222 1234 4444 1121 2222 .555 ..11 ..3."
OBSERVERS_NOMINAL = 0.743421
# The other level from an independent implementation.
OBSERVERS_ORDINAL = 0.8154

# J. L. Fleiss, Measuring nominal scale agreement among many raters (1971), as worked out in many textbooks:
# 14 raters, 10 subjects, 5 categories; how many raters chose each category. Kappa 0.210.
SUBJECTS = (
    "0 0 0 0 14, 0 2 6 4 2, 0 0 3 5 6, 0 3 9 2 0, 2 2 8 1 1,"
    "7 7 0 0 0, 3 2 6 3 0, 2 5 3 2 2, 6 5 2 1 0, 0 2 2 3 7"
)
SUBJECTS_FLEISS = 0.210

# Three coders, three dresses (test data of NLTK): the last one has one rating and does not count.
DRESSES = "YNN YN. ..N"
DRESSES_NOMINAL = -0.3333333


def ratings(matrix: str, labels: str = "") -> Ratings:
    rows = [[None if sign == "." else sign for sign in row] for row in matrix.split()]
    return Ratings.of_matrix(rows, tuple(labels))


def counted(table: str) -> Ratings:
    """Ratings of a table of counts; who rated is made up, since the coefficient does not depend on it."""
    rows = [
        [str(label) for label, count in enumerate(map(int, row.split()), 1) for _ in range(count)]
        for row in table.split(",")
    ]
    return Ratings.of_matrix(rows)
