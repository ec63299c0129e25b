"""One model over encoded rows: batches in which newcomers and gaps occur, and the session that trains it on them."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np

from models.ctr import features, measure, networks, rows
from models.ctr.config import CtrConfig
from models.ctr.features import Arrays, Schema
from models.ctr.networks import Networks, Training
from models.ctr.rows import Catalogue, Rows
from models.ctr.steps import Stack, Steps, stacks
from models.tune.keras_session import KerasSession

STEPS, LEAST_BATCH = 64, 32  # steps that an epoch has at least, where that leaves this many rows a batch


class Batches:
    """Shuffled batches in which some ids are unknown and some values missing, as they will be for newcomers."""

    def __init__(self, model: CtrModel, chosen: np.ndarray, rng: np.random.Generator) -> None:
        self.model, self.rng = model, rng
        self.order = rng.permutation(chosen)

    def __iter__(self) -> Iterator[Stack]:
        return stacks(self.order, size(len(self.order), self.model.config), self.batch)

    def batch(self, chosen: np.ndarray) -> Stack:
        """(inputs, clicks) of the rows ``chosen``."""
        batch = self.model.batch(chosen)
        for family in features.FAMILIES:
            hide(batch[f"{family}_tokens"], self.model.schema, family, self.model.config, self.rng)
        return batch, self.model.rows.clicks[chosen].astype(np.float32)


def size(rows: int, config: CtrConfig) -> int:
    """How many rows a batch holds: fewer than ``config.batch`` where an epoch would have too few steps to learn."""
    return min(config.batch, max(LEAST_BATCH, rows // STEPS))


def hide(tokens: np.ndarray, schema: Schema, name: str, config: CtrConfig, rng: np.random.Generator) -> None:
    """Replace some ids by the token of the unknown, and blank some of the other columns, in place."""
    family = schema.family(name)
    slices = family.slices
    if name != "context":
        tokens[rng.random(len(tokens)) < config.unknown, 0] = family.categories[0].offset
        slices = slices[1:]
    for start, end in slices:
        tokens[rng.random(len(tokens)) < config.missing, start:end] = 0


class CtrModel:
    """The networks over encoded rows; ``session`` trains them on rows chosen by number."""

    def __init__(self, schema: Schema, known: Catalogue, built: Rows, config: CtrConfig) -> None:
        self.schema, self.known, self.rows, self.config = schema, known, built, config
        width = {name: values.shape[1] for name, values in built.arrays.items()}
        past = (schema.ad, config.history)
        self.networks = Networks(
            networks.tower("user", schema.user, width["user_numbers"], config, past),
            networks.tower("context", schema.context, width["context_numbers"], config),
            networks.tower("ad", schema.ad, width["ad_numbers"], config),
            networks.classifier({n: len(schema.family(n).slices) for n in features.FAMILIES}, width["pair"], config),
        )
        self.training = Training(self.networks, config)
        self.training.compile(keras.optimizers.Adam(config.learning_rate), jit_compile=False)
        self.log_share = np.zeros(len(known.key), np.float32)

    def batch(self, chosen: np.ndarray) -> Arrays:
        """The inputs of some rows, as ``Training`` takes them."""
        ad_row = self.rows.ad_row[chosen]
        past = rows.history_tokens(self.known, self.rows.history[chosen])
        more = {"history_tokens": past, "ad_row": ad_row.astype(np.int32), "log_share": self.log_share[ad_row]}
        return {**{name: values[chosen] for name, values in self.rows.arrays.items()}, **more}

    def requests(self, chosen: np.ndarray) -> np.ndarray:
        """(user, context) of some rows in the common space, (n, dim)."""
        parts = np.array_split(chosen, -(-len(chosen) // 4096))
        return np.concatenate([self.training.predict_on_batch(self.batch(c))["request"] for c in parts])

    def embed_ads(self, **inputs: np.ndarray) -> Arrays:
        """The ad network as it stands in training."""
        found: Arrays = self.networks.ad.predict(inputs, batch_size=1024, verbose=0)
        return found

    def logits(self, chosen: np.ndarray) -> np.ndarray:
        parts = [
            self.training.predict_on_batch(self.batch(c))["logit"]
            for c in np.array_split(chosen, -(-len(chosen) // 4096))
        ]
        return np.concatenate(parts)

    def session(self, train: np.ndarray, valid: np.ndarray, keep: float, seed: int) -> KerasSession:
        """Training on the rows ``train``, of whose unclicked ones a share ``keep`` is left, scored by the calibrated
        log loss of the rows ``valid``."""
        shares = np.bincount(self.rows.ad_row[train], minlength=len(self.known.key)) / len(train)
        self.log_share = np.log(np.maximum(shares, 0.5 / len(train))).astype(np.float32)
        clicks, steps = self.rows.clicks[valid], Steps(self.training)

        def epoch(rng: np.random.Generator) -> dict[str, float]:
            return {"loss": steps.epoch(Batches(self, train, rng))}

        def score() -> dict[str, float]:
            logits = self.logits(valid)
            fitted = measure.logloss(clicks, measure.calibrate(logits, clicks, keep)(logits))
            return {"score": -fitted, "val_click_loss": fitted, "val_auc": measure.auc(clicks, logits) or 0.5}

        return KerasSession(self.training, epoch, score, seed)
