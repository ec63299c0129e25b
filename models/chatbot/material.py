"""The pairs of the day, read once: what every session trains on, and what it is scored with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from models.chatbot import encoder
from models.chatbot.config import ChatbotConfig
from models.chatbot.corpus import TUNING, Pairs, Split, hold_out, join
from models.chatbot.features import Analyser, Reading, add_noise, read
from models.pretrained import Vectors, korean_vectors

ENOUGH = 50
LONGEST = 300
OWN = 1000


@dataclass(frozen=True)
class Corpus:
    """The pairs, read once: what every session trains on and is scored with."""

    pairs: Pairs
    analyser: Analyser
    config: ChatbotConfig
    fitted: encoder.Reader | None = None

    @cached_property
    def readings(self) -> list[Reading]:
        return read(self.pairs.questions, self.analyser)

    @cached_property
    def noised(self) -> list[Reading]:
        """Every question as a hurried user types it."""
        rng = np.random.default_rng(self.config.seed)
        return read([add_noise(q, rng) for q in self.pairs.questions], self.analyser)

    @cached_property
    def split(self) -> Split:
        return hold_out(self.pairs, self.config.held_out, self.config.seed)

    @cached_property
    def kept(self) -> np.ndarray:
        """Which questions are trained on before the ensemble is fitted."""
        kept = np.ones(len(self.pairs), bool)
        kept[self.split.out] = False
        return kept

    @cached_property
    def known(self) -> Pairs:
        return self.pairs.keep(self.kept)

    @cached_property
    def tuning(self) -> tuple[list[Reading], list[int]]:
        """(readings, numbers of their scenarios among the known) of the tuning split: what weights are fitted to."""
        return [self.readings[i] for i in self.split.tuning], self.places(self.split.tuning)

    @cached_property
    def asked(self) -> tuple[list[Reading], list[int]]:
        """Those of ``tuning``; noised copies of indexed questions fill up a small split.

        The copies say which epoch is best and how sure to be, but nothing of how people rephrase.
        """
        texts, truth = self.tuning
        if len(texts) >= ENOUGH:
            return texts, truth
        more = noised_rows(self.pairs, self.split.out, ENOUGH - len(texts), self.config.seed)
        return [*texts, *(self.noised[i] for i in more)], [*truth, *self.places(more)]

    def places(self, rows: np.ndarray) -> list[int]:
        """The numbers among the known of the scenarios of ``rows``."""
        number = {name: i for i, name in enumerate(self.known.names)}
        return [number[self.pairs.names[self.pairs.scenario[i]]] for i in rows]

    @cached_property
    def judged(self) -> tuple[list[Reading], list[int]]:
        """(readings, numbers of their scenarios) that the automatic evaluation is validated on: those of ``asked``,
        and test questions beside them up to ``TUNING``. Nothing is fitted to these."""
        texts, truth = self.asked
        more = self.split.test[: max(0, TUNING - len(texts))]
        return [*texts, *(self.readings[i] for i in more)], [*truth, *self.places(more)]

    @cached_property
    def held_out(self) -> tuple[list[Reading], list[int]]:
        """(readings, numbers of their scenarios) of held-out questions alone, up to ``TUNING``: labels are doubted by
        them."""
        rows = np.r_[self.split.tuning, self.split.test][:TUNING]
        return [self.readings[i] for i in rows], self.places(rows)

    @cached_property
    def own(self) -> np.ndarray:
        """Up to ``OWN`` known questions, by their rows among the known, that another question of their scenario stands
        beside: the ensemble is fitted on them too, each as if it were not there."""
        several = np.flatnonzero((self.known.sizes > 1)[self.known.scenario])
        return np.sort(np.random.default_rng(self.config.seed).permutation(several)[:OWN])

    @cached_property
    def sizes_asked(self) -> np.ndarray:
        """How many questions each known scenario has together with those that it lent to the tuning split."""
        lent = self.asked[1][: len(self.split.tuning)]
        found: np.ndarray = self.known.sizes + np.bincount(lent, minlength=len(self.known.names))
        return found

    @cached_property
    def told(self) -> list[Reading]:
        """The answer of every question, its beginning alone."""
        beginnings = [answer[:LONGEST] for answer in self.pairs.answers]
        different = sorted(set(beginnings))
        found = dict(zip(different, read(different, self.analyser), strict=True))
        return [found[answer] for answer in beginnings]

    @cached_property
    def answers(self) -> list[Reading]:
        """The first answer of each known scenario."""
        told = pick(self.told, self.kept)
        return [told[i] for i in self.known.starts]

    @cached_property
    def vectors(self) -> Vectors:
        return start_vectors(self.analyser, self.config.meaning)

    @cached_property
    def reader(self) -> encoder.Reader:
        return self.fitted or encoder.fit_reader(self.readings, self.vectors.keys, self.config)

    def settle(self, placed: Sequence[Mapping[str, Any]]) -> Corpus:
        """The corpus whose questions without a scenario have joined those that they were ``placed`` in, as far as they
        have (``models.chatbot.train.place``); itself where none has."""
        rows = np.flatnonzero(self.pairs.unlabelled).tolist() if placed else []
        joined = [(row, where["cluster"]) for row, where in zip(rows, placed, strict=True) if where["joined"]]
        if not joined:
            return self
        rows_, names = zip(*joined, strict=True)
        return replace(self, pairs=join(self.pairs, rows_, names), fitted=self.reader)


def start_vectors(analyser: Analyser, dim: int) -> Vectors:
    """Pretrained unit vectors of Korean words, keyed as terms; none for a corpus in another language."""
    found = korean_vectors(dim) if analyser == "kiwi" else Vectors([], np.zeros((0, dim), np.float16))
    rows: dict[str, int] = {}
    for row, key in enumerate(found.keys):
        form, _, tag = key.rpartition("/")
        rows.setdefault(f"{form.lower()}/{tag}", row)
    matrix = found.matrix[list(rows.values())].astype(np.float32)
    return Vectors(list(rows), matrix / np.sqrt((matrix**2).sum(axis=1, keepdims=True) + 1e-12))


def pick(readings: Sequence[Reading], mask: np.ndarray) -> list[Reading]:
    return [r for r, kept in zip(readings, mask, strict=True) if kept]


def noised_rows(pairs: Pairs, out: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Up to ``size`` rows that are not held out."""
    left = np.setdiff1d(np.arange(len(pairs)), out)
    return np.sort(np.random.default_rng(seed).permutation(left)[:size])
