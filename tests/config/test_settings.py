"""Settings: merged in order, checked by type, unknown keys named."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from config import settings
from config.settings import Settings, SettingsError, build, load, merge


@dataclass(frozen=True)
class Sample:
    rate: float = 0.5
    name: str = "a"
    sizes: tuple[int, ...] = (1, 2)


def test_values_replace_defaults_and_lists_become_tuples() -> None:
    assert build(Sample, {"rate": 1, "sizes": [3]}, "sample") == Sample(rate=1.0, sizes=(3,))


def test_an_unknown_key_is_named_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"\[sample\] does not know speed; it knows name, rate, sizes"):
        build(Sample, {"speed": 1}, "sample")


@pytest.mark.parametrize(("key", "value"), [("rate", "fast"), ("name", 3), ("rate", True)])
def test_a_wrong_type_is_named_with_its_value(key: str, value: object) -> None:
    with pytest.raises(SettingsError, match=key):
        build(Sample, {key: value}, "sample")


def test_sections_merge_key_by_key() -> None:
    assert merge({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}, "b": {"z": 4}}) == {"a": {"x": 1, "y": 3}, "b": {"z": 4}}


def test_the_environment_overlays_the_default(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NARU_ENV", "tiny")
    own = tmp_path / "own.toml"
    own.write_text("[portal]\nseed = 5\n")
    monkeypatch.setenv("NARU_CONFIG", str(own))
    found = load(root=str(tmp_path / "lake"), overrides={"land": {"source": "files"}})
    assert found.sections["portal"]["size"] == "tiny"
    assert found.sections["portal"]["seed"] == 5
    assert found.sections["land"]["source"] == "files"
    assert found.root == str((tmp_path / "lake").resolve())


def test_an_unknown_environment_names_the_known_ones(monkeypatch) -> None:
    monkeypatch.setenv("NARU_ENV", "nowhere")
    with pytest.raises(SettingsError, match="tiny"):
        load()


def test_a_broken_file_is_named(monkeypatch, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[portal\n")
    monkeypatch.setenv("NARU_CONFIG", str(own))
    with pytest.raises(SettingsError, match=r"own\.toml"):
        load()


def test_every_committed_environment_is_read(monkeypatch) -> None:
    for file in settings.HERE.glob("*.toml"):
        monkeypatch.setenv("NARU_ENV", file.stem)
        assert load().environment == file.stem


def test_manifests_are_told_no_password() -> None:
    url = "postgresql://naru:se/cr:et@host:5432/studies"
    given = Settings("lake", "default", {"tune": {"storage": url, "trials": 4}})
    assert given.told("tune") == {"storage": "postgresql://naru:***@host:5432/studies", "trials": 4}
    assert given.sections["tune"]["storage"] == url and given.told("absent") == {}
