"""Train the chatbot: pairs in, retrievers, dual encoder, ensemble weights and confidence out.

Scenarios with several questions lend one or two of them to the test or to the tuning split, and some scenarios are
taken out whole. The encoder is trained, and every table fitted, without any of them; pools and weights are fitted on
the tuning split, the confidence on it and on the strangers, and this model (folder ``held``) is what ``evaluate``
scores. What goes into service has the same weights, indexes all questions, and its encoder has been trained on with
all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from config.task import Skip, Task
from models.chatbot import clusters, confidence, encoder, ensemble, findings, fit, store
from models.chatbot.budget import CLUSTERS, FIRST, SECOND, Budget
from models.chatbot.config import SPACE, ChatbotConfig
from models.chatbot.corpus import gather
from models.chatbot.features import STREAMS, Reading, add_noise, choose_analyser, read
from models.chatbot.material import Corpus, noised_rows, pick
from models.chatbot.rank import LEARNED, POOLED, Ranker, exact_search, fit_ridge, retrieval_metrics
from models.chatbot.sparse import build_vocabulary, count, pool
from models.chatbot.strangers import questions_of_anything
from models.network_file import save_network
from models.tune.keras_session import KerasSession
from models.tune.session import Open, Problem
from models.tune.training import train
from models.tune.tuned import around, configured, with_values

OUT = "models/chatbot"
SAMPLE = 64
HIT_POOL = 8.0
Rounds = Callable[[Iterable[int]], Iterable[int]]


def run(task: Task) -> None:
    """Stage ``chatbot_train``."""
    config = configured(task, ChatbotConfig)
    budget = Budget(config.seconds)
    corpus, dropped, rows = prepare(task, config)
    pairs, kept = corpus.pairs, corpus.kept
    task.count(OUT, rows, dropped)
    folder = task.output(OUT).folder

    def until(share: float, what: str) -> Callable[[Iterable[int]], Iterable[int]]:
        return lambda rounds: budget.spend(task.track(rounds, what), share)

    network, curves = train_towers(corpus, config, budget, until(FIRST, "epochs"))
    history, towers, spared = curves[0], len(curves), findings.spared(curves, config)
    tables = build_tables(corpus.readings, config.terms)
    base = pick(corpus.readings, kept)
    linear = len(pairs) <= budget.ridge_questions(config.ridge_questions, len(pairs.names))
    ranker = tuning_ranker(corpus, tables.keep(kept), network, linear)
    pools, weights, sure, told = fit_ensemble(ranker, corpus, config.precision)
    for sentence in filter(None, (spared, told["remark"])):
        task.log("%s", sentence)
    correlation = findings.judge_itself(task, OUT, replace(ranker, pools=pools), corpus, base)
    held = store.Chatbot(
        corpus.known,
        tables.keep(kept),
        ranker.ridge,
        corpus.reader,
        corpus.analyser,
        pools,
        weights,
        sure,
        config.fallback,
    )
    write_artifact(folder / "held", held, network, base, pick(corpus.told, kept))
    write_heldout(folder, corpus)
    tuning, placed = len(corpus.asked[0]), place(corpus, network)
    corpus = corpus.settle(placed)
    if corpus.pairs is not pairs:
        pairs, tables = corpus.pairs, build_tables(corpus.readings, config.terms)
    if not kept.all():
        history |= train_on(corpus, config, network, towers, budget, until(SECOND, "final epochs"))
    vectors = encoder.encode(network, corpus.reader, corpus.readings)["vector"]
    going = partial(budget.left, CLUSTERS)
    findings.report_clusters(task, OUT, pairs, vectors, correlation, placed, config, going)
    findings.report_overlap(task, OUT, corpus, tables.retrievers())
    ridge = fit_ridge(tables.retrievers(), pairs.starts, linear)
    write_artifact(
        folder, replace(held, pairs=pairs, tables=tables, ridge=ridge), network, corpus.readings, corpus.told
    )
    sizes = {"towers": towers, "questions": len(pairs), "scenarios": len(pairs.names), "tuning": tuning}
    task.note(OUT, history=history, weights=weights, pools=pools, threshold=sure.threshold, spared=spared, **told)
    spent = budget.spent()
    task.note(OUT, **sizes, analyser=corpus.analyser, linear=linear, cpu_minutes=round(spent / 60, 3))
    task.note(OUT, confiding=findings.confiding(told["auroc"], sure.threshold, spent / 60))
    task.note(OUT, overdrawn=findings.overdrawn(spent, config.seconds))


def prepare(task: Task, config: ChatbotConfig) -> tuple[Corpus, dict[str, int], int]:
    """(corpus, rows dropped by reason, rows read) of the day; raises Skip where no row is a pair."""
    table = task.table("landing/dialogues")
    assert table is not None, "the stage table requires landing/dialogues"
    pairs, dropped = gather(table)
    if not len(pairs):
        raise Skip(f"none of the {table.num_rows} dialogue rows of the window has both a question and an answer")
    return Corpus(pairs, choose_analyser(pairs.questions), config), dropped, table.num_rows


def problem(task: Task) -> Problem:
    """What the tuner searches: encoders on the questions that are not held out.

    Trials are scored on every second tuning question, the winner is judged on the others.
    """
    corpus, _, _ = prepare(task, task.settings.section("chatbot", ChatbotConfig))

    def opener(first: int) -> Open:
        def open_(values: Mapping[str, Any], seed: int) -> KerasSession:
            config = replace(with_values(corpus.config, values), seed=seed)
            asked = slice(first, None, 2 if len(corpus.asked[0]) > 1 else 1)
            return session_of(corpus, build(corpus, config, 1), config, corpus.kept, asked)

        return open_

    space, judge = around(SPACE, corpus.config), opener(min(1, len(corpus.asked[0]) - 1))
    return Problem(
        "chatbot", space, opener(0), corpus.config.epochs, corpus.config.seed, judge=judge, config=corpus.config
    )


def train_towers(
    corpus: Corpus, config: ChatbotConfig, budget: Budget, until: Rounds
) -> tuple[Any, list[dict[str, list[float]]]]:
    """(network, curves of each of its towers): one at least, and no more than the first share has room for.

    None is trained beside one that is good enough alone.
    """
    curves: list[dict[str, list[float]]] = []
    network, cost = build(corpus, config, config.towers), 0.0
    for turn in range(config.towers):
        began = budget.spent()
        if turn and not budget.left(FIRST, cost):
            break
        own = replace(config, seed=config.seed + turn)
        session = session_of(corpus, encoder.tower(network, turn), own, corpus.kept, slice(None))
        curves.append(train(session, config.epochs, config.epochs, until))
        cost = max(cost, budget.spent() - began)
        if max(curves[-1]["mrr"]) >= config.good_enough:
            break
    return encoder.side_by_side(network, len(curves)), curves


def train_on(
    corpus: Corpus, config: ChatbotConfig, network: Any, towers: int, budget: Budget, until: Rounds
) -> dict[str, list[float]]:
    """Train the towers on with all questions, a third as long; ``final_loss`` of the last that there was time for."""
    again, found = -(-config.epochs // 3), {}
    for turn in range(towers):
        if not budget.left(SECOND):
            break
        own = replace(config, seed=config.seed + turn)
        session = session_of(corpus, encoder.tower(network, turn), own, np.ones(len(corpus.pairs), bool), None)
        found = {"final_loss": train(session, again, again, until)["loss"]}
    return found


def build(corpus: Corpus, config: ChatbotConfig, towers: int) -> Any:
    """A network that has not begun to learn."""
    import keras

    keras.utils.set_random_seed(config.seed)
    network = encoder.build_encoder(corpus.reader, config, towers)
    encoder.start_from(network, corpus.reader, corpus.vectors, corpus.readings, config.pretrained)
    return network


def session_of(
    corpus: Corpus, network: Any, config: ChatbotConfig, mask: np.ndarray, tried: slice | None
) -> KerasSession:
    """Training of ``network`` on the questions of ``mask``.

    Its score is the encoder's own MRR on the ``tried`` tuning questions; 0 where none is tried.
    """
    reader, pairs = corpus.reader, corpus.known if mask is corpus.kept else corpus.pairs
    inputs = [reader(pick(found, mask)) for found in (corpus.readings, corpus.noised, corpus.told)]
    questions = fit.Questions(pairs, *inputs)
    if tried is None:
        return fit.open_session(network, questions, config, lambda: {"score": 0.0})
    asked, truth = reader(corpus.asked[0][tried]), np.asarray(corpus.asked[1][tried])

    def score() -> dict[str, float]:
        stored, found = (network.predict(x, batch_size=1024, verbose=0)["vector"] for x in (questions.clean, asked))
        scores = pool(found @ stored.T, pairs.starts, HIT_POOL)
        ranks = 1 + (scores > scores[np.arange(len(truth)), truth][:, None]).sum(axis=1)
        metrics = retrieval_metrics(ranks)
        return {"score": metrics["mrr"], **metrics}

    return fit.open_session(network, questions, config, score)


def build_tables(readings: Sequence[Reading], limit: int) -> store.Tables:
    """Vocabulary and counts of each stream."""
    vocabulary, counts = {}, {}
    for stream, terms_of in STREAMS.items():
        terms = [terms_of(r) for r in readings]
        vocabulary[stream] = build_vocabulary(terms, limit)
        counts[stream] = count(terms, {term: i for i, term in enumerate(vocabulary[stream])})[0]
    return store.Tables(vocabulary, counts)


def tuning_ranker(corpus: Corpus, tables: store.Tables, network: Any, linear: bool) -> Ranker:
    """The retrievers over the questions that are not held out, before there are weights."""
    pairs, reader = corpus.known, corpus.reader

    def encode(asked: Sequence[Reading]) -> encoder.Arrays:
        return encoder.encode(network, reader, asked)

    stored = encoder.encode_stored(network, reader, pick(corpus.readings, corpus.kept), pick(corpus.told, corpus.kept))
    search = {name: exact_search(vectors) for name, vectors in stored.items()}
    retrievers = tables.retrievers()
    ridge = fit_ridge(retrievers, pairs.starts, linear)
    return Ranker(pairs.starts, len(pairs), retrievers, ridge, encode, search, dict.fromkeys(POOLED, 1.0), {})


def fit_ensemble(
    ranker: Ranker, corpus: Corpus, precision: float
) -> tuple[dict[str, float], dict[str, float], confidence.Confidence, dict[str, Any]]:
    """(pools, weights, confidence, what is worth telling) by known questions, tuning questions and strangers."""
    asked, truth = corpus.asked
    tuning, known = ensemble.Asked(asked, truth), corpus.known
    own = [corpus.readings[i] for i in np.flatnonzero(corpus.kept)[corpus.own]]
    steady = ensemble.Asked(own, known.scenario[corpus.own].tolist(), corpus.own)
    learned = [name for name in POOLED if name in LEARNED]
    pools = ensemble.choose_pools(ranker, tuning, learned) | ensemble.choose_pools(
        ranker, steady if own else tuning, [name for name in POOLED if name not in LEARNED]
    )
    pooled = replace(ranker, pools=pools)
    shares, found = ensemble.fit_steady(steady, pooled)
    weights = ensemble.fit_weights(shares, ensemble.Asked(*corpus.tuning), pooled, corpus.sizes_asked)
    strangers = [corpus.readings[i] for i in corpus.split.strangers]
    ready = replace(ranker, pools=pools, weights=weights)
    anything = read(questions_of_anything(corpus.analyser), corpus.analyser)
    x, shared, right, asker = confidence.gather(ready, asked, truth, strangers, anything)
    sure = confidence.fit(x, shared, right, asker, precision)
    told = sure(x) / shared
    hits = findings.findable(ready.finds(*corpus.held_out), found)
    inside, outside = (told[asker == who] for who in (confidence.KNOWN, confidence.STRANGER))
    auroc = confidence.auroc(inside, outside) if strangers else None
    return pools, weights, sure, {"auroc": auroc, "own_hit@1": hits, "remark": findings.doubt(hits, corpus.pairs)}


def place(corpus: Corpus, network: Any) -> list[dict[str, Any]]:
    """Where the questions without a scenario belong, in a corpus where others have one; those that may have ``joined``
    it where that is as sure as an answer has to be."""
    pairs = corpus.pairs
    if pairs.unlabelled.all() or not pairs.unlabelled.any():
        return []
    found = clusters.place(pairs, encoder.encode(network, corpus.reader, corpus.readings)["vector"])
    able = pairs.joinable[pairs.unlabelled].tolist()
    sure = corpus.config.precision
    return [one | {"joined": may and one["confidence"] >= sure} for one, may in zip(found, able, strict=True)]


def write_artifact(
    folder: Path, bot: store.Chatbot, network: Any, readings: Sequence[Reading], told: Sequence[Reading]
) -> None:
    """Write a model artifact that a KerasRuntime opens."""
    folder.mkdir(parents=True, exist_ok=True)
    store.save(folder, bot)
    save_network(network, folder / "encoder.keras")
    np.savez(folder / "encoder_sample.npz", allow_pickle=False, **bot.reader(readings[:SAMPLE]))
    for name, vectors in encoder.encode_stored(network, bot.reader, readings, told).items():
        np.save(folder / store.TABLES[name], vectors)
    probes = [{"text": bot.pairs.questions[i], "k": 3} for i in range(0, len(readings), -(-len(readings) // 8))]
    artifact = {
        "product": "chatbot",
        "networks": {"encoder": {"file": "encoder.keras", "sample": "encoder_sample.npz"}},
        "tables": {Path(file).stem: {"file": file, "metric": "ip"} for file in store.TABLES.values()},
        "carry": list(store.CARRY),
    }
    for name, value in (("artifact", artifact), ("probes", probes)):
        (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def write_heldout(folder: Path, corpus: Corpus) -> None:
    """``heldout.parquet``: the rows that evaluate asks, as dialogues, and how they were chosen.

    Held-out questions where scenarios have several; noised copies of indexed ones stand in where none has.
    """
    pairs, rows, config = corpus.pairs, corpus.split.test, corpus.config
    texts, kind = [pairs.questions[i] for i in rows], "paraphrase"
    if not len(rows):
        rows, kind = noised_rows(pairs, corpus.split.out, config.held_out, config.seed + 1), "noised"
        rng = np.random.default_rng(config.seed + 1)
        texts = [add_noise(pairs.questions[i], rng) for i in rows]
    table = {
        "question": texts,
        "answer": [pairs.answers[i] for i in rows],
        "scenario_id": [pairs.names[pairs.scenario[i]] for i in rows],
        "kind": [kind] * len(rows),
    }
    pq.write_table(pa.table(table, schema=pa.schema([(n, pa.string()) for n in table])), folder / "heldout.parquet")
