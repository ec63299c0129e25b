"""What people alike clicked: factors of ads, in which a person is the ads that they clicked.

An implicit factorisation of who clicked what (Hu, Koren and Volinsky 2008; as weighed by Rendle et al. 2022,
"Revisiting the performance of iALS on item recommendation benchmarks"). A person has no factors of their own to be
stored: they follow from the ads clicked so far by one small regression, so that whoever clicks is known by it with the
next request.

Rows that taught the factors would be told their own click. In training each person's rows are therefore told of factors
that others taught, and of the clicks strictly before each row; so is the request that the release answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.ctr import memory
from models.ctr.memory import LIKED, Events, Memory

WIDE = 12
OTHERS, PULL = 0.1, 0.01  # what each ad that was not clicked counts, and how much factors are drawn to none
ROUNDS, SEED = 8, 7
FOLDS = 4  # of people: the rows of each are told of factors that the others taught
LEAST = 1000  # clicks, of an ad by a person who clicked another one too, that teach something
CHUNK = 20_000  # people that are told at once
SMALLEST = 0.01  # score that tells an ad from one that nobody clicked


@dataclass(frozen=True)
class Alike:
    """``factors`` (ads, WIDE) float64 of the ads ``key`` (sorted uint64); ads without are 0."""

    key: np.ndarray
    factors: np.ndarray

    def of(self, ads: np.ndarray) -> np.ndarray:
        """The factors of ads by key, any shape, WIDE more; 0 of those without."""
        found = memory.find(self.key, ads)
        return np.where((found >= 0)[..., None], self.factors[found], 0.0)

    def people(self, clicked: np.ndarray) -> np.ndarray:
        """The factors (n, WIDE) of people who clicked the ads (n, m), 0 = none."""
        own = self.of(clicked)
        return self.fitted(np.einsum("nmi,nmj->nij", own, own), own.sum(axis=1), (clicked > 0).sum(axis=1))

    def fitted(self, squares: np.ndarray, sums: np.ndarray, many: np.ndarray) -> np.ndarray:
        """The regression for people of whose ``many`` (n,) ads the factors add up to ``sums`` (n, WIDE), their outer
        products to ``squares`` (n, WIDE, WIDE)."""
        return solved(squares, sums, many, self.factors)

    def save(self, path: Path) -> None:
        np.savez(path, allow_pickle=False, key=self.key, factors=self.factors)

    @staticmethod
    def load(path: Path) -> Alike:
        with np.load(path, allow_pickle=False) as file:
            return Alike(file["key"], file["factors"])


def nothing() -> Alike:
    """Of a log that teaches nothing of who is alike."""
    return Alike(np.zeros(1, np.uint64), np.zeros((1, 0)))


def solved(squares: np.ndarray, sums: np.ndarray, many: np.ndarray, others: np.ndarray) -> np.ndarray:
    pull = PULL * (many + OTHERS * len(others))
    bend = squares + OTHERS * others.T @ others + pull[:, None, None] * np.eye(others.shape[1])
    return np.asarray(np.linalg.solve(bend, sums[:, :, None])[:, :, 0])


def pairs(users: np.ndarray, ads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct pairs of clicks of people and ads."""
    order = np.lexsort((ads, users))
    user, ad = users[order], ads[order]
    new = np.r_[True, (user[1:] != user[:-1]) | (ad[1:] != ad[:-1])][: len(user)]
    return user[new], ad[new]


def teaches(users: np.ndarray, ads: np.ndarray) -> bool:
    """Do clicks (n,) tell enough of who is alike?"""
    _, many = np.unique(pairs(users, ads)[0], return_counts=True)
    return int(many[many > 1].sum()) >= LEAST


def learn(users: np.ndarray, ads: np.ndarray) -> Alike:
    """What the clicks of users on ads (n,) teach, which may be nothing."""
    return fit(users, ads) if teaches(users, ads) else nothing()


def fit(users: np.ndarray, ads: np.ndarray) -> Alike:
    """The factors that the clicks of users on ads (n,) teach."""
    from scipy.sparse import csr_matrix
    from threadpoolctl import threadpool_limits

    user, ad = pairs(users, ads)
    key, column = np.unique(ad, return_inverse=True)
    who, row = np.unique(user, return_inverse=True)
    clicked = csr_matrix((np.ones(len(row)), (row, column)), shape=(len(who), len(key)))
    sides = clicked, clicked.T.tocsr()
    own = np.random.default_rng(SEED).normal(0, 0.1 / np.sqrt(WIDE), (len(key), WIDE))
    with threadpool_limits(1):  # sums in one order give the same bytes
        for _ in range(ROUNDS):
            for side in sides:
                squares = side @ (own[:, :, None] * own[:, None, :]).reshape(len(own), WIDE * WIDE)
                many = np.asarray(side.sum(axis=1)).ravel()
                own = solved(squares.reshape(-1, WIDE, WIDE), side @ own, many, own)
    return Alike(key, own)


