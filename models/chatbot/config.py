"""What a chatbot is trained with, and what of it the tuner may vary."""

from __future__ import annotations

from dataclasses import dataclass

from models.tune.space import Parameter, Space


@dataclass(frozen=True)
class ChatbotConfig:
    """Section [chatbot]. ``held_out`` caps how many scenarios lend questions, ``terms`` a stream's vocabulary.

    ``context`` is how the encoder reads morphemes in their order: ``convolution``, ``attention`` or ``recurrent``.
    ``epochs`` times ``steps`` batches of ``batch`` pairs and ``hard`` mined negatives train it; a question stands there
    with ``noise`` probability as a hurried user types it, and with ``answers`` probability it must find its answer
    instead of another question. ``pretrained`` starts words from Kiwi's vectors.
    ``towers`` encoders, each begun by another seed, stand side by side: the cosine of a question is the mean of theirs.
    ``precision`` is what the answers above the threshold must reach where every second question is a stranger's;
    above ``ridge_questions`` there is no linear classifier. ``meaning`` is the width of the pooled word vectors.

    ``seconds`` of CPU are what the whole loop aims at, 0 for no limit: the encoder stops at the epoch that uses up its
    share, the linear classifier and the search for K are left out or cut short where theirs is too small.
    """

    seed: int = 7
    seconds: float = 900.0
    held_out: int = 1000
    terms: int = 200_000
    precision: float = 0.8
    context: str = "convolution"
    pretrained: bool = True
    towers: int = 3
    dim: int = 128
    epochs: int = 10
    steps: int = 45
    batch: int = 128
    hard: int = 64
    noise: float = 0.2
    answers: float = 0.3
    learning_rate: float = 2e-3
    temperature: float = 0.05
    dropout: float = 0.3
    length: int = 24
    pieces: int = 48
    buckets: int = 16_384
    morphemes: int = 30_000
    meaning: int = 128
    ridge_questions: int = 12_000


SPACE: Space = (
    Parameter("context", "convolution", choices=("convolution", "attention", "recurrent")),
    Parameter("pretrained", True, choices=(True, False)),
    Parameter("dim", 128, low=64, high=256, scale="log", whole=True),
    Parameter("learning_rate", 2e-3, low=2e-4, high=1e-2, scale="log", live=True),
    Parameter("temperature", 0.05, low=0.02, high=0.2, scale="log", live=True),
    Parameter("dropout", 0.3, low=0.0, high=0.6, live=True),
    Parameter("noise", 0.2, low=0.0, high=0.6, live=True),
    Parameter("answers", 0.3, low=0.0, high=0.6, live=True),
    Parameter("hard", 64, low=8, high=128, scale="log", whole=True, live=True),
)
