"""Open Bandit logs -> impressions and ads.

A campaign's folder holds ``<campaign>.csv`` and ``item_context.csv``; items of different campaigns are different ads.
The logs have no user ids, only four hashed traits: every row is a visitor of its own, and its traits are user features.
Of the affinities to all items the one to the item shown is kept. The propensity score, where the log has it, is the
chance with which the policy showed the item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config.task import BadInput
from jobs.land import files
from jobs.land.rows import BadRow, Rows, Source, as_text, batched

ITEMS = "item_context.csv"
POLICIES = ("random", "bts")
TRAITS = tuple(f"user_feature_{i}" for i in range(4))
NEEDED = ("timestamp", "item_id", "position", "click")


def sources(path: Path) -> dict[str, Source]:
    """Ads first: impressions refer to them. Raises BadInput where no campaign is found."""
    logs = campaigns(path)
    items = {campaign(log): log.parent / ITEMS for log in logs}
    for file in (*logs, *items.values()):
        files.check(file)
    names = "+".join(label(log) for log in logs)
    return {
        "ads": Source(f"open-bandit-items-{'+'.join(sorted(items))}", tuple(items.values()), lambda: ads(items)),
        "impressions": Source(f"open-bandit-{names}", tuple(logs), lambda: impressions(logs)),
    }


def campaign(log: Path) -> str:
    """Whose items a log shows; logs of both policies share them."""
    return log.stem


def label(log: Path) -> str:
    """Campaign and, where the folders tell it, the policy that chose what to show."""
    policy = log.parent.parent.name
    return f"{policy}-{campaign(log)}" if policy in POLICIES else campaign(log)


def campaigns(path: Path) -> list[Path]:
    """The logs at ``path`` or below it that have their items beside them."""
    if path.is_file():
        if not (path.parent / ITEMS).is_file():
            raise BadInput(f"{path}: {ITEMS} does not stand beside it; Open Bandit needs both")
        return [path]
    logs = sorted(p for f in path.rglob(ITEMS) for p in f.parent.glob("*.csv") if p.name != ITEMS)
    if not logs:
        raise BadInput(f"{path} holds no Open Bandit campaign: <campaign>.csv beside {ITEMS} (unpack an archive first)")
    return logs


def records(path: Path) -> Iterator[tuple[int, dict[str, str]] | BadRow]:
    """The records of one CSV file."""
    codec, _ = files.encoding(path)
    names = files.header_of(path, codec, ",")
    stream = files.delimited(path, codec, ",")
    next(stream)
    for item in stream:
        if isinstance(item, BadRow):
            yield item
        elif len(item[1]) != len(names):
            yield BadRow(item[0], f"has not the {len(names)} columns of the header", path.name, files.as_line(item[1]))
        else:
            yield item[0], dict(zip(names, item[1], strict=True))


def ads(items: Mapping[str, Path]) -> Iterator[Rows]:
    """The rows of dataset ``ads``."""
    first = next(iter(items.values()))
    features = [n for n in files.header_of(first, files.encoding(first)[0], ",") if n.startswith("item_feature_")]

    def rows() -> Iterator[tuple[int, tuple[Any, ...]] | BadRow]:
        for name, file in items.items():
            for item in records(file):
                if isinstance(item, BadRow):
                    yield item
                    continue
                line, record = item
                need(file, record, ("item_id", *features))
                told = (feature(record[n]) for n in features)
                yield line, (f"{name}-{record['item_id']}", name, *told)

    return batched(("ad_id", "ad_campaign", *(n.replace("item_", "ad_") for n in features)), rows())


def feature(value: str) -> float | str:
    """A number, or the hash of a category."""
    found = number(value)
    return value if found is None else found


def number(value: str | None) -> float | None:
    """None for a value that is missing or no number."""
    try:
        return float(value) if value else None
    except ValueError:
        return None


def impressions(logs: list[Path]) -> Iterator[Rows]:
    """The rows of dataset ``impressions``."""
    columns = ("user_id", "ad_id", "ts", "click", "propensity", "context_position", "context_affinity", *TRAITS)
    return batched(columns, _impressions(logs))


def _impressions(logs: list[Path]) -> Iterator[tuple[int, tuple[Any, ...]] | BadRow]:
    for log in logs:
        for item in records(log):
            if isinstance(item, BadRow):
                yield item
                continue
            line, record = item
            need(log, record, NEEDED)
            told = {
                "affinity": record.get(f"user-item_affinity_{record['item_id']}"),
                "propensity": record.get("propensity_score"),
            }
            near, chance = (number(value) for value in told.values())
            if wrong := [name for name, value in told.items() if value and number(value) is None]:
                yield BadRow(line, f"{wrong[0]} is no number", told[wrong[0]] or "", as_text(record))
                continue
            visitor = f"{label(log)}-{line}"
            shown = f"{campaign(log)}-{record['item_id']}"
            row = (visitor, shown, record["timestamp"], record["click"], chance, record["position"], near)
            yield line, (*row, *(record.get(n) or None for n in TRAITS))


def need(file: Path, record: Mapping[str, str], names: tuple[str, ...]) -> None:
    """Raises BadInput for a column that is not there."""
    if missing := [n for n in names if n not in record]:
        raise BadInput(f"{file}: column {', '.join(missing)} is missing; Open Bandit files have {', '.join(NEEDED)}")
