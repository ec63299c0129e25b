"""Latent semantic analysis of the morpheme counts: the first dense rung of retrieval (Deerwester 1990).

Paragraphs and questions become unit vectors in the space of the first singular directions, where two words that keep
the same company lie near each other. The decomposition is randomised with a fixed seed (Halko 2011), over the most
frequent morphemes and every n-th paragraph only, so that it stays small on a large corpus.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from models.qa.retrieve import HALF, Retriever

OVERSAMPLE = 16
SAMPLE = 50_000


@dataclass(frozen=True)
class Lsa:
    """``columns`` of the counts that are used, their ``weight`` (idf) and the projection ``basis`` (columns, dim)."""

    columns: np.ndarray
    weight: np.ndarray
    basis: np.ndarray

    def vectors(self, counts: sparse.csr_matrix) -> np.ndarray:
        """(n, dim) float32 unit vectors of rows of counts; zeros where no known morpheme stands."""
        return unit(np.asarray(self._weighted(counts) @ self.basis, np.float32))

    def _weighted(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        chosen = counts[:, self.columns].astype(np.float32)
        chosen.data = np.log1p(chosen.data)
        return sparse.csr_matrix(chosen.multiply(self.weight[None, :]))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1 (zeros stay)."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)


def fit(retriever: Retriever, dim: int, limit: int, seed: int) -> Lsa:
    """The basis of a corpus: at most ``dim`` directions over at most ``limit`` morphemes of two paragraphs or more."""
    frequency = retriever.frequency[:HALF]
    order = np.argsort(-frequency, kind="stable")[:limit]
    columns = np.sort(order[frequency[order] >= 2])
    weight = retriever.idf(columns).astype(np.float32)
    lsa = Lsa(columns, weight, np.zeros((len(columns), dim), np.float32))
    matrix = lsa._weighted(retriever.counts[:: max(1, -(-retriever.size // SAMPLE))])
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix = sparse.csr_matrix(sparse.diags_array(1 / np.maximum(norms, 1e-9)) @ matrix).astype(np.float32)
    rank = min(dim, *matrix.shape)
    if rank < 1:
        return lsa
    random = np.random.default_rng(seed).standard_normal((matrix.shape[1], min(rank + OVERSAMPLE, *matrix.shape)))
    sketch = matrix @ random.astype(np.float32)
    for _ in range(4):
        sketch = matrix @ np.asarray(matrix.T @ np.linalg.qr(sketch)[0])
    small = np.asarray((matrix.T @ np.linalg.qr(sketch)[0]).T)
    _, _, directions = np.linalg.svd(small, full_matrices=False)
    directions = directions[:rank]
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    basis = np.zeros((len(columns), dim), np.float32)
    basis[:, :rank] = (directions * signs[:, None]).T
    return Lsa(columns, weight, basis)
