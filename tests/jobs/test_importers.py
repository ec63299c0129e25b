import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.lake import Lake
from config.settings import Settings
from config.task import BadInput
from jobs.importers import FORMATS, bring_in, convert

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT.parent / "shared" / "data"
DS = "2026-11-01"
Bring = Callable[[str, Path], dict[str, list[dict[str, Any]]]]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """Import and return the landed rows by dataset; no row may be lost on the way."""
    settings = Settings(str(tmp_path / "lake"), "default", {})
    lake = Lake(settings.root)

    def call(form: str, path: Path) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for done in bring_in(settings, form, path, DS, lambda name, ds: lake.partition(name, ds).publish()):
            assert done.rows_in == done.rows + sum(done.quarantined.values())
            found[done.dataset] = lake.partition(f"landing/{done.dataset}", DS).table().to_pylist()
        assert tuple(found) == tuple(n for n in FORMATS[form].lands if n in found)
        return found

    return call


def data(name: str) -> Path:
    """A real file beside the checkout, else skip."""
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is absent")
    return DATA / name


def test_squad_gives_documents_and_questions(bring: Bring, tmp_path: Path) -> None:
    qa = {"id": "1", "question": "누구?", "answers": [{"text": "세종", "answer_start": 0}]}
    no = {"id": "2", "question": "왜?", "answers": [], "is_impossible": True, "plausible_answers": [{"text": "x"}]}
    paragraphs = [{"context": "세종은 왕이다", "qas": [qa, no]}, {"context": "세종은 왕이다", "qas": []}, {"qas": []}]
    file = tmp_path / "squad.json"
    file.write_text(json.dumps({"data": [{"title": "왕", "paragraphs": paragraphs}]}), encoding="utf-8")
    found = bring("squad", file)
    assert [(d["title"], d["body"].decode(), d["source"]) for d in found["documents"]] == [
        ("왕", "세종은 왕이다", "squad")
    ]
    assert [(q["question_id"], q["answers"], q["answer_starts"]) for q in found["questions"]] == [
        ("1", ["세종"], [0]),
        ("2", [], []),
    ]
    assert bring("squad", file) == found, "document ids are stable"


@pytest.mark.parametrize(
    ("content", "scenario"),
    [
        ("Q,A,label\n안녕,반가워,0\n", None),
        ("question,answer\n안녕,반가워\n", None),
        ("label;Question;Answer;Scenario_ID\n0;안녕;반가워;s1\n", "s1"),
        ("\ufeffQ\tA\tintent\n안녕\t반가워\ts1\n", "s1"),
    ],
)
def test_dialogues_of_every_header(bring: Bring, tmp_path: Path, content: str, scenario: str | None) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(content, encoding="utf-8")
    assert bring("dialogues-csv", file)["dialogues"] == [
        {"question": "안녕", "answer": "반가워", "scenario_id": scenario}
    ]


def test_reviews_are_cut_at_tabs_and_line_feeds_alone(bring: Bring, tmp_path: Path) -> None:
    rows = [
        "review_id\tmovie_id\tauthor\trating\tdate\treview",
        '1\t10\tab**\t9\t15.08.25\t"열린 따옴표',
        "2\t10\tab**\t9\t99.1.3\t줄\r바꿈",
        "3\t10\tab**\t9\t15.08.25\t탭\t있음",
        "4\t10\tab**\t9\t15.08.25\t",
        "5\t10\tab**",
        "6\t10\tab**\t9\t15.13.45\t날짜",
    ]
    file = tmp_path / "raw.tsv"
    file.write_bytes("\r\n".join(rows).encode())
    found = {r["doc_id"]: r for r in bring("reviews-tsv", file)["documents"]}
    assert {k: r["body"].decode() for k, r in found.items()} == {"1": '"열린 따옴표', "2": "줄\r바꿈", "3": "탭\t있음"}
    assert found["1"]["fetched_at"].isoformat() == "2015-08-25T00:00:00+00:00" and found["1"]["source"] == "movie/10"


