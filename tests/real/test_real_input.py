"""Real data end in releases: a slice of public files through import, the DAGs and evaluation, as a user would."""

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import PROJECT

DATA = Path(os.environ.get("NARU_DATA", PROJECT.parent / "shared" / "data"))
MOVIELENS = PROJECT / "var" / "data" / "recbole" / "dataset_example" / "ml-100k"
DS = "2026-11-01"
SMALL = """
[chatbot]
steps = 40
[qa]
epochs = 1
width = 24
lsa_dim = 8
max_steps = 60
floor_retrieval = 0.0
floor_reader_f1 = 0.0
[ctr]
epochs = 1
"""


def need(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not below {path.parent}")
    return path


def naru(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    config = root / "small.toml"
    config.write_text(SMALL, encoding="utf-8")
    env = {**os.environ, "NARU_ROOT": str(root / "lake"), "NARU_CONFIG": str(config)}
    command = [sys.executable, str(PROJECT / "naru.py"), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def told(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Slices small enough for a test: twelve articles, a thousand pairs, a thousand reviews, all of MovieLens."""
    folder = tmp_path_factory.mktemp("slices")
    articles = json.loads(need(DATA / "qa" / "korquad_v1_100_articles.json").read_text(encoding="utf-8"))
    articles["data"] = articles["data"][:12]
    (folder / "korquad.json").write_text(json.dumps(articles, ensure_ascii=False), encoding="utf-8")
    with need(DATA / "dialogues" / "chatbot_pairs.csv").open(encoding="utf-8", newline="") as source:
        pairs = list(csv.reader(source))[:1001]
    with (folder / "pairs.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows(pairs)
    with gzip.open(need(DATA / "reviews" / "nsmc_raw.tsv.gz"), "rt", encoding="utf-8") as reviews:
        head = [next(reviews) for _ in range(1000)]
    (folder / "reviews.tsv").write_text("".join(head), encoding="utf-8")
    return {
        "squad": folder / "korquad.json",
        "dialogues-csv": folder / "pairs.csv",
        "reviews-tsv": folder / "reviews.tsv",
    }


@pytest.fixture(scope="module")
def lake(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releases of one run over everything."""
    root = tmp_path_factory.mktemp("real")
    for form, path in (files | {"movielens": need(MOVIELENS)}).items():
        done = naru(root, "import", form, str(path), "--ds", DS)
        assert done.returncode == 0, done.stderr[-2000:]
    done = naru(root, "run", "--source", "files", "--ds", DS)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "personalization skipped" in " ".join(done.stdout.split()), "no search log was brought"
    return root


def test_three_products_are_released_and_the_fourth_is_said_to_be_skipped(lake: Path) -> None:
    releases = told(naru(lake, "status", "--json"))["releases"]
    assert {r["product"] for r in releases} == {"chatbot", "qa", "ctr"}
    assert all(r["ds"] == DS and Path(r["path"]).is_dir() for r in releases)


def test_the_releases_score_labelled_files(lake: Path, files: dict[str, Path]) -> None:
    qa = told(naru(lake, "evaluate", "qa", str(files["squad"]), "--json"))
    assert qa["retrieval_r@1"] > 0.7
    assert qa["phrase_em"] is None
    assert 0 <= qa["reader_em"] <= qa["reader_f1"] <= 100
    chatbot = told(naru(lake, "evaluate", "chatbot", str(files["dialogues-csv"]), "--json"))
    assert chatbot["hit@1"] > 0.9, "these very questions are indexed"
    assert 0 < chatbot["train_cpu_minutes"] < 60
    assert "train_cpu_minutes" not in qa, "nobody measured it"


def test_the_releases_answer(lake: Path, files: dict[str, Path]) -> None:
    with files["dialogues-csv"].open(encoding="utf-8", newline="") as source:
        question, answer = list(csv.reader(source))[5][:2]
    said = told(naru(lake, "ask", "chatbot", question, "--json"))
    assert answer in [a["answer"] for a in said["answers"]]
    assert told(naru(lake, "ask", "qa", "이 곡을 쓴 사람은 누구인가?", "--json"))["answers"]
    assert told(naru(lake, "ads", "--user", "196", "--json"))["ads"]
