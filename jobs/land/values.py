"""One raw value -> one value of a column's type. None is absent; a wrong value raises ValueError, saying how."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COMPACT = re.compile(r"(19|20)\d{6}(\d{6})?")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NOT_A_NUMBER = {"nan", "+nan", "-nan"}
INT64 = 1 << 63


def text(value: Any) -> str | None:
    """Text as it stands; blank is absent, whole numbers become digits, NUL (which no tool agrees on) is refused."""
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError as error:
            raise ValueError("is not UTF-8") from error
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise ValueError("is not UTF-8") from error
        if "\0" in value:
            raise ValueError("holds a NUL character")
        return value if value.strip() else None
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    raise ValueError("is no text")


def raw(value: Any) -> bytes | None:
    """Bytes as they came, whatever they hold; text in UTF-8. Nothing is absent."""
    if isinstance(value, bytes):
        return value or None
    written = text(value)
    return None if written is None else written.encode()


def number(value: Any) -> float | None:
    """A finite float; NaN is how pandas writes an absent one, and is absent here too."""
    if isinstance(value, str):
        value = value.strip()
        if not value or value.lower() in NOT_A_NUMBER:
            return None
        if not NUMBER.fullmatch(value):
            raise ValueError("is not finite" if value.lower().lstrip("+-") in ("inf", "infinity") else "is no number")
    elif value is None:
        return None
    elif isinstance(value, bytes):
        return number(value.decode(errors="replace"))
    elif not isinstance(value, int | float | Decimal):
        raise ValueError("is no number")
    found = float(value)
    if math.isnan(found):
        return None
    if math.isinf(found):
        raise ValueError("is not finite")
    return found


def integer(value: Any) -> int | None:
    """A whole number of 64 bits; ``3.0`` passes, since pandas writes integers with gaps so."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, int) or (isinstance(value, str) and value.strip().lstrip("+-").isdecimal()):
        found = int(value)
    else:
        try:
            whole = number(value)
        except ValueError as error:
            raise ValueError(str(error).replace("number", "whole number")) from error
        if whole is None:
            return None
        if not whole.is_integer():
            raise ValueError("is no whole number")
        found = int(whole)
    if not -INT64 <= found < INT64:
        raise ValueError("does not fit into 64 bits")
    return found


def moment(value: Any) -> datetime | None:
    """A time in UTC, from ISO 8601 (without a zone: UTC) or an epoch in s, ms, us or ns, told apart by size."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        stripped = value.strip()
        if not stripped:
            return None
        if COMPACT.fullmatch(stripped) or not NUMBER.fullmatch(stripped):
            return written(stripped)
    elif isinstance(value, bool):
        raise ValueError("is no time")
    seconds = number(value)
    return None if seconds is None else epoch(seconds)


def written(value: str) -> datetime:
    """A time written out, e.g. ``2026-11-01T09:00:00+09:00``, ``2026-11-01 00:00:00 UTC``, ``20261101``."""
    iso = value[:-4] + "+00:00" if value.endswith(" UTC") else value
    if len(iso) == 14 and iso.isdecimal():
        iso = f"{iso[:8]}T{iso[8:]}"
    try:
        found = datetime.fromisoformat(iso)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("is no time (ISO 8601 or an epoch)") from error


def epoch(value: float) -> datetime:
    """Seconds up to the year 5138; anything larger is milli-, micro- or nanoseconds."""
    size = abs(value)
    seconds = value / (1 if size < 1e11 else 1e3 if size < 1e14 else 1e6 if size < 1e17 else 1e9)
    try:
        return EPOCH + timedelta(seconds=seconds)
    except OverflowError as error:
        raise ValueError("is no time (ISO 8601 or an epoch)") from error


def listed(value: Any) -> list[Any] | None:
    """A list, or its JSON text (how CSV holds one)."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            value = json.loads(value)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError("is no JSON list") from error
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise ValueError("is no list")
    return list(value)


def every(convert: Callable[[Any], Any]) -> Callable[[Any], list[Any] | None]:
    """A list whose items all convert and are all there."""

    def convert_all(value: Any) -> list[Any] | None:
        found = listed(value)
        if found is None:
            return None
        items = []
        for raw in found:
            try:
                items.append(convert(raw))
            except ValueError as error:
                raise ValueError(f"holds an item that {error}") from error
        if any(item is None for item in items):
            raise ValueError("holds an empty item")
        return items

    return convert_all


CONVERT: dict[str, Callable[[Any], Any]] = {
    "string": text,
    "bytes": raw,
    "int": integer,
    "float": number,
    "timestamp": moment,
    "strings": every(text),
    "ints": every(integer),
}
