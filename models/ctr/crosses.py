"""What goes with what: a linear model on the values of a row's columns and on all pairs of them, beside the networks.

Where the age and the device decide which kinds of ads are clicked, a weight for each pair of values says so directly
(degree-2 polynomials: Chang et al. 2010), while networks that start from small embeddings spend rare clicks on learning
what multiplies what. The weights of a pair of columns share a normal prior whose variance is learnt from them
(empirical Bayes: MacKay 1992, "Bayesian interpolation"), so that a pair of columns that says nothing fades by itself,
as does a number.
Ids are in no pair: they are counted, and the counts are in the model as numbers. An ad's own weight stands beside its
counts, which do not know who saw it and where; a user's would tell of earlier days what the counts tell of late. Pairs
of two columns of the ad, which no index of ads by request could follow, are left out. A number of the request and one
of the ad are multiplied as well: what is dear to the young is one slope, not a table. A value that stands twice in a
column of several counts twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from models.ctr import bags, measure
from models.ctr.features import FAMILIES, Arrays, Category, Number, Schema

LARGEST = 50_000  # cells of a pair of columns: beyond, most are never seen
PRODUCTS = 64  # of numbers of the request and the ad: none where there would be more
MOST = 30_000_000  # values of all rows; the oldest rows are left out where there are more
CELLS = 1_000_000  # that are looked up at once
TELLING = 1.0  # weights that the rows tell of a pair, at least: else it makes room for older rows
ROUNDS, STEPS = 16, 8  # of learning the variances, and of the optimiser in each
FIRST, LEAST, GREATEST = 100.0, 0.5, 1e8  # inverse variances: at first, and their bounds


Codes = tuple[np.ndarray, np.ndarray]  # numbers (n, w) of what stands in a row, 0 = none, and how often it does


@dataclass(frozen=True)
class Column:
    """The tokens ``start`` to ``end`` of a family (by number), ``size`` of them from ``offset``."""

    family: int
    start: int
    end: int
    offset: int
    size: int

    def codes(self, arrays: Arrays) -> Codes:
        """The values of encoded rows, int64 from 1."""
        tokens = arrays[f"{FAMILIES[self.family]}_tokens"][:, self.start : self.end].astype(np.int64)
        return bags.counted(np.where(tokens > 0, tokens - self.offset + 1, 0))


def paired(one: Codes, other: Codes, size: int) -> Codes:
    """The cells (n, a * b) of codes (n, a) and (n, b) in a table with rows of ``size`` + 1, and how often each pair
    stands in the row; 0 where one is none."""
    cells = one[0][:, :, None] * (size + 1) + other[0][:, None, :]
    times = (one[1][:, :, None] * other[1][:, None, :]).reshape(len(cells), -1)
    return np.where(times > 0, cells.reshape(times.shape), 0), times


@dataclass(frozen=True)
class Crosses:
    """``columns`` (m, 5) int64 as the fields of ``Column``; ``blocks`` (k, 2) int64 names for each table its column
    twice, or two columns; ``weights`` float32 are the tables, one after the other; ``numbers`` float64 are the weights
    of the numbers of ``dense``, which multiplies the first ``own`` (families,) numbers of each family; ``base`` is the
    logit before all. ``people`` and ``ads`` (ids, width) float32 are factors of the tokens of ids, see
    ``models.ctr.factors``; none where they gain nothing."""

    columns: np.ndarray
    blocks: np.ndarray
    weights: np.ndarray
    numbers: np.ndarray
    own: np.ndarray
    base: float
    people: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    ads: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @cached_property
    def tables(self) -> tuple[list[Column], np.ndarray]:
        """(the columns, where the table of each block begins in ``weights``, and where the last one ends)."""
        columns = [Column(*c) for c in self.columns.tolist()]
        sizes = [cells_between(columns[a], columns[b]) for a, b in self.blocks.tolist()]
        return columns, np.cumsum([0, *sizes])

    @cached_property
    def plain(self) -> np.ndarray:
        """Which blocks are of columns of one value each, (k,) bool."""
        single = np.array([column.end - column.start == 1 for column in self.tables[0]], bool)
        return np.asarray(single[self.blocks].all(axis=1))

    def logits(self, arrays: Arrays) -> np.ndarray:
        """The logits (n,) float64 of encoded rows; one row of a request may stand for all ads."""
        found = self.base + dense(arrays, self.own) @ self.numbers
        codes = [column.codes(arrays) for column in self.tables[0]]
        found = found + self.summed(np.arange(len(self.blocks)), codes, len(found))
        if self.people.size:
            found = found + met(self.people, self.ads, arrays["user_tokens"], arrays["ad_tokens"])
        return found

    def summed(self, places: np.ndarray, codes: Sequence[Codes], many: int) -> np.ndarray:
        """The sums of the weights of rows with ``codes`` in the blocks at some ``places``, (many,)."""
        columns, starts = self.tables
        plain = self.plain[places]
        found = np.zeros(many)
        if plain.any():
            found = self.of_single(codes, self.blocks[places[plain]], starts[places[plain]], many)
        for place in places[~plain].tolist():
            cells, times = cells_in(self.blocks[place].tolist(), columns, codes)
            found = found + (self.weights[starts[place] : starts[place + 1]].take(cells) * times).sum(axis=1)
        return found

    def of_single(self, codes: Sequence[Codes], blocks: np.ndarray, starts: np.ndarray, many: int) -> np.ndarray:
        """The sums (many,) of the weights in ``blocks`` of columns of one value each, a few tables at a time: a request
        asks all of them at once."""
        values = np.concatenate([np.broadcast_to(own[:, :1], (many, 1)) for own, _ in codes], axis=1)
        strides = np.where(blocks[:, 0] == blocks[:, 1], 0, self.columns[blocks[:, 1], -1] + 1)
        found = np.zeros(many)
        for part in np.array_split(np.arange(len(blocks)), max(1, many * len(blocks) // CELLS)):
            one, other = values[:, blocks[part, 0]], values[:, blocks[part, 1]]
            cells = np.where((one > 0) & (other > 0), one * strides[part] + other, 0) + starts[part]
            found += self.weights.take(cells).sum(axis=1, dtype=np.float64)
        return found

    def of_request(self, arrays: Arrays) -> Crosses:
        """The same for one request, whose ``arrays`` of user and context hold one row: what it makes of each value of
        an ad is added up once, not once an ad. They give the same logits of that request and any ads."""
        columns, starts = self.tables
        ads = [place for place, column in enumerate(columns) if FAMILIES[column.family] == "ad"]
        own = {place: np.zeros(columns[place].size + 1) for place in ads}
        codes = [column.codes(arrays) for column in columns[: len(columns) - len(ads)]]  # the ad's come last
        alone = np.array([b not in own for b in self.blocks[:, 1].tolist()], bool)
        base = self.base + float(self.summed(np.flatnonzero(alone), codes, 1)[0])
        for place in np.flatnonzero(~alone).tolist():
            (a, b), table = self.blocks[place].tolist(), self.weights[starts[place] : starts[place + 1]]
            if a == b:
                own[b] += table
            else:
                values, times = (part[0] for part in codes[a])
                own[b] += times.astype(np.float64) @ table.reshape(-1, len(own[b])).take(values, axis=0)
        for told in own.values():
            told[0] = 0  # nothing weighs nothing
        blocks = np.repeat(np.arange(len(ads))[:, None], 2, axis=1)
        weights = np.concatenate([np.zeros(0), *own.values()])
        return replace(self, columns=self.columns[ads], blocks=blocks, weights=weights, base=base)

    def of_ads(self, tokens: np.ndarray) -> np.ndarray:
        """What is known here of ads with ``tokens`` (n, t) alone: the sum of the weights of their own values, and their
        factors if there are any, (n, 1 + width)."""
        columns, starts = self.tables
        own = np.zeros((len(tokens), 1))
        for (a, b), start, end in zip(self.blocks.tolist(), starts[:-1], starts[1:], strict=True):
            if a == b and FAMILIES[columns[a].family] == "ad":
                cells, times = columns[a].codes({"ad_tokens": tokens})
                own[:, 0] += (self.weights[start:end].take(cells) * times).sum(axis=1)
        return np.concatenate([own, take(self.ads, tokens)] if self.ads.size else [own], axis=1)

    def save(self, path: Path) -> None:
        np.savez(path, allow_pickle=False, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @staticmethod
    def load(path: Path) -> Crosses:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return Crosses(base=float(arrays.pop("base")), **arrays)


def take(factors: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """The factors (n, width) of the ids that stand first in ``tokens`` (n, t), 0 for those that nobody had then."""
    own = tokens[:, 0]
    return np.where((own < len(factors))[:, None], factors.take(np.minimum(own, len(factors) - 1), axis=0), 0)


def met(people: np.ndarray, ads: np.ndarray, user: np.ndarray, ad: np.ndarray) -> np.ndarray:
    """What the factors of the ids that stand first in the tokens ``user`` (n, t) and ``ad`` (n, t) tell, (n,)."""
    return np.asarray((take(people, user) * take(ads, ad)).sum(axis=1))


def dense(arrays: Arrays, own: np.ndarray) -> np.ndarray:
    """All numbers of encoded rows side by side, and the products of the log's own of user and context with those of the
    ad, (n, width) float64."""
    many = len(arrays["ad_tokens"])
    every = [np.broadcast_to(values, (many, values.shape[1])) for values in (arrays[f"{n}_numbers"] for n in FAMILIES)]
    user, context, ad = (values[:, :many] for values, many in zip(every, own.tolist(), strict=True))
    asked = np.concatenate([user, context], axis=1)
    if asked.shape[1] * ad.shape[1] <= PRODUCTS:
        every.append((asked[:, :, None] * ad[:, None, :]).reshape(many, -1))
    return np.concatenate([*every, arrays["pair"]], axis=1).astype(np.float64)


def cells_of(columns: list[Column], blocks: np.ndarray, arrays: Arrays) -> list[tuple[Codes, int]]:
    """For each table the cells of the rows in it, and how many cells it has."""
    codes = [column.codes(arrays) for column in columns]
    return [(cells_in((a, b), columns, codes), cells_between(columns[a], columns[b])) for a, b in blocks.tolist()]


def cells_in(block: Sequence[int], columns: Sequence[Column], codes: Sequence[Codes]) -> Codes:
    """The cells of rows with ``codes`` in the table of one column, named twice, or of two."""
    a, b = block
    return codes[a] if a == b else paired(codes[a], codes[b], columns[b].size)


def cells_between(one: Column, other: Column) -> int:
    """How many cells the table of two columns has, or of one alone where they are the same."""
    return one.size + 1 if one == other else (one.size + 1) * (other.size + 1)


def layout(schema: Schema) -> tuple[list[Column], np.ndarray]:
    """The columns but the user's id, and the blocks: every column alone, then the pairs without the ad's id."""
    columns: list[Column] = []
    names: list[str] = []
    for place, name in enumerate(FAMILIES):
        family = schema.family(name)
        own: list[Category | Number] = [*family.categories, *family.numbers]
        for kind, (start, end) in zip(own, family.slices, strict=True):
            if kind.name != "user_id":
                columns.append(Column(place, start, end, kind.offset, kind.size))
                names.append(kind.name)
    ad = FAMILIES.index("ad")
    pairs = [
        (i, j)
        for i, one in enumerate(columns)
        for j, other in enumerate(columns[i + 1 :], start=i + 1)
        if one.family != ad and names[j] != "ad_id" and cells_between(one, other) <= LARGEST
    ]
    return columns, np.array([(i, i) for i in range(len(columns))] + pairs, np.int64).reshape(-1, 2)


def freshest(columns: list[Column], blocks: np.ndarray, arrays: Arrays, chosen: np.ndarray) -> np.ndarray:
    """The last of the rows ``chosen`` whose values, of all tables together, are MOST or fewer; one row at least."""
    part = {name: values[chosen] for name, values in arrays.items() if name.endswith("_tokens")}
    there = [(column.codes(part)[0] > 0).sum(axis=1) for column in columns]
    values = np.zeros(len(chosen), np.int64)
    for a, b in blocks.tolist():
        values += there[a] if a == b else there[a] * there[b]
    return chosen[-max(1, int((np.cumsum(values[::-1]) <= MOST).sum())) :]


def fit(
    schema: Schema, arrays: Arrays, clicks: np.ndarray, chosen: np.ndarray, given: np.ndarray | None = None
) -> Crosses:
    """Learn from the rows ``chosen`` (sorted by time) of encoded rows with clicks (n,), on top of the logits ``given``
    (n,) if there are any.

    Where there is no room for all of them, it is learnt twice: of the freshest rows, then of more without the pairs
    that tell nothing."""
    from threadpoolctl import threadpool_limits

    columns, blocks = layout(schema)
    own = np.array([len(schema.family(name).numbers) for name in FAMILIES])
    given = np.zeros(len(clicks)) if given is None else given
    with threadpool_limits(1):  # sums in one order give the same bytes
        rows = freshest(columns, blocks, arrays, chosen)
        found, told = learn_rows(columns, blocks, own, arrays, clicks, given, rows)
        if len(rows) < len(chosen):
            blocks = blocks[(told >= TELLING) | (blocks[:, 0] == blocks[:, 1])]
            rows = freshest(columns, blocks, arrays, chosen)
            found, _ = learn_rows(columns, blocks, own, arrays, clicks, given, rows)
    return found


def learn_rows(
    columns: list[Column],
    blocks: np.ndarray,
    own: np.ndarray,
    arrays: Arrays,
    clicks: np.ndarray,
    given: np.ndarray,
    rows: np.ndarray,
) -> tuple[Crosses, np.ndarray]:
    """(what the ``rows`` teach, how many weights of each block they tell)."""
    part = {name: values[rows] for name, values in arrays.items()}
    x = dense(part, own)
    mean, scale = x.mean(axis=0), np.where(x.std(axis=0) > 1e-6, x.std(axis=0), np.inf)
    cells = cells_of(columns, blocks, part)
    base, tables, weight, told = learn(cells, (x - mean) / scale, clicks[rows].astype(np.float64), given[rows])
    weights = np.concatenate([np.zeros(0), *tables]).astype(np.float32)
    fields = np.array([list(vars(c).values()) for c in columns], np.int64).reshape(-1, 5)
    return Crosses(fields, blocks, weights, weight / scale, own, float(base - mean @ (weight / scale))), told


def learn(
    cells: list[tuple[Codes, int]], x: np.ndarray, clicks: np.ndarray, given: np.ndarray
) -> tuple[float, list[np.ndarray], np.ndarray, np.ndarray]:
    """(the logit before all, the table of each block, the weights of the numbers ``x``, how many weights of each block
    the rows tell), on top of the logits ``given`` (n,)."""
    design, places, group = stacked(cells, len(clicks))
    # Every number is a group of its own (most say nothing, a few say much); the constant is the last one, with a prior
    # that says nothing.
    group = np.r_[group, len(cells) + np.arange(x.shape[1] + 1)]
    split, squared = design.shape[1], design.power(2)
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)

    def forward(w: np.ndarray) -> np.ndarray:
        return np.asarray(given + design @ w[:split] + x @ w[split:])

    def backward(g: np.ndarray) -> np.ndarray:
        return np.r_[design.T @ g, x.T @ g]

    def curve(p: np.ndarray) -> np.ndarray:
        return np.r_[squared.T @ p, np.square(x).T @ p]

    start = np.r_[np.zeros(len(group) - 1), measure.log_odds(clicks)]
    found, told = bayes(forward, backward, curve, clicks, group, start)
    tables = [np.zeros(size) for _, size in cells]
    for number, table in enumerate(tables):
        table[places[number]] = found[:split][group[:split] == number]
    return float(found[-1]), tables, found[split:-1], told[: len(cells)]


def stacked(cells: list[tuple[Codes, int]], rows: int) -> tuple[Any, list[np.ndarray], np.ndarray]:
    """(sparse (rows, cells seen) of how often each stands there, the cells seen of each block, the block (cells seen,)
    of each)."""
    from scipy.sparse import csr_matrix

    places, found, first = [], [], 0
    for (own, _), size in cells:
        seen = np.bincount(own.reshape(-1), minlength=size) > 0
        seen[0] = False
        renamed = np.where(seen, first + np.cumsum(seen) - 1, -1).astype(np.int32)
        places.append(np.flatnonzero(seen))
        found.append(renamed.take(own))
        first += len(places[-1])
    every = np.concatenate([np.zeros((rows, 0), np.int32), *found], axis=1)
    there = every >= 0
    ends = np.r_[0, np.cumsum(there.sum(axis=1))]
    times = np.concatenate([np.zeros((rows, 0), np.int64), *(times for (_, times), _ in cells)], axis=1)
    design = csr_matrix((times[there].astype(np.float64), every[there], ends), shape=(rows, first))
    return design, places, np.repeat(np.arange(len(cells)), [len(p) for p in places])


def bayes(
    forward: Callable[[np.ndarray], np.ndarray],
    backward: Callable[[np.ndarray], np.ndarray],
    curve: Callable[[np.ndarray], np.ndarray],
    clicks: np.ndarray,
    group: np.ndarray,
    start: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The likeliest weights of a logistic regression, whose ``group``s (weights,) have a prior variance each, learnt
    with them, and how many weights of each the rows tell; the last group, the constant, has no prior. ``curve`` tells
    the diagonal of the curvature."""
    from scipy.optimize import minimize

    w, inverse = start, np.full(group[-1] + 1, FIRST)
    inverse[-1] = 1e-6
    many = np.maximum(1, np.bincount(group, minlength=len(inverse)))
    told = np.zeros(len(inverse))
    for _ in range(ROUNDS):
        pull, p = inverse[group], measure.sigmoid(forward(w))
        bend = curve(p * (1 - p)) + pull
        unit = 1 / np.sqrt(bend)  # steps of one size in every direction

        def loss(v: np.ndarray, pull: np.ndarray = pull, unit: np.ndarray = unit) -> tuple[float, np.ndarray]:
            u = v * unit
            logit = forward(u)
            value = np.sum(np.logaddexp(0, logit) - clicks * logit) + np.sum(pull * u * u) / 2
            return float(value), (backward(measure.sigmoid(logit) - clicks) + pull * u) * unit

        w = minimize(loss, w / unit, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x * unit
        # How many weights the rows tell, over what those weights are together.
        told = many - np.bincount(group, pull / bend, minlength=len(inverse))
        size = np.bincount(group, w * w, minlength=len(inverse))
        inverse[:-1] = np.clip((told / np.maximum(size, 1e-12))[:-1], LEAST, GREATEST)
    return np.asarray(w), told
