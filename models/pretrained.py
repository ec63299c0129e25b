"""Korean morpheme vectors that are on the machine already: the output table of Kiwi's contextual language model.

``kiwipiepy_model`` 0.24 (Apache-2.0) ships ``cong.mdl``; its 4-bit quantised embeddings are decoded here with numpy and
reduced to the first principal axes. Layout (little-endian): a header of two u64 (V output rows, C context rows), two
u16 (dimension, flags), four u8 (key size, window, bits, values a scale group), five u64 (node count, then the offsets
of nodes, keys, values and **embeddings**). There: C context records, then V output records of dim/2 bytes of nibbles,
one float16 scale, dim/group bytes of group scales (a context record is 2 bytes longer, 4 more with a window).
"""

from __future__ import annotations

import logging
import struct
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from language.morphemes import kiwi

log = logging.getLogger("naru")
HEADER = struct.Struct("<QQHHBBBBQQQQQ")


class LayoutError(ValueError):
    """A model file of another layout than the one described above."""


class Vectors(NamedTuple):
    """``keys`` are ``form/TAG``, ``matrix`` (len(keys), dim) float16 of unit mean square."""

    keys: list[str]
    matrix: np.ndarray


def model_file() -> Path:
    """Where the installed wheel keeps the language model."""
    import kiwipiepy_model

    return Path(kiwipiepy_model.get_model_path()) / "cong.mdl"


def decode(path: Path) -> np.ndarray:
    """The (V, dim) float32 output table; row = Kiwi's ``token.id``. Raises LayoutError for any other file."""
    if not path.is_file() or path.stat().st_size < HEADER.size:
        raise LayoutError(f"{path.name} is not there or too short")
    data = np.memmap(path, np.uint8, mode="r")
    rows, contexts, dim, _, _, window, bits, group, _, _, _, _, offset = HEADER.unpack(data[: HEADER.size].tobytes())
    if bits != 4 or not group or dim % group or dim % 2 or not 0 < dim <= 4096:
        raise LayoutError(f"{path.name}: {bits} bits, dimension {dim}, groups of {group}; expected 4 bits")
    size = dim // 2 + 2 + dim // group
    start = offset + contexts * (size + 2 + (4 if window else 0))
    if start + rows * size > len(data):
        raise LayoutError(f"{path.name}: {rows} rows of {size} bytes at {start} leave its {len(data)} bytes")
    records = np.asarray(data[start : start + rows * size]).reshape(rows, size)
    nibbles, scales = records[:, : dim // 2], records[:, dim // 2 + 2 :].astype(np.int32)
    whole = np.ascontiguousarray(records[:, dim // 2 : dim // 2 + 2]).view("<f2").astype(np.float32)
    q = np.stack([nibbles & 15, nibbles >> 4], axis=2).reshape(rows, dim // group, group).astype(np.float32)
    value = (q - ((scales >> 6) + 6)[:, :, None]) * (((scales & 63) + 9) / 9.0)[:, :, None].astype(np.float32)
    return np.asarray(value.reshape(rows, dim) * whole / 8, np.float32)


def reduce(matrix: np.ndarray, dim: int) -> np.ndarray:
    """The first ``dim`` principal axes of the rows, of unit mean square, signs fixed."""
    centred = matrix - matrix.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    chosen = axes[:, ::-1][:, :dim]
    chosen = chosen * np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    made = centred @ chosen
    return np.asarray(made / np.sqrt((made**2).mean() + 1e-12), np.float16)


@lru_cache(maxsize=2)
def korean_vectors(dim: int, path: Path | None = None) -> Vectors:
    """Vectors of every Korean morpheme that Kiwi knows; none, with a warning, where its file cannot be read."""
    analyser = kiwi()
    try:
        table = decode(path or model_file())
        morphemes = [analyser.morpheme(i) for i in range(len(table))]
    except (LayoutError, ImportError, IndexError) as error:
        log.warning("no pretrained vectors (%s): words start from their spelling alone", error)
        return Vectors([], np.zeros((0, dim), np.float16))
    rows: dict[str, int] = {}
    for row, morpheme in enumerate(morphemes):
        if morpheme.form:
            rows.setdefault(f"{morpheme.form}/{morpheme.tag.split('-')[0]}", row)
    return Vectors(list(rows), reduce(table[list(rows.values())], dim))
