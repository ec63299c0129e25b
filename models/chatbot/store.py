"""The files of a chatbot, as training writes them and serving reads them: JSON, ``.npz`` without pickles, ``.npy``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from config.task import BadInput
from models.chatbot.confidence import PIECES, Confidence
from models.chatbot.corpus import Pairs
from models.chatbot.encoder import Reader
from models.chatbot.features import STREAMS, Analyser
from models.chatbot.rank import SPARSE, WEIGHED
from models.chatbot.sparse import Retriever

TABLES = {"encoder": "questions.npy", "meaning": "meanings.npy", "answer": "answers.npy"}
CARRY = ("chatbot.json", "pairs.json", "vocabulary.json", "ridge.npz", *(f"counts_{s}.npz" for s in STREAMS))


@dataclass(frozen=True)
class Tables:
    """Each stream's vocabulary, and the counts of its terms in the indexed questions."""

    vocabulary: Mapping[str, Sequence[str]]
    counts: Mapping[str, sparse.csr_matrix]

    def keep(self, mask: np.ndarray) -> Tables:
        """The tables as if the other questions had never been there (weights are fitted to counts on loading)."""
        return Tables(self.vocabulary, {stream: counts[mask] for stream, counts in self.counts.items()})

    def retrievers(self) -> Mapping[str, Retriever]:
        return Retrievers(self)


class Retrievers(Mapping[str, Retriever]):
    """The retriever of each name of ``SPARSE``, made when first asked for: service needs those of weight alone."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.made: dict[str, Retriever] = {}

    def __getitem__(self, name: str) -> Retriever:
        if name not in self.made:
            stream, scheme = SPARSE[name]
            self.made[name] = Retriever(self.tables.vocabulary[stream], self.tables.counts[stream], scheme)
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(SPARSE)

    def __len__(self) -> int:
        return len(SPARSE)


@dataclass(frozen=True)
class Chatbot:
    """Everything of a chatbot but its network and vectors."""

    pairs: Pairs
    tables: Tables
    ridge: sparse.csr_matrix
    reader: Reader
    analyser: Analyser
    pools: Mapping[str, float]
    weights: Mapping[str, float]
    confidence: Confidence
    fallback: str = ""


def save(folder: Path, bot: Chatbot) -> None:
    """Write the files that ``CARRY`` names."""
    meta = {
        "analyser": bot.analyser,
        "pools": dict(bot.pools),
        "weights": dict(bot.weights),
        "confidence": asdict(bot.confidence),
        "fallback": bot.fallback,
        "reader": bot.reader.state(),
    }
    pairs = {
        "questions": bot.pairs.questions,
        "answers": bot.pairs.answers,
        "scenario": bot.pairs.scenario.tolist(),
        "names": bot.pairs.names,
    }
    for name, value in (("chatbot", meta), ("pairs", pairs), ("vocabulary", dict(bot.tables.vocabulary))):
        (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    sparse.save_npz(folder / "ridge.npz", bot.ridge)
    for stream, counts in bot.tables.counts.items():
        sparse.save_npz(folder / f"counts_{stream}.npz", counts)


def load(folder: Path) -> Chatbot:
    """Read them again; raises BadInput where another version of the code made them."""
    meta, pairs, vocabulary = (_json(folder / f"{name}.json") for name in ("chatbot", "pairs", "vocabulary"))
    reader: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in meta["reader"].items()}
    sure = meta["confidence"]
    for what, found, wanted in (
        ("slopes of the confidence", [len(sure.get(name, ())) - 1 for name in ("scope", "right")], [PIECES] * 2),
        ("a fallback", "fallback" in meta, True),
        ("retrievers", sorted(meta["weights"]), sorted(WEIGHED)),
        ("parts of the reader", sorted(meta["reader"]), sorted(f.name for f in fields(Reader))),
    ):
        if found != wanted:
            raise BadInput(
                f"{folder / 'chatbot.json'}: {what}: {found}, this version reads {wanted}; "
                "train the chatbot again, or serve the release with the version that made it"
            )
    counts = {stream: sparse.load_npz(folder / f"counts_{stream}.npz").tocsr() for stream in STREAMS}
    return Chatbot(
        Pairs(
            tuple(pairs["questions"]),
            tuple(pairs["answers"]),
            np.asarray(pairs["scenario"], np.int64),
            tuple(pairs["names"]),
        ),
        Tables(vocabulary, counts),
        sparse.load_npz(folder / "ridge.npz").tocsr(),
        Reader(**reader),
        meta["analyser"],
        meta["pools"],
        meta["weights"],
        Confidence(tuple(sure["scope"]), tuple(sure["right"]), sure["threshold"]),
        meta["fallback"],
    )


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
