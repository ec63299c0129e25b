import zipfile
from types import SimpleNamespace

import pytest
from pyspark import SparkFiles

from config.settings import Settings, SettingsError
from jobs.session import SparkConfig, options, ship


def test_own_session_chooses_master_and_memory():
    chosen = options(SparkConfig(master="local[3]", executor_memory="4g", executor_cores=2))
    assert chosen["spark.master"] == "local[3]"
    assert chosen["spark.executor.memory"] == "4g"
    assert chosen["spark.executor.cores"] == "2"


def test_a_submitter_keeps_what_it_chose():
    chosen = options(SparkConfig(), submitted=True)
    assert not {"spark.master", "spark.driver.memory", "spark.driver.extraJavaOptions"} & set(chosen)
    assert chosen["spark.sql.session.timeZone"] == "UTC"


def test_a_cluster_is_not_bound_to_this_machine():
    assert "spark.driver.bindAddress" not in options(SparkConfig(master="spark://host:7077"))


def test_a_cluster_is_sent_the_code_that_tasks_import(tmp_path, monkeypatch):
    sent = []
    monkeypatch.setattr(SparkFiles, "getRootDirectory", lambda: str(tmp_path))
    context = SimpleNamespace(addPyFile=sent.append)
    for _ in range(2):
        ship(SimpleNamespace(sparkContext=context))
    (archive,) = sent
    names = zipfile.ZipFile(archive).namelist()
    assert {"jobs/clean/prepare.py", "config/lake.py", "language/normalise.py"} <= set(names)
    assert {name.split("/")[0] for name in names} == {"config", "jobs", "language"}


def test_an_unknown_setting_is_refused():
    with pytest.raises(SettingsError, match="does not know"):
        Settings("x", "x", {"spark": {"cores": 2}}).section("spark", SparkConfig)


def test_workers_know_the_project_and_utc(spark):
    def look(stream):
        import jobs.clean.prepare

        for batch in stream:
            yield batch.slice(0, 1 if jobs.clean.prepare.KEPT else 0)

    assert spark.range(1).mapInArrow(look, "id bigint").count() == 1
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