@pytest.mark.parametrize("header", ["id\tdocument\tlabel\n", ""])
def test_labelled_reviews(bring: Bring, tmp_path: Path, header: str) -> None:
    file = tmp_path / "ratings.txt"
    file.write_text(f"{header}77\t재밌다\t1\n78\t\t0\n", encoding="utf-8")
    assert [(r["doc_id"], r["body"].decode()) for r in bring("reviews-tsv", file)["documents"]] == [("77", "재밌다")]


MOVIELENS = {
    "recbole": {
        "ml.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
        "1\t9\t4\t881250949\n7\t9\t3\t881250949\n",
        "ml.user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n1\t24\tM\twriter\t1\n",
        "ml.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        "9\tToy Story\t1995\tAnimation Children's\n",
    },
    "classic": {
        "u.data": "1\t9\t4\t881250949\n7\t9\t3\t881250949\n",
        "u.user": "1|24|M|writer|85711\n",
        "u.item": "9|Toy Story (1995)|01-Jan-1995||http://x|0|0|0|1|1" + "|0" * 14 + "\n",
    },
    "million": {
        "ratings.dat": "1::9::4::881250949\n7::9::3::881250949\n",
        "users.dat": "1::M::24::writer::1\n",
        "movies.dat": "9::Toy Story (1995)::Animation|Children's\n",
    },
    "latest": {
        "ratings.csv": "userId,movieId,rating,timestamp\n1,9,4.0,881250949\n7,9,3.5,881250949\n",
        "movies.csv": 'movieId,title,genres\n9,"Toy, Story (1995)",Animation|Children\n',
    },
}


@pytest.mark.parametrize("layout", list(MOVIELENS))
def test_movielens_in_every_layout(bring: Bring, tmp_path: Path, layout: str) -> None:
    folder = tmp_path / "deep" / layout
    folder.mkdir(parents=True)
    for name, content in MOVIELENS[layout].items():
        (folder / name).write_text(content, encoding="utf-8")
    found = bring("movielens", tmp_path / "deep")
    liked, other = found["impressions"]
    assert (liked["user_id"], liked["ad_id"], liked["click"], other["click"]) == ("1", "9", 1, 0)
    assert (liked["ts"].isoformat(), liked["context_hour"], liked["context_weekday"]) == (
        "1997-12-04T15:55:49+00:00",
        "15h",
        "thu",
    )
    if layout != "latest":
        assert (liked["user_age"], liked["user_gender"], liked["user_occupation"]) == (24.0, "M", "writer")
        assert (other["user_age"], other["user_gender"]) == (None, None)
    (ad,) = found["ads"]
    assert ad["title"].startswith("Toy") and (ad["ad_year"], ad["ad_genre"]) == (1995.0, "animation")
    assert ad["ad_genre_animation"] == 1.0
    assert sum(v for k, v in ad.items() if k.startswith("ad_genre_")) == 2.0


