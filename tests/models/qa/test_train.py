"""The stage: its files, its split, its honesty, its refusals."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from config.task import Skip
from models.qa import serve
from models.qa.learning import budget
from models.qa.settings import QaConfig
from models.runtime import KerasRuntime


def test_artifact_is_complete(towns, small) -> None:
    artifact = json.loads((towns.folder / "artifact.json").read_text())
    entry = artifact["networks"]["reader"]
    with np.load(towns.folder / entry["sample"], allow_pickle=False) as sample:
        out = KerasRuntime(towns.folder).network("reader")(**{k: sample[k] for k in sample.files})
        assert set(out) == {"start", "end"} and len(out["start"]) == len(sample["p_tag"]) > 0
    assert np.load(towns.folder / "paragraphs.npy").shape == (len(small.places), 8)
    assert all((towns.folder / name).is_file() for name in artifact["carry"])
    probes = json.loads((towns.folder / "probes.json").read_text())
    assert probes and all(towns.server.answer(p)["answers"] for p in probes)
    notes = towns.task.notes["models/qa"]
    assert len(notes["history"]["loss"]) >= 1 and (towns.folder / "figures" / "reader.svg").is_file()


def test_no_article_is_both_learned_and_held_out(towns) -> None:
    held = pq.read_table(towns.folder / "heldout.parquet")
    titles = set(held["title"].to_pylist())
    assert len(titles) == 2 and len(held) == 6
    sizes = towns.task.notes["models/qa"]["questions"]
    assert sizes["test"] == 6 and sizes["train"] + sizes["development"] + sizes["test"] == 30


def test_training_again_gives_the_same_files(towns, tmp_path, small) -> None:
    docs = small.documents({f"doc-{n}": small.text_of(n) for n in range(len(small.places))})
    folder = small.train(tmp_path, docs, small.landed(small.town_questions())).output("models/qa").folder
    for name in ("qa.json", "paragraphs.npy", "probes.json", "artifact.json"):
        assert (folder / name).read_bytes() == (towns.folder / name).read_bytes(), name
    one, other = (KerasRuntime(f).network("reader") for f in (folder, towns.folder))
    with np.load(folder / "reader_sample.npz") as sample:
        given = {k: sample[k] for k in sample.files}
    assert np.array_equal(one(**given)["start"], other(**given)["start"])


def test_one_article_or_no_answer_is_nothing_to_do(tmp_path, small) -> None:
    docs = small.documents({"a": small.text_of(0)})
    with pytest.raises(Skip, match="two articles"):
        small.train(tmp_path, docs, small.landed(small.town_questions()[:3]))
    with pytest.raises(Skip, match="two articles"):
        small.train(tmp_path, docs, small.landed([r for r in small.town_questions() if not r["answers"]]))


def test_two_articles_and_an_empty_corpus_do(tmp_path, small) -> None:
    task = small.train(
        tmp_path, small.documents({"a": " "}), small.landed(small.town_questions()[:6]), epochs=1, min_steps=1
    )
    server = serve.load(KerasRuntime(task.output("models/qa").folder))
    told = server.answer({"text": "가람시는 언제 세워졌는가?"})
    assert told["answers"] == [] and not told["answerable"] and told["no_answer_score"] == 1


@pytest.mark.parametrize(("per_epoch", "epochs"), [(1, 50), (10, 5), (20, 3), (100, 3), (250, 2), (10_000, 1)])
def test_budget_follows_the_data(per_epoch, epochs) -> None:
    assert budget(per_epoch, QaConfig(epochs=3, min_steps=50, max_steps=600)) == epochs
