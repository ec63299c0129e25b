"""Settings of one environment: TOML values, checked against the dataclass that uses them.

``default.toml`` is read first, then the environment's own file (``NARU_ENV``, e.g. ``tiny``), then the file that
``NARU_CONFIG`` names, then the overrides of the call. A section is turned into the frozen dataclass that stands beside
the code it configures; a key that the dataclass does not know raises, with the keys it does.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

HERE = Path(__file__).parent
PROJECT = HERE.parent
T = TypeVar("T")
PASSWORD = re.compile(r"(://[^:/@]*:)[^@]+(?=@)")


class SettingsError(ValueError):
    """A setting that is unknown, of the wrong type or out of range; the message names section, key and value."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """Where the lake lies and every section of the merged TOML.

    ``root`` is a folder or an fsspec URL (``s3://bucket/naru``); ``environment`` is the name of the overlay.
    """

    root: str
    environment: str
    sections: Mapping[str, Mapping[str, Any]]

    def section(self, name: str, cls: type[T]) -> T:
        """Build the dataclass ``cls`` from section ``name``; an absent section gives the dataclass's defaults.

        Raises SettingsError for an unknown key or a value of another type than the field's.
        """
        return build(cls, self.sections.get(name, {}), name)

    def told(self, name: str) -> dict[str, Any]:
        """A section as manifests may keep it: no password stands in its URLs."""
        kept = self.sections.get(name, {}).items()
        return {key: PASSWORD.sub(r"\1***", value) if isinstance(value, str) else value for key, value in kept}


def build(cls: type[T], values: Mapping[str, Any], where: str) -> T:
    """Build a dataclass from plain values, checking names and types (lists become tuples, ints pass for floats)."""
    fields = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - fields)
    if unknown:
        raise SettingsError(f"[{where}] does not know {', '.join(unknown)}; it knows {', '.join(sorted(fields))}")
    hints = get_type_hints(cls)
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, list):
            value = tuple(value)
        if hints[key] is float and type(value) is int:
            value = float(value)
        if hints[key] in (int, float, str, bool) and type(value) is not hints[key]:
            raise SettingsError(f"[{where}] {key} = {value!r}: expected {hints[key].__name__}")
        checked[key] = value
    return cls(**checked)


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two levels of sections; values of ``over`` win."""
    merged = {name: dict(values) for name, values in base.items()}
    for name, values in over.items():
        if not isinstance(values, Mapping):
            raise SettingsError(f"{name} = {values!r} stands outside a section; write it below [section]")
        merged.setdefault(name, {}).update(values)
    return merged


def load(root: str | None = None, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> Settings:
    """Read the settings of ``NARU_ENV``; ``root`` (or ``NARU_ROOT``) picks the lake."""
    environment = os.environ.get("NARU_ENV", "default")
    files = [HERE / "default.toml"]
    if environment != "default":
        overlay = HERE / f"{environment}.toml"
        if not overlay.is_file():
            known = ", ".join(sorted(p.stem for p in HERE.glob("*.toml")))
            raise SettingsError(f"NARU_ENV={environment!r} names no file in config/; there are {known}")
        files.append(overlay)
    if own := os.environ.get("NARU_CONFIG"):
        files.append(Path(own))
    sections: dict[str, Any] = {}
    for file in files:
        try:
            sections = merge(sections, tomllib.loads(file.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{file}: {error}") from error
    sections = merge(sections, overrides or {})
    lake = sections.pop("lake", {})
    chosen = root or os.environ.get("NARU_ROOT") or lake.get("root", "var/lake")
    if "://" not in chosen:
        path = Path(chosen).expanduser()
        chosen = str((path if path.is_absolute() else base_folder(root) / path).resolve())
    return Settings(chosen, environment, sections)


def base_folder(root: str | None) -> Path:
    """A relative root given by hand is relative to where the user stands; the configured one to the project."""
    return Path.cwd() if root or os.environ.get("NARU_ROOT") else PROJECT