def test_an_archive_is_unpacked(bring: Bring, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.whl", "w") as archive:
        for name, content in MOVIELENS["recbole"].items():
            archive.writestr(f"data/{name}", content)
    assert len(bring("movielens", tmp_path / "data.whl")["impressions"]) == 2
    (tmp_path / "data.zip").write_bytes((tmp_path / "data.whl").read_bytes()[:100])
    with pytest.raises(BadInput, match="damaged archive"):
        bring("movielens", tmp_path / "data.zip")


def bandit(folder: Path, campaign: str, log: str) -> None:
    folder = folder / campaign
    folder.mkdir(parents=True)
    (folder / f"{campaign}.csv").write_text(log)
    (folder / "item_context.csv").write_text(",item_id,item_feature_0,item_feature_1\n0,0,-0.5,ab\n1,1,0.5,cd\n")


def test_open_bandit_campaigns(bring: Bring, tmp_path: Path) -> None:
    head = ",timestamp,item_id,position,click,propensity_score,user_feature_0,user-item_affinity_0,user-item_affinity_1"
    row = "0,2019-11-24 00:00:17.004101+00:00,1,3,1,0.1,hash,0.0,0.25"
    for campaign in ("men", "all"):
        bandit(tmp_path / "obd" / "bts", campaign, f"{head}\n{row}\n")
    found = bring("open-bandit", tmp_path / "obd")
    assert {a["ad_id"]: (a["ad_campaign"], a["ad_feature_0"], a["ad_feature_1"]) for a in found["ads"]} == {
        "all-0": ("all", -0.5, "ab"),
        "all-1": ("all", 0.5, "cd"),
        "men-0": ("men", -0.5, "ab"),
        "men-1": ("men", 0.5, "cd"),
    }
    first = found["impressions"][0]
    assert (first["ad_id"], first["click"], first["context_position"], first["context_affinity"]) == (
        "all-1",
        1,
        "3",
        0.25,
    )
    assert first["ts"].isoformat() == "2019-11-24T00:00:17.004101+00:00" and first["user_feature_0"] == "hash"
    assert first["propensity"] == 0.1
    assert len({r["user_id"] for r in found["impressions"]}) == 2


@pytest.mark.parametrize(
    ("form", "name", "content", "message"),
    [
        ("parquet", "x.csv", "a", r"no format 'parquet'; there are squad, dialogues-csv"),
        ("squad", "none.json", None, r"does not exist; squad expects SQuAD"),
        ("squad", "x.json", '{"version": 1}', r"is no SQuAD JSON"),
        ("dialogues-csv", "x.csv", "text,reply\na,b\n", r"column question, answer is missing; it has text, reply"),
        ("reviews-tsv", "x.tsv", "just one column\n", r"line 1 has 1 tab-separated fields \(just one column\)"),
        ("reviews-tsv", "x.tsv", "", r"is empty"),
        ("movielens", "x.txt", "a", r"holds no MovieLens ratings"),
        ("movielens", "ratings.csv", "a,b\n1,2\n", r"column 'user_id' is missing; it has a, b"),
        ("movielens", "ratings.dat", "1::2::x::y\n", r"none of 1 rows can land \(rating or timestamp"),
        ("open-bandit", "x.csv", "a", r"item_context.csv does not stand beside it"),
    ],
)
def test_what_is_refused(bring: Bring, tmp_path: Path, form: str, name: str, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(BadInput, match=message):
        bring(form, tmp_path / name)


def test_real_korquad(bring: Bring) -> None:
    found = bring("squad", data("qa/korquad_v1_100_articles.json"))
    assert (len(found["documents"]), len(found["questions"])) == (622, 3600)
    assert {q["context"] for q in found["questions"]} <= {d["body"].decode() for d in found["documents"]}


def test_real_squad_2(bring: Bring) -> None:
    questions = bring("squad", data("qa/squad_v2_en_16_articles.json"))["questions"]
    assert (len(questions), sum(bool(q["answers"]) for q in questions)) == (6078, 2910)


def test_real_dialogues(bring: Bring) -> None:
    assert len(bring("dialogues-csv", data("dialogues/chatbot_pairs.csv"))["dialogues"]) == 11_346


IMPORT_REVIEWS = """
import sys
from pathlib import Path
from config.lake import Lake
from config.settings import Settings
from jobs.importers import bring_in
settings = Settings(sys.argv[1], "default", {})
publish = lambda name, ds: Lake(settings.root).partition(name, ds).publish()
done, = bring_in(settings, "reviews-tsv", sys.argv[2], "2026-11-01", publish)
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(done.rows_in, done.rows, dict(done.quarantined), int(peak.split()[1]) // 1024, sep="|")
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc tells the peak memory")
def test_real_reviews_lose_no_row_in_bounded_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-c", IMPORT_REVIEWS, str(tmp_path / "lake"), str(data("reviews/nsmc_raw.tsv.gz"))]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT).stdout.strip()
    *rows, peak = told.split("|")
    assert rows == ["712404", "712383", "{'body is empty': 21}"]
    assert Lake(str(tmp_path / "lake")).partition("landing/documents", DS).manifest()["rows"] == 712_383
    assert int(peak) < 600, "MiB"


def test_convert_reads_nothing_twice_by_accident(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("Q,A\na,b\n")
    source = convert("dialogues-csv", tmp_path / "pairs.csv")["dialogues"]
    assert [list(r.lines) for r in source.read()] == [list(r.lines) for r in source.read()] == [[2]]
