"""Corpus statistics: document frequencies, the vocabulary, and each document's term counts as a row of a matrix.

A term is a content morpheme (``form/TAG``). Its id is a hash, so that the ids of two days agree without either knowing
the other, and a task counts its documents without a vocabulary. ``numpy.unique(term_ids, return_inverse=True)`` of
``clean/counts`` gives the columns of a dense numbering, ``clean/terms`` what the inverse document frequency needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from language.morphemes import CONTENT, tag_in

COUNTS = "doc_id string, term_ids array<bigint>, counts array<bigint>"
PARTIAL = "term_id bigint, term string, documents bigint, occurrences bigint"
Places = npt.NDArray[np.int64]


@lru_cache(maxsize=1 << 18)
def term_id(term: str) -> int:
    """A positive 63-bit hash."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "big") >> 1


def counted(batch: pa.RecordBatch) -> tuple[pa.Array, Places, Places, Places]:
    """(terms, document, term, count): the distinct content terms of a batch, and each pair of its documents' counts.

    ``document`` and ``term`` are positions in the batch and in ``terms``; pairs come in the order of the documents.
    """
    morphemes = batch["morphemes"]
    parents = pc.list_parent_indices(morphemes).to_numpy(zero_copy_only=False).astype(np.int64)
    coded = pc.list_flatten(morphemes).dictionary_encode()
    terms = coded.dictionary
    content = np.array([tag_in(term).startswith(CONTENT) for term in terms.to_pylist()], dtype=bool)
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    kept = content[codes] if len(codes) else np.zeros(0, dtype=bool)
    width = max(1, len(terms))
    pairs, counts = np.unique(parents[kept] * width + codes[kept], return_counts=True)
    return terms, pairs // width, pairs % width, counts


def rows(stream: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Arrow batches of (doc_id, morphemes) -> a row of ``COUNTS`` a document."""
    for batch in stream:
        terms, document, term, counts = counted(batch)
        ids = np.array([term_id(t) for t in terms.to_pylist()], dtype=np.int64)[term]
        order = np.lexsort((ids, document))
        offsets = pa.array(np.searchsorted(document, np.arange(batch.num_rows + 1)), pa.int32())
        lists = [pa.ListArray.from_arrays(offsets, pa.array(values[order], pa.int64())) for values in (ids, counts)]
        yield pa.RecordBatch.from_arrays([batch["doc_id"], *lists], ["doc_id", "term_ids", "counts"])


def partials(stream: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Arrow batches of (doc_id, morphemes) -> a row of ``PARTIAL`` a term of each batch."""
    for batch in stream:
        terms, _, term, counts = counted(batch)
        places, documents = np.unique(term, return_counts=True)
        found = terms.take(pa.array(places))
        yield pa.RecordBatch.from_pydict(
            {
                "term_id": pa.array([term_id(t) for t in found.to_pylist()], pa.int64()),
                "term": found,
                "documents": pa.array(documents, pa.int64()),
                "occurrences": pa.array(np.bincount(term, counts, len(terms))[places].astype(np.int64)),
            }
        )


def vocabulary(corpus: DataFrame, parts: int) -> DataFrame:
    """The day's terms with their frequencies, by the hash of the term in ``parts`` partitions, in the order of ids."""
    found = corpus.select("doc_id", "morphemes").mapInArrow(partials, PARTIAL)
    whole = found.groupBy("term_id", "term").agg(
        F.sum("documents").alias("documents"), F.sum("occurrences").alias("occurrences")
    )
    return whole.repartition(parts, "term_id").sortWithinPartitions("term_id")


def matrix(corpus: DataFrame, parts: int) -> DataFrame:
    """A row of term counts a document, partitioned as the corpus is, in the order of doc_id."""
    found = corpus.select("doc_id", "morphemes").mapInArrow(rows, COUNTS)
    return found.repartition(parts, "doc_id").sortWithinPartitions("doc_id")
