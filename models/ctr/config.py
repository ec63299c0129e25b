"""The settings of ad click prediction."""

from __future__ import annotations

from dataclasses import dataclass

from config.settings import SettingsError
from models.tune.space import Parameter, Space

CLASSIFIERS = ("mlp", "fm", "deepfm", "cross", "two_streams")
EMBEDDING_BY = ("fixed", "cardinality")
EXPLORE = ("none", "epsilon", "thompson")


@dataclass(frozen=True)
class CtrConfig:
    """Section ``[ctr]``.

    Features: a value needs ``min_count`` rows to get its own token (at most ``max_values`` a column); rarer ones share
    ``buckets`` by hash. At most ``bag`` tokens are read of a value that holds several, ``bins`` quantiles of a number
    (at most ``codes`` different whole numbers have a bin each: they may be the codes of a category), ``history``
    clicked ads of a user.

    Networks: ``embedding`` numbers a token (at most, where ``embedding_by`` is "cardinality": columns of few values use
    fewer), ``vector`` numbers in the common space, ``hidden`` units; ``classifier`` is
    one of ``models.ctr.classifiers`` (mlp, fm, deepfm, cross with ``crosses`` layers, two_streams).

    Training: ``similarity`` weighs the similarity loss, ``push`` its part on shown, unclicked ads, ``temperature``
    divides the inner products of its softmax. ``unknown`` of the ids and ``missing`` of the other values are hidden in
    training, so that newcomers and gaps are familiar. At most ``negatives`` unclicked rows a click are kept. A
    batch holds ``batch`` rows, fewer in a small log. Training ends after ``patience`` epochs without gain. With
    ``warm_start`` it begins from yesterday's networks.

    Trees: ``trees`` boosted trees (0 = none), each counted ``tree_rate``, ``tree_rows`` rows a leaf, stand beside the
    networks. Whether they are shallow or of ``tree_depth``, and how much they are heard, which may be nothing, is
    chosen on the validation rows.

    Exploration: ``explore`` is "none", "epsilon" or "thompson", for a share ``explore_share`` of the requests.

    ``least_clicks`` clicks must be there, ``auc_floor`` is the sanity floor of the gate.
    """

    min_count: int = 5
    max_values: int = 50_000
    buckets: int = 4
    bag: int = 100
    bins: int = 16
    codes: int = 256
    history: int = 20
    embedding: int = 16
    embedding_by: str = "fixed"
    vector: int = 32
    hidden: int = 64
    classifier: str = "mlp"
    crosses: int = 2
    dropout: float = 0.1
    l2: float = 1e-4
    similarity: float = 0.5
    push: float = 0.2
    temperature: float = 1.0
    unknown: float = 0.2
    missing: float = 0.05
    negatives: float = 20.0
    batch: int = 512
    epochs: int = 8
    patience: int = 2
    learning_rate: float = 1e-3
    warm_start: bool = False
    trees: int = 100
    tree_depth: int = 6
    tree_rate: float = 0.1
    tree_rows: int = 20
    explore: str = "none"
    explore_share: float = 0.05
    least_clicks: int = 20
    auc_floor: float = 0.5
    seed: int = 7

    def __post_init__(self) -> None:
        if self.classifier not in CLASSIFIERS:
            raise SettingsError(f"[ctr] classifier = {self.classifier!r}: expected one of {', '.join(CLASSIFIERS)}")
        if self.embedding_by not in EMBEDDING_BY:
            expected = ", ".join(EMBEDDING_BY)
            raise SettingsError(f"[ctr] embedding_by = {self.embedding_by!r}: expected one of {expected}")
        if self.explore not in EXPLORE:
            raise SettingsError(f"[ctr] explore = {self.explore!r}: expected one of {', '.join(EXPLORE)}")
        if not 0 <= self.explore_share <= 1:
            raise SettingsError(f"[ctr] explore_share = {self.explore_share!r}: expected a share from 0 to 1")
        if self.trees < 0 or not 1 <= self.tree_depth <= 10:
            raise SettingsError(
                f"[ctr] trees = {self.trees!r}, tree_depth = {self.tree_depth!r}: expected 0 or more trees, "
                "and a depth from 1 to 10"
            )


SPACE: Space = (
    Parameter("learning_rate", 1e-3, low=2e-4, high=1e-2, scale="log", live=True),
    Parameter("embedding", 16, low=4, high=48, scale="log", whole=True),
    Parameter("vector", 32, low=8, high=96, scale="log", whole=True),
    Parameter("hidden", 64, low=16, high=192, scale="log", whole=True),
    Parameter("classifier", "mlp", choices=CLASSIFIERS),
    Parameter("dropout", 0.1, low=0.0, high=0.5, live=True),
    Parameter("l2", 1e-4, low=1e-7, high=1e-3, scale="log", live=True),
    Parameter("similarity", 0.5, low=0.0, high=2.0, live=True),
    Parameter("push", 0.2, low=0.0, high=1.0, live=True),
    Parameter("temperature", 1.0, low=0.2, high=2.0, scale="log", live=True),
    Parameter("unknown", 0.2, low=0.0, high=0.4, live=True),
    Parameter("negatives", 20.0, low=5.0, high=40.0, scale="log"),
)
