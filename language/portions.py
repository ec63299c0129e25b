"""Texts in portions, for steps that look over many texts as one array of characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

# Characters of a portion: what is made of them stays in the processor's cache.
SIZE = 1 << 16


def portions(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in portions of about ``SIZE`` characters, in their order; none for no text."""
    first, size = 0, 0
    for place, text in enumerate(texts):
        size += len(text)
        if size >= SIZE:
            yield texts[first : place + 1]
            first, size = place + 1, 0
    if first < len(texts):
        yield texts[first:]


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """The code points of a text, shape (len(text),); lone surrogates are points like others."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