def numbers(people: np.ndarray, ads: np.ndarray) -> np.ndarray:
    """(n, 1) float32 of factors of people (n, w) and ads (n, w), or (1, w) for all ads; none where w is 0."""
    if not people.shape[1]:
        return np.zeros((len(ads), 0), np.float32)
    score = np.maximum(0.0, (people * ads).sum(axis=1, keepdims=True))
    return np.log1p(score / SMALLEST).astype(np.float32)


def past(known: Alike, state: Memory, events: Events, rows: np.ndarray) -> np.ndarray:
    """The factors (rows, WIDE) of each of some rows' person: of the ads clicked strictly before it, in the memory and
    in the rows ``events``."""
    found = np.zeros((len(rows), known.factors.shape[1]))
    people = np.unique(events.users[rows])
    for start in range(0, len(people), CHUNK):
        some = people[start : start + CHUNK]
        place = np.flatnonzero(np.isin(events.users[rows], some))
        found[place] = past_of(known, state, events, rows[place], some)
    return found


def past_of(known: Alike, state: Memory, events: Events, rows: np.ndarray, people: np.ndarray) -> np.ndarray:
    """``past`` for rows of some people (sorted)."""
    before = state.clicked(people, LIKED)
    place, _ = np.nonzero(before > 0)
    more = np.flatnonzero((events.clicks > 0) & np.isin(events.users, people))
    who = np.r_[place, np.searchsorted(people, events.users[more])]
    what = np.r_[before[before > 0], events.ads[more]]
    when = np.r_[np.full(len(place), np.iinfo(np.int64).min), events.times[more]]
    # Of each pair the first click alone.
    order = np.lexsort((when, what, who))
    who, what, when = who[order], what[order], when[order]
    first = np.r_[True, (who[1:] != who[:-1]) | (what[1:] != what[:-1])][: len(who)]
    order = np.flatnonzero(first)[np.lexsort((when[first], who[first]))]
    who, when, own = who[order], when[order], known.of(what[order])
    # Sums over all clicks up to each; those of one person are a difference.
    wide = own.shape[1]
    summed = np.concatenate([own, (own[:, :, None] * own[:, None, :]).reshape(len(own), wide * wide)], axis=1)
    summed = np.concatenate([np.zeros((1, summed.shape[1])), np.cumsum(summed, axis=0)])
    asked = np.searchsorted(people, events.users[rows])
    both_who, both_when = np.r_[who, asked], np.r_[when, events.times[rows]]
    is_click = np.r_[np.ones(len(who), bool), np.zeros(len(rows), bool)]
    merged = np.lexsort((is_click, both_when, both_who))
    end = np.empty(len(both_who), np.int64)
    end[merged] = np.cumsum(is_click[merged])
    end, begin = end[len(who) :], np.searchsorted(who, asked)
    # Many rows share a state of one person.
    states, back = np.unique(np.stack([begin, end], axis=1), axis=0, return_inverse=True)
    sums = summed[states[:, 1]] - summed[states[:, 0]]
    many = (states[:, 1] - states[:, 0]).astype(np.float64)
    return known.fitted(sums[:, wide:].reshape(-1, wide, wide), sums[:, :wide], many)[back.reshape(-1)]


def fold(users: np.ndarray) -> np.ndarray:
    """Which fold each person (n,) is in."""
    return np.asarray((users >> np.uint64(32)) % np.uint64(FOLDS)).astype(np.int64)


def told(known: Alike, state: Memory, events: Events, taught_by: int) -> np.ndarray:
    """``numbers`` of a log's rows, of which the first ``taught_by`` taught ``known``: those are told of factors that
    other people taught."""
    if not known.factors.shape[1]:
        return np.zeros((len(events.users), 0), np.float32)
    rows, folds = np.arange(len(events.users)), fold(events.users)
    found = np.zeros((len(rows), 1), np.float32)
    clicked = (events.clicks > 0) & (rows < taught_by)
    for number in range(FOLDS + 1):
        own = (rows < taught_by) & (folds == number) if number < FOLDS else rows >= taught_by
        place, others = np.flatnonzero(own), clicked & (folds != number)
        if not len(place) or (number < FOLDS and not others.any()):
            continue
        by = fit(events.users[others], events.ads[others]) if number < FOLDS else known
        found[place] = numbers(past(by, state, events, place), by.of(events.ads[place]))
    return found
