"""The whole night on the tiny world, as a user runs it: killed, run again, unchanged, asked, rolled back."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.datasets import PRODUCTS
from config.lake import Lake
from config.settings import PROJECT
from pipeline import STAGES

DS, NEXT = "2026-11-01", "2026-11-02"


def start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    env = {**os.environ, "NARU_ROOT": str(root), "NARU_ENV": "tiny"}
    command = [sys.executable, str(PROJECT / "naru.py"), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def naru(root: Path, *arguments: str, code: int = 0) -> str:
    process = start(root, *arguments)
    out, err = process.communicate()
    assert process.returncode == code, out[-3000:] + err[-3000:]
    return out


def told(root: Path, *arguments: str) -> dict:
    return json.loads(naru(root, *arguments, "--json"))


def outcomes(root: Path, ds: str) -> dict[str, str]:
    lake = Lake(str(root))
    return {s.name: (lake.read_json(f"journal/ds={ds}/{s.name}.json") or {}).get("outcome", "") for s in STAGES}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night that was killed in the middle of a stage and run again."""
    found = tmp_path_factory.mktemp("night")
    process = start(found, "run", "--ds", DS)
    while outcomes(found, DS)["clean_corpus"] != "running":
        assert process.poll() is None, process.communicate()
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not Lake(str(found)).partition("clean/documents", DS).exists
    naru(found, "run", "--ds", DS)
    return found


def test_the_night_ends_in_four_releases_with_their_lineage(root: Path) -> None:
    releases = told(root, "status")["releases"]
    assert [r["product"] for r in releases] == list(PRODUCTS)
    for release in releases:
        assert release["ds"] == DS
        assert release["metrics"]
        lineage = json.loads((Path(release["path"]) / "manifest.json").read_text(encoding="utf-8"))["lineage"]
        assert any(entry["dataset"].startswith("landing/") for entry in lineage), "it reaches back to what landed"
    found = outcomes(root, DS)
    skipped = {name for name, outcome in found.items() if outcome != "ran"}
    tuning = {f"{product}_tune" for product in PRODUCTS}
    assert skipped - tuning <= {"land_corpus"}, "only what was published before the kill"
    assert {found[name] for name in tuning} == {"absent"}, "tuning is off by default"


def test_no_row_was_lost_by_the_kill(root: Path) -> None:
    lake = Lake(str(root))
    clean, dropped = (lake.partition(f"clean/{n}", DS).manifest()["rows"] for n in ("documents", "dropped"))
    assert clean + dropped == lake.partition("landing/documents", DS).manifest()["rows"]
    assert not [p for p in lake.fs.find(str(root)) if "/_staged/" in p]


LOAD = """
import sys
from pathlib import Path
from models.runtime import KerasRuntime
runtime = KerasRuntime(Path(sys.argv[1]))
for name in runtime.artifact["networks"]:
    runtime.model(name)
"""


@pytest.mark.parametrize("product", PRODUCTS)
def test_networks_load_in_a_process_that_did_not_train_them(root: Path, product: str) -> None:
    folder = Lake(str(root)).partition(f"models/{product}", DS).local_folder()
    done = subprocess.run([sys.executable, "-c", LOAD, str(folder)], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_product_answers(root: Path) -> None:
    pairs = Lake(str(root)).partition("landing/dialogues", DS).table().to_pylist()
    answers = told(root, "ask", "chatbot", pairs[0]["question"])["answers"]
    assert pairs[0]["answer"] in [a["answer"] for a in answers]
    questions = Lake(str(root)).partition("landing/questions", DS).table()["question"].to_pylist()
    assert told(root, "ask", "qa", questions[0])["answers"][0]["text"]
    assert told(root, "search", "--user", "nobody-yet", "디오")["results"]
    ads = told(root, "ads", "--user", "nobody-yet", "--context", "hour=9")["ads"]
    assert 0 < ads[0]["p_click"] < 1


def test_the_report_is_one_page_that_loads_nothing(root: Path) -> None:
    html = (root / "reports" / f"ds={DS}.html").read_text(encoding="utf-8")
    assert all(f"<h2>{product}</h2>" in html for product in PRODUCTS)
    assert not re.search(r'(src|href)="(?!data:|#)', html)


def test_an_unchanged_night_trains_nothing_and_says_so(root: Path) -> None:
    contents = {s: Lake(str(root)).partition(d, DS).manifest()["content"] for s in PRODUCTS for d in [f"models/{s}"]}
    said = " ".join(naru(root, "run", "--ds", DS).split())
    assert all(f"{dag} unchanged" in said for dag in ("corpus_daily", "clicks_daily", *PRODUCTS))
    ran = {name for name, outcome in outcomes(root, DS).items() if outcome != "skipped"}
    looked = {f"{product}_{verb}" for product in PRODUCTS for verb in ("tune", "promote")}
    assert ran == looked, "tuning is off, and promotion only looks: it is in service already"
    again = {s: Lake(str(root)).partition(f"models/{s}", DS).manifest()["content"] for s in PRODUCTS}
    assert again == contents


def test_the_next_day_serves_and_is_rolled_back(root: Path) -> None:
    naru(root, "rollback", "chatbot", code=2)
    naru(root, "run", "--ds", NEXT, "--products", "chatbot")
    served = {r["product"]: r["ds"] for r in told(root, "status")["releases"]}
    assert served == dict.fromkeys(PRODUCTS, DS) | {"chatbot": NEXT}
    naru(root, "rollback", "chatbot")
    assert {r["ds"] for r in told(root, "status")["releases"]} == {DS}


def test_a_gate_that_stops_leaves_the_last_release_serving(root: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("user_id,ad_id,ts,click\n" + "u,a,2026-11-03T00:00:00Z,9\n" * 40, encoding="utf-8")
    naru(root, "land", "impressions", str(bad), "--ds", "2026-11-03", code=2)
    naru(root, "land", "impressions", str(bad), "--ds", "../../etc", code=2)
    assert {r["ds"] for r in told(root, "status")["releases"]} == {DS}
    assert told(root, "ads", "--user", "u")["ads"]
