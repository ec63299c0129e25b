"""What stands between the embeddings and the click: one small piece a kind, chosen by ``[ctr] classifier``.

A piece takes ``fields`` (n, columns, dim), the embedding of every column of the request and the ad, and ``x``
(n, width), the same laid flat beside the three vectors and all numbers. It returns the logit (n, 1), before what is
counted for the pair adds its own part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import layers, ops

from models.ctr.config import CtrConfig

Piece = Callable[[Any, Any, CtrConfig], Any]


def deep(x: Any, config: CtrConfig, name: str) -> Any:
    """Two hidden layers (n, hidden / 2)."""
    x = layers.Dropout(config.dropout)(x)
    x = layers.Dense(config.hidden, activation="relu", name=f"{name}_hidden")(x)
    return layers.Dense(config.hidden // 2, activation="relu", name=f"{name}_hidden_2")(x)


def pairwise(fields: Any) -> Any:
    """The sum of the inner products of all pairs of columns (n, 1), by the identity of Rendle (2010)."""
    total = ops.sum(fields, axis=1)
    return (ops.sum(ops.square(total), axis=-1, keepdims=True) - ops.sum(ops.square(fields), (1, 2))[:, None]) / 2


def mlp(_fields: Any, x: Any, config: CtrConfig) -> Any:
    """Hidden layers alone."""
    return layers.Dense(1, name="deep_click")(deep(x, config, "classifier"))


def fm(fields: Any, x: Any, _config: CtrConfig) -> Any:
    """Factorisation machine (Rendle 2010): every number on its own, and all pairs of columns."""
    return layers.Dense(1, name="linear_click")(x) + pairwise(fields)


def deepfm(fields: Any, x: Any, config: CtrConfig) -> Any:
    """DeepFM (Guo et al. 2017): a factorisation machine and hidden layers over the same embeddings."""
    return fm(fields, x, config) + mlp(fields, x, config)


def cross(_fields: Any, x: Any, config: CtrConfig) -> Any:
    """Cross network v2 (Wang et al. 2021), beside hidden layers: x <- x0 * (W x + b) + x, ``crosses`` times."""
    crossed = x
    for place in range(config.crosses):
        crossed = x * layers.Dense(x.shape[-1], name=f"cross_{place}")(crossed) + crossed
    both = layers.Concatenate()([crossed, deep(x, config, "classifier")])
    return layers.Dense(1, name="cross_click")(both)


def two_streams(fields: Any, x: Any, config: CtrConfig) -> Any:
    """FinalMLP (Mao et al. 2023): two hidden stacks that each see the input through a gate of their own, joined by a
    bilinear form."""
    whole = layers.Flatten()(fields)
    streams = []
    for name in ("one", "two"):
        opened = layers.Dense(config.hidden // 2, activation="relu", name=f"{name}_gate_hidden")(whole)
        gate = layers.Dense(x.shape[-1], activation="sigmoid", name=f"{name}_gate")(opened)
        streams.append(deep(x * gate * 2.0, config, name))
    one, two = streams
    joined = layers.Dense(one.shape[-1], use_bias=False, name="bilinear")(one) * two
    alone = layers.Dense(1, name="one_click")(one) + layers.Dense(1, name="two_click")(two)
    return alone + ops.sum(joined, axis=-1, keepdims=True)


KINDS: dict[str, Piece] = {"mlp": mlp, "fm": fm, "deepfm": deepfm, "cross": cross, "two_streams": two_streams}
