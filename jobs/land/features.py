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


def open_columns(source: Source, dataset: Dataset, known: Mapping[str, Type]) -> dict[str, Type]:
    """The open columns of a source: numeric where (nearly) all values are numbers, else categories; none of one without
    a value, whose type nobody knows yet.

    One that landed before keeps its type, so that a day's slip does not turn a number into a category. Raises BadInput
    for a name that is no word or a column that can be neither.
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
    told = [n for n in numbers if n in known or numbers[n] or texts[n]]
    return {n: known.get(n) or ("float" if numeric(numbers[n], texts[n]) else "string") for n in told}


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
