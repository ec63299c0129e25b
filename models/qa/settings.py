"""The settings of question answering, ``[qa]``."""

from __future__ import annotations

from dataclasses import dataclass

from models.qa.features import Shape
from models.qa.reader import ReaderConfig
from models.tune.space import Parameter, Space


@dataclass(frozen=True)
class QaConfig:
    """Sizes and budgets.

    ``epochs`` is stretched to ``min_steps`` for few questions and cut to ``max_steps`` for many. ``negatives`` is the
    share of questions that are shown a wrong paragraph as well. ``max_documents``: where the corpus has more, the
    longest are searched. ``floor_*`` are sanity floors of the gate, for any corpus.
    """

    seed: int = 20261101
    test_share: float = 0.2
    paragraph_chars: int = 3000
    max_documents: int = 200_000
    vector_dim: int = 64
    lsa_dim: int = 128
    lsa_features: int = 50_000
    window_tokens: int = 320
    question_tokens: int = 40
    epochs: int = 4
    min_steps: int = 200
    max_steps: int = 6000
    batch: int = 24
    rate: float = 1.5e-3
    width: int = 96
    dropout: float = 0.25
    negatives: float = 0.2
    good_enough: float = 98.0
    read_paragraphs: int = 5
    tuning_questions: int = 200
    floor_retrieval: float = 0.1
    floor_reader_f1: float = 3.0

    @property
    def reader(self) -> ReaderConfig:
        return ReaderConfig(width=self.width, dropout=self.dropout, batch=self.batch, rate=self.rate)

    @property
    def shape(self) -> Shape:
        return Shape(self.window_tokens, self.question_tokens, self.window_tokens // 3)


SPACE: Space = (
    Parameter("rate", 1.5e-3, low=3e-4, high=5e-3, scale="log", live=True),
    Parameter("dropout", 0.25, low=0.0, high=0.5, live=True),
    Parameter("width", 96, low=32, high=160, scale="log", whole=True),
    Parameter("batch", 24, low=12, high=64, scale="log", whole=True),
    Parameter("negatives", 0.2, low=0.0, high=0.6),
)
