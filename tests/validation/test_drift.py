"""A day whose mix jumps stops, with both distributions in the message; days that differ by chance pass."""

import random
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest

from config.lake import Lake, Staging
from config.settings import Settings
from validation import gate
from validation.drift import drifts, stability
from validation.gate import GateFailed

NAME = "clean/documents"
USUAL = {"ko": 0.9, "en": 0.08, "other": 0.02}


def draw(shares: dict[str, float], n: int, seed: int) -> dict[str, int]:
    return dict(Counter(random.Random(seed).choices(list(shares), list(shares.values()), k=n)))


def published(lake: Lake, ds: str, profile: dict[str, Any]) -> str:
    texts = ["글 하나", "a text"]
    columns = {"doc_id": ["a", "b"], "url": texts, "title": texts, "text": texts, "source": texts}
    absent = {"hangul_share": [None, None], "endings": [texts, texts], "pii_kinds": [[], []]}
    columns |= {"language": ["ko", "en"], "sentences": [texts, texts], "morphemes": [texts, texts], "pii": [0, 0]}
    staging = Staging(lake.partition(NAME, ds))
    staging.write(pa.table({**columns, **absent, "text_key": [1, 2], "bands": [[1], [2]]}))
    staging.seal({"inputs": [], "fingerprint": "f", "counts": {}, "notes": {"profile": profile}})
    return gate.run(lake.partition(NAME, ds), Settings(lake.root, "test", {}))


def day(number: int) -> str:
    return f"2026-11-{number:02d}"


def test_a_day_whose_languages_jump_stops_and_shows_both_distributions(tmp_path):
    lake = Lake(str(tmp_path))
    for number in range(1, 6):
        assert published(lake, day(number), {"languages": draw(USUAL, 3_000, number)}) == "ran"
    jumped = {"languages": {"ko": 1_500, "en": 1_400, "other": 100}}
    with pytest.raises(GateFailed) as stopped:
        published(lake, day(6), jumped)
    said = str(stopped.value)
    assert "clean/documents" in said
    assert "drift_of_languages" in said
    assert "this day (3,000) / the 5 days before (15,000)" in said
    assert "en 46.7 % / " in said
    assert "ko 50.0 % / 9" in said
    assert not lake.partition(NAME, day(6)).exists
    assert lake.partition(NAME, day(5)).exists


@pytest.mark.parametrize(
    ("name", "usual", "jumped"),
    [
        ("duplicates", {"duplicate": 0.12, "single": 0.88}, {"duplicate": 0.5, "single": 0.5}),
        ("personal data", {"with": 0.02, "without": 0.98}, {"with": 0.2, "without": 0.8}),
        ("lengths", {"5": 0.2, "6": 0.5, "7": 0.3}, {"5": 0.6, "6": 0.2, "7": 0.2}),
        (
            "drops",
            {"kept": 0.9, "quality:too_short": 0.1},
            {"kept": 0.6, "quality:too_short": 0.1, "decode:broken": 0.3},
        ),
    ],
)
def test_each_distribution_is_watched(name, usual, jumped):
    earlier = [{name: draw(usual, 4_000, seed)} for seed in range(4)]
    (same,) = drifts({name: draw(usual, 4_000, 9)}, earlier, 0.25, 3)
    (other,) = drifts({name: draw(jumped, 4_000, 9)}, earlier, 0.25, 3)
    assert same.index <= same.allowed < other.index


@pytest.mark.parametrize("size", [5, 20, 100, 1_000, 50_000])
def test_small_corpora_do_not_stop_by_chance(size):
    shares = {str(n): 2.0 ** -abs(n - 6) for n in range(1, 12)}
    stopped = 0
    for seed in range(100):
        earlier = [{"lengths": draw(shares, size, 1_000 * seed + d)} for d in range(4)]
        (found,) = drifts({"lengths": draw(shares, size, 1_000 * seed + 99)}, earlier, 0.25, 3)
        stopped += found.index > found.allowed
    assert stopped <= 1


def test_nothing_is_compared_before_there_is_a_history():
    earlier = [{"languages": {"ko": 9}}, {"languages": {"ko": 9}}, {"other": {"x": 1}}]
    assert drifts({"languages": {"en": 9}}, earlier, 0.25, 3) == []
    assert drifts({}, earlier, 0.25, 1) == []


def test_the_index_is_zero_for_equal_shares_and_grows_with_the_shift():
    assert stability({"a": 10, "b": 30}, {"a": 100, "b": 300}) == pytest.approx(0.0)
    assert stability({"a": 20, "b": 20}, {"a": 1, "b": 3}) < stability({"a": 39, "b": 1}, {"a": 1, "b": 3})
