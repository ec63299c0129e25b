"""Partitions: written aside, published whole, whatever kills the writer."""

import contextlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.local import LocalFileSystem

from config.lake import MANIFEST, Lake, LakeError, Staging
from config.settings import PROJECT

DS = "2026-11-01"


def stage(lake: Lake, values: list[str], name: str = "landing/ads", ds: str = DS) -> None:
    staging = Staging(lake.partition(name, ds))
    half = len(values) // 2
    for part in (values[:half], values[half:]):
        staging.write(pa.table({"ad_id": part}))
    staging.seal({"inputs": [], "fingerprint": "f"})


def read(lake: Lake) -> list[str]:
    return lake.partition("landing/ads", DS).table()["ad_id"].to_pylist()


@pytest.fixture(params=["file", "memory"])
def lake(request: pytest.FixtureRequest, tmp_path) -> Lake:
    return Lake(str(tmp_path) if request.param == "file" else f"memory://naru{tmp_path}")


def test_publish_replaces_the_partition_and_leaves_nothing_else(lake: Lake) -> None:
    partition = lake.partition("landing/ads", DS)
    for version, values in enumerate((["a", "b", "c"], ["d", "e"]), 1):
        stage(lake, values)
        assert partition.publish()["version"] == version
        assert read(lake) == values
    left = {p.rsplit("/", 1)[-1] for p in lake.fs.find(partition.folder)}
    assert left == {MANIFEST, "v2-part-0000.parquet", "v2-part-0001.parquet"}
    assert partition.manifest()["rows"] == 2
    assert not partition.damaged()


def test_content_hash_depends_on_rows_not_on_time_or_version(lake: Lake) -> None:
    contents = []
    for values in (["a", "b"], ["a", "b"], ["a", "c"]):
        stage(lake, values)
        contents.append(lake.partition("landing/ads", DS).publish()["content"])
    assert contents[0] == contents[1] != contents[2]


def test_a_changed_byte_is_damage(tmp_path) -> None:
    lake = Lake(str(tmp_path))
    stage(lake, ["a", "b"])
    partition = lake.partition("landing/ads", DS)
    partition.publish()
    path = partition.paths()["part-0001.parquet"]
    with Path(path).open("ab") as file:
        file.write(b"x")
    assert partition.damaged() == ["part-0001.parquet"]


def test_an_absent_partition_raises_with_its_name(lake: Lake) -> None:
    with pytest.raises(LakeError, match="landing/ads/ds=2026-11-01 is absent"):
        read(lake)


def test_window_holds_the_published_days_in_order(lake: Lake) -> None:
    for ds in ("2026-10-30", "2026-10-31", DS):
        stage(lake, ["a", "b"], ds=ds)
        lake.partition("landing/ads", ds).publish()
    assert [p.ds for p in lake.window("landing/ads", DS, days=2)] == ["2026-10-31", DS]
    assert [p.ds for p in lake.window("landing/ads", DS, days=30, lag=1)] == ["2026-10-30", "2026-10-31"]
    assert lake.days("landing/ads") == ["2026-10-30", "2026-10-31", DS]


def test_releases_keep_their_versions(tmp_path) -> None:
    lake = Lake(str(tmp_path))
    for text in ("one", "two"):
        staging = Staging(lake.partition("releases/ctr", DS))
        staging.write_json("release.json", {"text": text})
        staging.seal({"inputs": [], "fingerprint": text})
        lake.partition("releases/ctr", DS).publish()
    folder = lake.partition("releases/ctr", DS).local_folder()
    assert json.loads((folder / "release.json").read_text())["text"] == "two"
    assert json.loads((folder.parent / "v1" / "release.json").read_text())["text"] == "one"


class Killed(BaseException):
    """Stands for the process's end: nothing below it may run on."""


@pytest.mark.parametrize("step", range(1, 14))
def test_killed_at_any_step_of_a_publication_the_partition_is_whole(tmp_path, monkeypatch, step: int) -> None:
    lake = Lake(str(tmp_path))
    stage(lake, ["a", "b"])
    partition = lake.partition("landing/ads", DS)
    partition.publish()
    stage(lake, ["c", "d", "e"])
    taken = 0

    def dying(call):
        def wrapped(*args, **more):
            nonlocal taken
            taken += 1
            if taken == step:
                raise Killed
            return call(*args, **more)

        return wrapped

    with monkeypatch.context() as patch:
        for owner, name in ((os, "link"), (os, "replace"), (LocalFileSystem, "rm_file"), (LocalFileSystem, "rm")):
            patch.setattr(owner, name, dying(getattr(owner, name)))
        with contextlib.suppress(Killed):
            partition.publish()
    assert read(lake) in (["a", "b"], ["c", "d", "e"])
    assert not partition.damaged()
    if partition.waiting.exists:
        partition.publish()
    else:
        stage(lake, ["c", "d", "e"])
        partition.publish()
    assert read(lake) == ["c", "d", "e"]
    assert len(lake.fs.find(partition.folder)) == 3


def test_a_killed_process_leaves_the_old_partition_and_frees_its_lock(tmp_path) -> None:
    lake = Lake(str(tmp_path))
    stage(lake, ["a", "b"])
    lake.partition("landing/ads", DS).publish()
    code = textwrap.dedent(f"""
        import os, signal, pyarrow as pa
        from config.lake import Lake, Staging
        lake = Lake({str(tmp_path)!r})
        staging = Staging(lake.partition("landing/ads", "{DS}"))
        staging.write(pa.table({{"ad_id": ["half"]}}))
        with lake.lock("landing/ads/ds={DS}"):
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)})
    assert done.returncode == -9
    assert read(lake) == ["a", "b"]
    assert not lake.partition("landing/ads", DS).waiting.exists
    stage(lake, ["c", "d"])
    lake.partition("landing/ads", DS).publish()
    assert read(lake) == ["c", "d"]


def test_two_writers_of_one_partition_are_told(tmp_path) -> None:
    lake = Lake(str(tmp_path))
    with (
        lake.lock("landing/ads/ds=1"),
        pytest.raises(LakeError, match="being written by another process"),
        Lake(str(tmp_path)).lock("landing/ads/ds=1"),
    ):
        pytest.fail("both hold the lock")


def test_what_spark_left_is_taken_in_order_without_its_markers(lake: Lake) -> None:
    staging = Staging(lake.partition("landing/ads", DS))
    folder = f"{lake.partition('landing/ads', DS).waiting.folder}/spark"
    lake.fs.makedirs(folder, exist_ok=True)
    for part, values in (("part-00001-x", ["c"]), ("part-00000-x", ["a", "b"])):
        with lake.fs.open(f"{folder}/{part}.parquet", "wb") as file:
            pq.write_table(pa.table({"ad_id": values}), file)
    lake.fs.pipe_file(f"{folder}/_SUCCESS", b"")
    staging.seal({"inputs": [], "fingerprint": "f"})
    manifest = lake.partition("landing/ads", DS).publish()
    assert sorted(manifest["files"]) == ["part-0000.parquet", "part-0001.parquet"]
    assert read(lake) == ["a", "b", "c"]


def test_what_is_discarded_is_absent(lake: Lake) -> None:
    staging = Staging(lake.partition("landing/ads", DS))
    staging.write(pa.table({"ad_id": ["a"]}))
    staging.discard("why")
    assert staging.empty
