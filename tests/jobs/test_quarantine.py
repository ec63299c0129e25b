from pathlib import Path

import pyarrow.parquet as pq
import pytest

from config.datasets import BadDate
from config.lake import Lake
from jobs import quarantine
from jobs.land.rows import BadRow


def test_rows_are_replaced_and_go_with_the_next_clean_delivery(tmp_path: Path) -> None:
    lake, file = Lake(str(tmp_path)), tmp_path / "quarantine/ads/ds=2026-11-01/a.csv.parquet"
    quarantine.write(
        lake, "ads", "2026-11-01", "a.csv", [BadRow(3, "ts is empty", "", "{}"), BadRow(4, "x", "1", "{}")]
    )
    quarantine.write(lake, "ads", "2026-11-01", "a.csv", [BadRow(9, "click is not 0 or 1", "2", '{"click": 2}')])
    assert pq.read_table(file).to_pylist() == [
        {"row": '{"click": 2}', "reason": "click is not 0 or 1: 2", "file": "a.csv", "line": 9}
    ]
    quarantine.write(lake, "ads", "2026-11-01", "a.csv", [])
    assert not file.exists()


@pytest.mark.parametrize("origin", ["../../x.csv", "/etc/passwd", "..", "a b.csv", "gate", "가" * 200, "a\udc80.csv"])
def test_no_origin_leaves_its_folder_or_meets_another(tmp_path: Path, origin: str) -> None:
    name = quarantine.safe(origin)
    assert "/" not in name and not name.startswith(".") and name != "gate"
    assert len(f"{name}.parquet".encode()) < 256
    assert name not in {quarantine.safe(o) for o in ("a_b.csv", "___x.csv", "가" * 199)}
    quarantine.write(Lake(str(tmp_path)), "ads", "2026-11-01", origin, [BadRow(1, "r", "\udc80", "\udc80")])
    assert len(list((tmp_path / "quarantine/ads/ds=2026-11-01").glob("*.parquet"))) == 1


def test_a_ds_that_climbs_out() -> None:
    with pytest.raises(BadDate):
        quarantine.path("ads", "../../2026-11-01", "a.csv")
