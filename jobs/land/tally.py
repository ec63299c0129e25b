"""The count of what became of a source's rows, and the verdict on the file as a whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from config.datasets import Dataset
from config.task import BadInput
from jobs.land.rows import BadRow, Source


@dataclass(frozen=True)
class Limits:
    """How much of a file may be wrong: above both, the file is refused."""

    rows: int
    share: float


@dataclass
class Tally:
    """What became of a source's rows; ``by_column`` counts unreadable rows by the column that was at fault."""

    rows_in: int = 0
    rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    by_column: Counter[str] = field(default_factory=Counter)
    bad: list[BadRow] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def add(self, rows_in: int, rows: int) -> None:
        self.rows_in += rows_in
        self.rows += rows

    def reject(self, row: BadRow, column: str = "") -> None:
        """Count a rejected row by its reason (and the column at fault) and keep it."""
        self.bad.append(row)
        self.reasons[row.reason] += 1
        if column:
            self.by_column[column] += 1

    @property
    def faulty(self) -> int:
        """Rows that could not be read; repeats of a key are no fault of the file's format."""
        return sum(n for reason, n in self.reasons.items() if not reason.startswith("duplicate"))


def verdict(tally: Tally, source: Source, dataset: Dataset, limits: Limits) -> None:
    """Raises BadInput where a file as a whole is wrong; the message names the first offending row."""
    file = source.files[0]
    if not tally.rows_in:
        raise BadInput(f"{file} has columns but no rows; deliver a file with rows")
    for column, count in tally.by_column.items():
        if count == tally.rows_in and column != "duplicate":
            seen = first(tally, column)
            raise BadInput(f"{file}: column {column} is wrong in every row; {seen}; {remedy(dataset, column, seen)}")
    if not tally.rows and tally.faulty:
        why = f"{told(tally)}; {first(tally)}"
        raise BadInput(f"{file}: none of {tally.rows_in} rows can land ({why}); correct the file")
    if tally.faulty > limits.rows and tally.faulty > limits.share * tally.rows_in:
        raise BadInput(
            f"{file}: {tally.faulty} of {tally.rows_in} rows are wrong ({told(tally)}), more than {limits.share:.0%}; "
            f"{first(tally)}; correct the file"
        )


def first(tally: Tally, column: str = "") -> str:
    """The first rejected row, in words."""
    row = next(r for r in tally.bad if r.reason.startswith(column))
    return f"line {row.line}: {row.reason}" + (f": {row.value}" if row.value else "")


def told(tally: Tally) -> str:
    return ", ".join(f"{reason}: {count}" for reason, count in tally.reasons.most_common(5))


def remedy(dataset: Dataset, column: str, seen: str) -> str:
    """What to do about a column that is wrong throughout, of which ``seen`` is the first row."""
    found = next((c for c in dataset.columns if c.name == column), None)
    if column == "ts":
        return "write UTC times in ISO 8601 or as an epoch, and choose a --ds that is not before them"
    if found is None:
        if "is no text" in seen:
            return "it is text in what landed before; write text, or rename it"
        return "it is numeric in what landed before; write numbers, or rename it"
    return f"write {column} as {found.type}" + (f" ({found.doc})" if found.doc else "")
