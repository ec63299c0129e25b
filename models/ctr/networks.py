"""The networks: three embeddings (user, context, ad), whose vectors meet in one space, and the classifier.

f(user, context) -> ad. The request is the sum of the user's and the context's vector; an ad is a candidate by its inner
product with it. The classifier reads the three vectors, their products, the embedding of every column and what is
counted for the pair, and gives the logit of a click. Training adds the two losses: preference (cross-entropy of the
click) and similarity (the request is pulled towards the clicked ad and away from the others).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from models.ctr.classifiers import KINDS
from models.ctr.config import CtrConfig
from models.ctr.features import FAMILIES, Family


@keras.saving.register_keras_serializable("naru")
class Bags(layers.Layer):
    """Token ids (n, w) -> the mean embedding of each slice's tokens, side by side (n, slices * dim); 0 counts nothing.

    ``widths`` tells how many numbers of each slice are used, the rest of its ``dim`` being 0; all where it is None.
    """

    def __init__(
        self,
        tokens: int,
        dim: int,
        slices: Sequence[Sequence[int]],
        l2: float = 0.0,
        widths: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.tokens, self.dim, self.slices, self.l2 = tokens, dim, [list(s) for s in slices], l2
        self.widths = None if widths is None else list(widths)
        self.table = layers.Embedding(
            tokens,
            dim,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05),
            embeddings_regularizer=keras.regularizers.L2(l2) if l2 else None,
        )

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.table.build(shape)
        self.built = True

    def call(self, ids: Any) -> Any:
        there = ops.cast(ids > 0, "float32")
        return self.pooled(self.table(ids) * there[:, :, None], there)

    def pooled(self, sums: Any, counts: Any) -> Any:
        """The means (n, slices * dim) of each slice, from sums (n, w, dim) of embeddings and how many there were
        (n, w)."""
        if self.slices[-1][1] == len(self.slices):
            means = sums / ops.maximum(counts, 1.0)[:, :, None]
            return self.narrowed(ops.reshape(means, (-1, len(self.slices) * self.dim)))
        parts = []
        for start, end in self.slices:
            many = ops.maximum(ops.sum(counts[:, start:end], axis=1, keepdims=True), 1.0)
            parts.append((sums[:, start] if end - start == 1 else ops.sum(sums[:, start:end], axis=1)) / many)
        return self.narrowed(ops.concatenate(parts, axis=-1))

    def narrowed(self, fields: Any) -> Any:
        """The same (n, slices * dim) with 0 for the numbers that a slice does not use."""
        if self.widths is None:
            return fields
        return fields * np.concatenate([np.arange(self.dim) < w for w in self.widths]).astype(np.float32)

    def get_config(self) -> dict[str, Any]:
        own = {"tokens": self.tokens, "dim": self.dim, "slices": self.slices, "l2": self.l2, "widths": self.widths}
        return {**super().get_config(), **own}


def widths(family: Family, config: CtrConfig) -> list[int] | None:
    """How many of the ``embedding`` numbers each column uses: 6 times the fourth root of how many tokens it has, as in
    *Deep & Cross Network* (Wang et al. 2017), where ``embedding_by`` says so; else all."""
    if config.embedding_by == "fixed":
        return None
    sizes = [*(c.size for c in family.categories), *(n.size for n in family.numbers)]
    return [min(config.embedding, int(np.ceil(6 * size**0.25))) for size in sizes]


def tower(name: str, family: Family, numbers: int, config: CtrConfig, history: tuple[Family, int] | None = None) -> Any:
    """The embedding network of one family: {name}_tokens, {name}_numbers (and history_tokens) -> vector (n, dim) and
    fields (n, columns * embedding), the embedding of each column as the classifier reads it.

    ``history`` = (the ad family, ads in a history): the tokens of the ads clicked before, all columns of every ad.
    """
    tokens = keras.Input((family.width,), dtype="int32", name=f"{name}_tokens")
    values = keras.Input((numbers,), dtype="float32", name=f"{name}_numbers")
    inputs = {tokens.name: tokens, values.name: values}
    bags = Bags(family.tokens, config.embedding, family.slices, config.l2, widths(family, config), name=f"{name}_bags")
    fields = bags(tokens)
    parts = [fields, values]
    if history is not None:
        ads, length = history
        past = keras.Input((length * ads.width,), dtype="int32", name="history_tokens")
        inputs[past.name] = past
        narrow = widths(ads, config)
        parts.append(History(ads.tokens, config.embedding, ads.slices, length, config.l2, narrow, name="history")(past))
    x = layers.Concatenate()(parts)
    x = layers.Dense(config.hidden, activation="relu", name=f"{name}_hidden")(layers.Dropout(config.dropout)(x))
    vector = layers.Dense(config.vector, name=f"{name}_vector")(x)
    return keras.Model(inputs, {"vector": vector, "fields": fields}, name=name)


@keras.saving.register_keras_serializable("naru")
class History(Bags):
    """Tokens of several ads (n, length * w) -> for each column of the ads the mean over all their tokens."""

    def __init__(
        self,
        tokens: int,
        dim: int,
        slices: Sequence[Sequence[int]],
        length: int,
        l2: float = 0.0,
        widths: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(tokens, dim, slices, l2, widths, **kwargs)
        self.length = length

    def call(self, ids: Any) -> Any:
        cube = ops.reshape(ids, (-1, self.length, self.slices[-1][1]))
        counts = ops.sum(ops.cast(cube > 0, "float32"), axis=1)
        # One sum over the ads, the empty tokens taken off after it: masks of (n, length, w, dim), forward and backward,
        # took most of the time of training.
        sums = ops.sum(self.table(cube), axis=1) - (self.length - counts)[:, :, None] * self.table.embeddings[:1]
        return self.pooled(sums, counts)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "length": self.length}


def classifier(columns: Mapping[str, int], pair: int, config: CtrConfig) -> Any:
    """user, context, ad: vectors (n, dim) and their ``*_fields`` (n, columns * embedding), pair numbers (n, pair) ->
    logit (n, 1). ``columns`` counts the columns of each family."""
    vectors = {n: keras.Input((config.vector,), dtype="float32", name=n) for n in FAMILIES}
    flat = {
        f"{n}_fields": keras.Input((columns[n] * config.embedding,), dtype="float32", name=f"{n}_fields")
        for n in FAMILIES
    }
    counted = keras.Input((pair,), dtype="float32", name="pair")
    user, context, ad = (vectors[n] for n in FAMILIES)
    whole = layers.Concatenate()(list(flat.values()))
    x = layers.Concatenate()([user, context, ad, user * ad, context * ad, user * context, counted, whole])
    fields = layers.Reshape((sum(columns.values()), config.embedding))(whole)
    # Starts from nothing: a few counted numbers with random weights would drown what the piece says at first.
    straight = layers.Dense(1, use_bias=False, kernel_initializer="zeros", name="counted_click")
    logit = KINDS[config.classifier](fields, x, config) + straight(counted)
    return keras.Model({**vectors, **flat, "pair": counted}, {"logit": logit}, name="classifier")


@dataclass
class Networks:
    """The four networks, trained as one and saved apart."""

    user: Any
    context: Any
    ad: Any
    classifier: Any


class Training(keras.Model):
    """The four networks with both losses. Beside the networks' inputs a batch holds ``ad_row`` (n,) int32, the identity
    of the ad, and ``log_share`` (n,), the log of its share of the training rows, which corrects the in-batch
    softmax."""

    def __init__(self, networks: Networks, config: CtrConfig) -> None:
        super().__init__()
        self.user, self.context, self.ad = networks.user, networks.context, networks.ad
        self.classifier, self.config = networks.classifier, config

    def call(self, batch: dict[str, Any], training: bool = False) -> dict[str, Any]:
        inputs = {"pair": batch["pair"]}
        for name in FAMILIES:
            network = getattr(self, name)
            found = network({n: batch[n] for n in network.input}, training=training)
            inputs |= {name: found["vector"], f"{name}_fields": found["fields"]}
        logit = self.classifier(inputs, training=training)["logit"]
        return {"logit": logit[:, 0], "request": inputs["user"] + inputs["context"], "ad": inputs["ad"]}

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        click = ops.cast(y, "float32")
        preference = ops.mean(ops.binary_crossentropy(click, y_pred["logit"], from_logits=True))
        drawn = similarity(y_pred["request"], y_pred["ad"], click, x["ad_row"], x["log_share"], self.config)
        return preference + self.config.similarity * drawn + sum(self.losses)


def similarity(request: Any, ad: Any, click: Any, ad_row: Any, log_share: Any, config: CtrConfig) -> Any:
    """Pull (user, context) towards the clicked ad, against the ads of the batch; push it away from unclicked ones.

    The pull is a softmax over the batch's ads, minus the log of how often each is drawn (sampled softmax with logQ
    correction, Bengio and Senecal 2008; Yi et al. 2019); other rows with the same ad do not count as its rivals.
    """
    scores = ops.matmul(request, ops.transpose(ad)) / config.temperature
    same = ops.equal(ad_row[:, None], ad_row[None, :])
    own = ops.cast(ops.eye(ops.shape(ad_row)[0]), "bool")
    rivals = scores - log_share[None, :]
    rivals = ops.where(ops.logical_and(same, ops.logical_not(own)), -1e9, rivals)
    right = ops.sum(request * ad, axis=-1) / config.temperature - log_share
    pull = ops.logsumexp(rivals, axis=-1) - right
    pulled = ops.sum(pull * click) / ops.maximum(ops.sum(click), 1.0)
    pushed = ops.mean(ops.softplus(ops.sum(request * ad, axis=-1)) * (1.0 - click))
    return pulled + config.push * pushed
