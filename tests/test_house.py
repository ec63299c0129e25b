"""The rules of the house: who may import whom, and what a newcomer's first command needs."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline

PROJECT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "config": {"config"},
    "language": {"language"},
    "portal": {"portal", "config"},
    "jobs": {"jobs", "config", "language", "portal"},
    "models": {"models", "config", "language"},
    "validation": {"validation", "config"},
    "pipeline": {"config", "validation"},
    "report": {"report", "config", "pipeline", "models"},
    "dags": {"dags", "config", "pipeline", "report"},
}
HEAVY = {
    "jobs": {"tensorflow", "keras", "airflow"},
    "models": {"pyspark", "airflow"},
    "language": {"tensorflow", "pyspark"},
}
OURS = {p.stem for p in (PROJECT).iterdir() if (p / "__init__.py").is_file() or p.name in ("pipeline.py", "naru.py")}


def sources(package: str) -> list[Path]:
    folder = PROJECT / package
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """Line and top-level package of every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}:{node.lineno}: a relative import"
            yield node.lineno, (node.module or "").split(".")[0]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_only_what_it_may(package: str) -> None:
    wrong = [
        f"{file.relative_to(PROJECT)}:{line} imports {name}"
        for file in sources(package)
        for line, name in imported(file)
        if name in OURS - MAY_IMPORT[package]
    ]
    assert not wrong


@pytest.mark.parametrize("package", HEAVY)
def test_needs_no_other_engine(package: str) -> None:
    wrong = [
        f"{file.relative_to(PROJECT)}:{line} imports {name}"
        for file in sources(package)
        for line, name in imported(file)
        if name in HEAVY[package]
    ]
    assert not wrong


def test_the_rule_sees_every_package() -> None:
    assert set(MAY_IMPORT) <= OURS
    assert OURS - set(MAY_IMPORT) <= {"naru", "command", "bench"}


@pytest.mark.parametrize("row", pipeline.STAGES, ids=lambda row: row.name)
def test_every_stage_names_a_function_that_is_there(row: pipeline.Stage) -> None:
    module, function = row.runs.split(":")
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None, f"{row.name} runs {module}, which does not exist"
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    brought = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    assert function in defined | brought


def test_our_packages_are_not_shadowed() -> None:
    for name in OURS:
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.origin is not None and Path(spec.origin).is_relative_to(PROJECT), name


def test_every_extra_has_a_lock_with_hashes_and_without_a_host() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in project["optional-dependencies"]:
        text = (PROJECT / "requirements" / f"{extra}.txt").read_text(encoding="utf-8")
        assert not re.search(r"://|--(extra-)?index-url|--find-links", text), extra
        pinned = [line for line in text.splitlines() if line and not line[0].isspace()]
        assert pinned and all(re.match(r"[a-z0-9._\[\],-]+==\S+ .*\\$", line) for line in pinned), extra


def test_locks_agree() -> None:
    """What is tested is what runs: dev and cluster hold the very versions of cpu."""
    versions = {
        name: dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (PROJECT / "requirements" / f"{name}.txt").read_text(), re.M))
        for name in ("cpu", "dev", "cluster")
    }
    for name in ("dev", "cluster"):
        assert versions["cpu"].items() <= versions[name].items()


@pytest.mark.parametrize("target", ["run", "test", "up", "bench", "lint", "clean", "lock"])
def test_make_knows_its_targets(target: str) -> None:
    said = subprocess.run(["make", "-n", target], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def test_clean_spares_the_lake() -> None:
    said = subprocess.run(["make", "-n", "clean"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert not re.search(r"\bvar(/lake)?(\s|$)", said.stdout)


def test_ci_runs_make_test() -> None:
    script = PROJECT / ".ci" / "run"
    assert script.stat().st_mode & 0o111 and "make test" in script.read_text(encoding="utf-8")
