"""Which file holds what: the landing datasets, the formats they may be delivered in, and the table that tells both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from config.datasets import LANDING, Column, Dataset
from config.task import BadInput
from jobs.land import files, squad
from jobs.land.rows import Rows, Source, origin

ENDINGS = ".parquet, .jsonl, .csv or .tsv (the last three also .gz)"
TYPES = {
    "string": "text",
    "bytes": "text or bytes",
    "int": "whole number",
    "float": "number",
    "timestamp": "time",
    "strings": "list of text",
    "ints": "list of whole numbers",
}


def landing(name: str) -> Dataset:
    """The landing dataset called ``name`` (without its layer); raises BadInput with the known names."""
    known = {d.name: d for d in LANDING}
    if name not in known:
        raise BadInput(f"no dataset {name!r} can land; there are {', '.join(known)}")
    return known[name]


def source(dataset: Dataset, path: Path) -> Source:
    """The rows of a file that a user brings for ``dataset``; raises BadInput for a file of no known format."""
    files.check(path)
    kind = ending(path)
    if files.magic(path) == b"PAR1":
        return Source(origin(path), (path,), lambda: files.parquet_rows(path))
    if kind in (".parquet", ".pq"):
        raise BadInput(f"{path} is no Parquet file (its first bytes are not PAR1); write it again")
    if kind not in (".csv", ".tsv", ".jsonl", ".ndjson", ".json"):
        raise BadInput(f"{path}: format {kind or 'without an ending'!r} is not known; deliver {ENDINGS}")
    codec, remark = files.encoding(path)
    remarks = (remark,) if remark else ()
    if kind == ".json" and dataset.name == "questions":
        return Source(origin(path), (path,), lambda: squad.questions(path), remarks=remarks)
    if kind in (".jsonl", ".ndjson", ".json"):
        return Source(origin(path), (path,), lambda: files.jsonl_rows(path, codec), remarks=remarks)
    delimiter = files.pick_delimiter(path, codec, [c.name for c in dataset.columns])
    read: Callable[[], Iterator[Rows]] = lambda: files.csv_rows(path, codec, delimiter)  # noqa: E731
    return Source(origin(path), (path,), read, typed=False, remarks=remarks)


def ending(path: Path) -> str:
    """The ending that tells the format: ``.csv`` of ``x.csv.gz``."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def formats_table() -> str:
    """The landing formats as a Markdown table."""
    lines = ["| dataset | columns (*optional*) | key | what it is |", "| --- | --- | --- | --- |"]
    for d in LANDING:
        columns = [described(c) for c in d.columns]
        if d.prefixes:
            names = ", ".join(f"`{p}*`" for p in d.prefixes)
            columns.append(f"any {names}: text = category (a bar parts several), number = numeric")
        doc = d.doc + (" (SQuAD 1.1 / 2.0 JSON, or a row a question)" if d.name == "questions" else "")
        lines.append(f"| `{d.name}` | {'; '.join(columns)} | {', '.join(d.key) or 'none'} | {doc} |")
    return "\n".join(lines) + "\n"


def described(column: Column) -> str:
    """One column in words."""
    name = f"*{column.name}*" if column.nullable else column.name
    return f"{name}: {TYPES[column.type]}" + (f", {column.doc}" if column.doc else "")
