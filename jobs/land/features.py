"""The open columns (``user_*``, ``context_*``, ``ad_*``) of a source: which there are, numeric or categorical."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pyarrow as pa

from config.datasets import Dataset, Type
from config.task import BadInput
from jobs.land.conform import canonical, written_numbers
from jobs.land.rows import Source
from jobs.land.values import number

Counted = Mapping[str, tuple[int, int]]


def open_columns(source: Source, dataset: Dataset) -> Counted:
    """The open columns of a source: how many of each one's values are numbers, and how many are text.

    Raises BadInput for a name that is no word or a column that can be neither.
    """
    if not dataset.prefixes:
        return {}
    fixed = {c.name for c in dataset.columns}
    numbers: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    for rows in source.read():
        for name, values in rows.columns.items():
            own = canonical(name)
            if own in fixed or not own.startswith(dataset.prefixes):
                continue
            if not own.isidentifier():
                raise BadInput(f"{source.files[0]}: column {name!r} is no word; rename it, e.g. {own[:5]}age")
            counted = counts(values, source.typed, f"{source.files[0]}: column {name}")
            numbers[own] += counted[0]
            texts[own] += counted[1]
    return {name: (numbers[name], texts[name]) for name in numbers}


def types(counted: Counted, known: Mapping[str, Type]) -> dict[str, Type]:
    """Numeric where (nearly) all values are numbers, else a category; none of a column without a value, whose type
    nobody knows yet.

    One that landed before keeps its type, so that a day's slip does not turn a number into a category.
    """
    told = {name: values for name, values in counted.items() if name in known or any(values)}
    return {name: known.get(name) or ("float" if numeric(*values) else "string") for name, values in told.items()}


def unlike(counted: Counted, before: Mapping[str, Type]) -> list[str]:
    """What is unlike the last day before and no fault of any row: columns that are gone or empty, and text that became
    numbers."""
    found = []
    if gone := sorted(set(before) - set(counted)):
        found.append(f"the day before has {', '.join(gone)}, this file has not: its rows land without")
    if empty := sorted(name for name in before if counted.get(name) == (0, 0)):
        found.append(f"without a value in this file, unlike the day before: {', '.join(empty)}")
    if text := sorted(n for n, (numbers, words) in counted.items() if before.get(n) == "string" and numbers > words):
        found.append(f"text on the day before and mostly numbers in this file, landed as text: {', '.join(text)}")
    return found


def numeric(numbers: int, texts: int) -> bool:
    """Whether a column is numeric: ninety-nine in a hundred of its values are numbers."""
    return numbers > 0 and numbers >= 99 * texts


def counts(values: Sequence[Any] | pa.Array, typed: bool, where: str) -> tuple[int, int]:
    """How many values are numbers, and how many are text."""
    if isinstance(values, pa.Array):
        of = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
        present = len(values) - values.null_count
        if pa.types.is_floating(of) or pa.types.is_integer(of) or pa.types.is_boolean(of) or pa.types.is_decimal(of):
            return present, 0
        if pa.types.is_string(of) or pa.types.is_large_string(of) or pa.types.is_null(of):
            return 0, present
        raise BadInput(f"{where} is {of}; write text (a category) or numbers")
    if typed:
        numbers = sum(isinstance(v, int | float) for v in values)
        return numbers, sum(v is not None for v in values) - numbers
    if written_numbers(values, "float") is not None:
        return len(values), 0
    numbers = texts = 0
    for value in values:
        try:
            numbers += number(value) is not None
        except ValueError as error:
            if str(error) == "is not finite":
                numbers += 1
            else:
                texts += 1
    return numbers, texts


def kind(of: pa.DataType) -> Type:
    """The type of an open column that landed."""
    return cast(Type, "float" if pa.types.is_floating(of) else "string")
