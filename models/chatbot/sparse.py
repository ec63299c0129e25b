"""Sparse retrievers: a count matrix a feature stream, weighted by TF-IDF or BM25 when it is loaded.

Counts are what is stored (``.npz`` CSR, questions x terms, and a JSON vocabulary); weights follow from them, so that a
table over fewer questions is the same as one fitted on fewer questions. Similarities of a question to all indexed
questions are pooled over each scenario's questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from scipy import sparse

Scheme = Literal["tfidf", "bm25"]
K1, B = 1.2, 0.5
PENALTY = 0.5
# A tenth of the coefficients is left at this size and the same questions are answered right, on pairs of daily talk and
# sentences of the same meaning; with all of them the classifier alone takes longer than the other retrievers together.
SMALL = 1e-2
BLOCK = 512
POOLS = (1.0, 2.0, 4.0, 8.0, 16.0)


def build_vocabulary(terms: Sequence[Sequence[str]], limit: int) -> list[str]:
    """The ``limit`` terms in most questions, in sorted order (so that ids do not hang on the order of rows)."""
    found = Counter(term for row in terms for term in set(row))
    kept = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return sorted(term for term, _ in kept)


def count(terms: Sequence[Sequence[str]], ids: dict[str, int]) -> tuple[sparse.csr_matrix, np.ndarray]:
    """(counts: float32 rows x len(ids), number of distinct unknown terms of each row)."""
    indices: list[int] = []
    values: list[int] = []
    ends = [0]
    unknown = np.zeros(len(terms), np.float32)
    for row, found in enumerate(terms):
        for term, times in Counter(found).items():
            place = ids.get(term)
            if place is None:
                unknown[row] += 1
            else:
                indices.append(place)
                values.append(times)
        ends.append(len(indices))
    data = (np.asarray(values, np.float32), np.asarray(indices, np.int32), np.asarray(ends, np.int32))
    matrix = sparse.csr_matrix(data, shape=(len(terms), len(ids)))
    matrix.sort_indices()
    return matrix, unknown


class Retriever:
    """One stream's table: ``similarities`` of new questions to all indexed ones, between 0 and about 1.

    TF-IDF is the cosine of (1 + log tf) x idf; BM25 (Robertson) is divided by what a perfect match of the question's
    terms would gain. Terms that no indexed question has count as matched by none.
    """

    def __init__(self, vocabulary: Sequence[str], counts: sparse.csr_matrix, scheme: Scheme) -> None:
        self.ids = {term: place for place, term in enumerate(vocabulary)}
        self.scheme = scheme
        rows = counts.shape[0]
        held = np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.float32)
        self.idf = (np.log((1 + rows) / (1 + held)) + 1).astype(np.float32)
        self.rarest = float(np.log(1 + rows) + 1)
        weighted = counts.copy().astype(np.float32)
        if scheme == "tfidf":
            weighted = self._tfidf(weighted, np.zeros(rows, np.float32))
        else:
            length = np.asarray(counts.sum(axis=1)).ravel()
            relative = length / max(float(length.mean()), 1.0) if rows else length
            tf = weighted.data
            weighted.data = tf * (K1 + 1) / (tf + K1 * (1 - B + B * np.repeat(relative, np.diff(weighted.indptr))))
        self.table = weighted.T.tocsr()

    def _tfidf(self, counts: sparse.csr_matrix, unknown: np.ndarray) -> sparse.csr_matrix:
        counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
        square = _row_sums(counts, counts.data**2) + unknown * self.rarest**2
        counts.data /= np.repeat(np.sqrt(np.maximum(square, 1e-12)), np.diff(counts.indptr)).astype(np.float32)
        return counts

    def _bm25(self, counts: sparse.csr_matrix, unknown: np.ndarray) -> sparse.csr_matrix:
        counts.data = self.idf[counts.indices]
        best = _row_sums(counts, counts.data) + unknown * self.rarest
        counts.data /= np.repeat(np.maximum(best * (K1 + 1) / 2, 1e-12), np.diff(counts.indptr)).astype(np.float32)
        return counts

    def similarities(self, counts: sparse.csr_matrix, unknown: np.ndarray) -> np.ndarray:
        """float32 (questions, indexed questions) of what ``count`` gives of questions by ``ids``."""
        counts = counts.copy()
        asked = self._tfidf(counts, unknown) if self.scheme == "tfidf" else self._bm25(counts, unknown)
        found: np.ndarray = (asked @ self.table).toarray()
        return found


def unit_rows(weights: sparse.csr_matrix) -> sparse.csr_matrix:
    """The rows, each of length 1; one of zeros stays as it is."""
    length = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(length, 1e-9)) @ weights


def _row_sums(counts: sparse.csr_matrix, values: np.ndarray) -> np.ndarray:
    """Sums of ``values``, one for each cell of ``counts`` that is stored, by its rows."""
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    return np.bincount(rows, values, minlength=counts.shape[0])


def ridge(kernel: np.ndarray, starts: np.ndarray) -> sparse.csr_matrix:
    """The linear classifier with scenarios as classes, in its dual form: (questions, scenarios) coefficients.

    Ridge regression on one-hot scenarios, (kernel + PENALTY I)^-1 Y; a question's scores are its similarities times
    these. Coefficients below ``SMALL`` go. ``kernel`` (questions, questions) is overwritten.
    """
    from scipy.linalg import cho_factor

    rows, classes = len(kernel), len(starts)
    kernel[np.diag_indices(rows)] += PENALTY
    factor, _ = cho_factor(kernel, lower=True, overwrite_a=True)
    ends = np.r_[starts[1:], rows]
    # Of many scenarios, to invert and to sum is less work than to solve for each.
    columns = _summed(factor, starts, ends) if 3 * classes > rows else _solved(factor, starts, ends)
    blocks = []
    for found in columns:
        found[np.abs(found) < SMALL] = 0
        blocks.append(sparse.csr_matrix(found))
    whole = sparse.hstack(blocks, format="csr", dtype=np.float32)
    whole.sort_indices()
    return whole


def _solved(factor: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> Iterator[np.ndarray]:
    """Coefficients (questions, up to ``BLOCK`` scenarios) from the lower Cholesky factor."""
    from scipy.linalg import cho_solve

    place = np.arange(len(factor))[:, None]
    for begin in range(0, len(starts), BLOCK):
        own = slice(begin, begin + BLOCK)
        target = ((place >= starts[own]) & (place < ends[own])).astype(np.float32)
        yield cho_solve((factor, True), target, overwrite_b=True)


def _summed(factor: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> Iterator[np.ndarray]:
    """The same by way of the inverse, which takes the place of ``factor``."""
    from scipy.linalg.lapack import spotri

    inverse, _ = spotri(factor, lower=True, overwrite_c=True)
    for begin in range(0, len(inverse), BLOCK):
        end = min(begin + BLOCK, len(inverse))
        own = np.tril(inverse[begin:end, begin:end])
        inverse[begin:end, begin:end] = own + np.tril(own, -1).T
        inverse[begin:end, end:] = inverse[end:, begin:end].T
    for begin in range(0, len(starts), BLOCK):
        first, own = starts[begin], starts[begin : begin + BLOCK]
        yield np.add.reduceat(inverse[:, first : ends[begin + len(own) - 1]], own - first, axis=1)


def pool(similarities: np.ndarray, starts: np.ndarray, power: float) -> np.ndarray:
    """Pool (n, questions) over scenarios, (n, scenarios); questions of a scenario stand together from ``starts``.

    (sum of sim ** power) ** (1 / power): power 1 sums, a large one takes the best; between them every further match
    helps, a near one most.
    """
    positive = np.maximum(similarities, 0)
    if power == 1.0:
        return np.add.reduceat(positive, starts, axis=1)
    raised = positive
    for _ in range(int(np.log2(power))):
        raised = raised * raised
    summed = np.add.reduceat(raised, starts, axis=1)
    for _ in range(int(np.log2(power))):
        summed = np.sqrt(summed)
    return summed
