"""What a day's corpus looks like, in a few counts: what the report shows and the gate compares with earlier days."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from config.task import BadInput, Task
from jobs.deliver import Key

DOCUMENTS, DROPPED = "clean/documents", "clean/dropped"
# Sources that the manifest names; the rest are told together.
SOURCES = 50
OTHERS = "(other sources)"


def kept(batch: pa.RecordBatch) -> Counter[Key]:
    """Counts of written documents: by source, language, length and whether personal data was found.

    Lengths are powers of two: a text of 2^n to 2^(n+1) - 1 characters counts as n.
    """
    lengths = pc.floor(pc.log2(pc.max_element_wise(pc.utf8_length(batch["text"]), 1)))
    counts = of(batch["source"], "source") + of(batch["language"], "language")
    counts += of(lengths.cast(pa.int64()), "length") + of(pc.list_flatten(batch["pii_kinds"]), "kind")
    masked = batch["pii"]
    return counts + Counter({("masked",): pc.sum(masked).as_py() or 0, ("pii",): pc.sum(pc.greater(masked, 0)).as_py()})


def dropped(batch: pa.RecordBatch) -> Counter[Key]:
    """Counts of dropped documents by reason and source."""
    return Counter(
        ("dropped", *row) for row in zip(batch["reason"].to_pylist(), batch["source"].to_pylist(), strict=True)
    )


def of(column: pa.Array, name: str) -> Counter[Key]:
    """Counts of each value of a column."""
    counted = pc.value_counts(column.cast(pa.string()))
    return Counter({(name, row["values"]): row["counts"] for row in counted.to_pylist()})


def by(counts: Counter[Key], name: str) -> dict[str, int]:
    """The counts of one name, by value, in the order of the values."""
    found = {key[1] or "": rows for key, rows in counts.items() if key[0] == name}
    return {value: found[value] for value in sorted(found)}


def tell(task: Task, rows_in: int, written: Counter[Key], left_out: Counter[Key]) -> int:
    """Counts and notes of what was written; returns how many documents are kept.

    Raises RuntimeError where a row was lost or doubled, BadInput where none is left that is not a duplicate.
    """
    languages = by(written, "language")
    total = sum(languages.values())
    reasons: Counter[str] = Counter()
    for (_, reason, _), rows in left_out.items():
        reasons[str(reason)] += rows
    by_reason = dict(sorted(reasons.items()))
    if total + reasons.total() != rows_in:
        raise RuntimeError(f"{rows_in} documents went in, {total} came out and {by_reason} were dropped")
    if not total and not any(reason.startswith("duplicate:") for reason in reasons):
        raise BadInput(f"none of {rows_in} documents of {task.ds} is left; dropped: {by_reason}")
    task.count(DOCUMENTS, rows_in, by_reason)
    task.count(DROPPED, rows_in)
    task.note(
        DOCUMENTS,
        languages=languages,
        masked=written["masked",],
        masked_by_kind=by(written, "kind"),
        profile=profile(rows_in, written, by_reason),
    )
    task.note(DROPPED, dropped_by_source=by_source(left_out))
    task.log("%d documents in, %d kept, dropped %s", rows_in, total, by_reason)
    return total


def profile(rows_in: int, written: Counter[Key], reasons: dict[str, int]) -> dict[str, dict[str, int]]:
    """The day's distributions, as counts: languages, lengths, personal data, duplicates, and drops by reason."""
    languages = Counter(by(written, "language"))
    kept_rows = languages.total()
    foreign = {r.removeprefix("language:"): n for r, n in reasons.items() if r.startswith("language:")}
    repeats = sum(n for r, n in reasons.items() if r.startswith("duplicate:"))
    return {
        "languages": dict(sorted((languages + Counter(foreign)).items())),
        "lengths": dict(sorted(by(written, "length").items(), key=lambda item: int(item[0]))),
        "personal data": {"with": written["pii",], "without": kept_rows - written["pii",]},
        "duplicates": {"duplicate": repeats, "single": rows_in - repeats},
        "drops": {"kept": kept_rows, **reasons},
    }


def by_source(left_out: Counter[Key]) -> dict[str, dict[str, int]]:
    """reason -> source -> rows, the largest ``SOURCES`` sources by name."""
    sizes: Counter[str] = Counter()
    for (_, _, source), rows in left_out.items():
        sizes[source or ""] += rows
    named = set(sorted(sizes, key=lambda s: (-sizes[s], s))[:SOURCES])
    found: dict[str, dict[str, Any]] = {}
    for (_, reason, source), rows in sorted(left_out.items(), key=repr):
        name = (source or "") if (source or "") in named else OTHERS
        of_reason = found.setdefault(str(reason), {})
        of_reason[name] = of_reason.get(name, 0) + rows
    return found
