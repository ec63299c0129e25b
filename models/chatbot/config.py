"""What a chatbot is trained with, and what of it the tuner may vary."""

from __future__ import annotations

import math
from dataclasses import dataclass

from config.settings import SettingsError
from models.tune.space import Parameter, Space

CONTEXTS = ("convolution", "attention", "recurrent")
# What of a question the encoder reads, by the name that [chatbot] reads gives it.
READS = {
    "everything": ("morphemes", "tags", "endings", "pieces"),
    "morphology": ("morphemes", "tags", "endings"),
    "words and spelling": ("morphemes", "pieces"),
    "spelling": ("pieces",),
}
# What a value may be: (fields, least, most, whether the least and the most are allowed themselves).
RANGES: tuple[tuple[tuple[str, ...], float, float, bool], ...] = (
    (("held_out", "terms", "towers", "epochs", "steps", "length", "pieces", "morphemes", "meaning"), 1, math.inf, True),
    (("dim", "batch", "buckets"), 2, math.inf, True),
    (("seed", "seconds", "hard", "ridge_questions", "good_enough"), 0, math.inf, True),
    (("noise", "answers", "mixed"), 0, 1, True),
    (("precision", "dropout"), 0, 1, False),
    (("learning_rate", "temperature"), 0, math.inf, False),
)


@dataclass(frozen=True)
class ChatbotConfig:
    """Section [chatbot]. ``held_out`` caps how many scenarios lend questions, ``terms`` a stream's vocabulary.

    ``reads`` is which feature sets the encoder has: ``everything`` (morphemes, their tags, endings, character n-grams),
    ``morphology`` (no n-grams), ``words and spelling`` (neither tags nor endings) or ``spelling`` (n-grams alone).
    ``context`` is how it reads morphemes in their order: ``convolution``, ``attention`` or ``recurrent``.
    ``epochs`` times ``steps`` batches of ``batch`` pairs and ``hard`` mined negatives train it; a question stands there
    with ``noise`` probability as a hurried user types it, and with ``answers`` probability it must find its answer
    instead of another question. Where most questions have another of their scenario, ``mixed`` halves of two questions
    for each of the batch are negatives as well. ``pretrained`` starts words from Kiwi's vectors.
    ``towers`` encoders, each begun by another seed, stand side by side: the cosine of a question is the mean of theirs.
    No further one is trained where the one before reaches an MRR of ``good_enough`` on the tuning questions.
    ``precision`` is what the answers above the threshold must reach where every second question is a stranger's;
    above ``ridge_questions`` there is no linear classifier. ``meaning`` is the width of the pooled word vectors.
    ``fallback`` is said where no answer is sure enough ("" = a Korean or an English sentence, by the corpus).

    ``seconds`` of CPU are what the whole loop aims at, 0 for no limit: the encoder stops at the epoch that uses up its
    share, the linear classifier and the search for K are left out or cut short where theirs is too small.
    """

    seed: int = 7
    seconds: float = 900.0
    held_out: int = 1000
    terms: int = 200_000
    precision: float = 0.8
    reads: str = "everything"
    context: str = "convolution"
    pretrained: bool = True
    towers: int = 3
    good_enough: float = 0.995
    dim: int = 128
    epochs: int = 10
    steps: int = 45
    batch: int = 128
    hard: int = 64
    noise: float = 0.2
    answers: float = 0.3
    mixed: float = 0.5
    learning_rate: float = 2e-3
    temperature: float = 0.05
    dropout: float = 0.3
    length: int = 24
    pieces: int = 48
    buckets: int = 16_384
    morphemes: int = 30_000
    meaning: int = 128
    ridge_questions: int = 12_000
    fallback: str = ""

    def __post_init__(self) -> None:
        for name, choices in (("context", CONTEXTS), ("reads", tuple(READS))):
            if getattr(self, name) not in choices:
                raise SettingsError(f"[chatbot] {name} = {getattr(self, name)!r}: expected one of {', '.join(choices)}")
        for names, least, most, themselves in RANGES:
            for name in names:
                value = getattr(self, name)
                inside = least <= value <= most if themselves else least < value < most
                if not inside:
                    raise SettingsError(f"[chatbot] {name} = {value!r}: expected {_told(least, most, themselves)}")


def _told(least: float, most: float, themselves: bool) -> str:
    if most == math.inf:
        return f"{least:g} or more" if themselves else f"a number above {least:g}"
    return f"a share from {least:g} to {most:g}" if themselves else f"a share above {least:g} and below {most:g}"


SPACE: Space = (
    Parameter("reads", "everything", choices=tuple(READS)),
    Parameter("context", "convolution", choices=CONTEXTS),
    Parameter("pretrained", True, choices=(True, False)),
    Parameter("dim", 128, low=64, high=256, scale="log", whole=True),
    Parameter("learning_rate", 2e-3, low=2e-4, high=1e-2, scale="log", live=True),
    Parameter("temperature", 0.05, low=0.02, high=0.2, scale="log", live=True),
    Parameter("dropout", 0.3, low=0.0, high=0.6, live=True),
    Parameter("noise", 0.2, low=0.0, high=0.6, live=True),
    Parameter("answers", 0.3, low=0.0, high=0.6, live=True),
    Parameter("hard", 64, low=8, high=128, scale="log", whole=True, live=True),
)
