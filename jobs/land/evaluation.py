"""A labelled file as the rows of its landing dataset, read and checked as a delivery is, landing nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pyarrow as pa

from jobs.land import features, formats
from jobs.land.conform import conform, fields, schema
from jobs.land.delivery import LandConfig
from jobs.land.tally import Limits, Tally, first, told, verdict

log = logging.getLogger("naru")


def read_rows(dataset: str, file: str | Path) -> pa.Table:
    """The good rows of a file in the format of a landing dataset; what is left out is logged with its reason.

    Raises BadInput as a delivery does.
    """
    of, config = formats.landing(dataset), LandConfig()
    source, tally = formats.source(of, Path(file)), Tally()
    opened = features.types(features.open_columns(source, of), {})
    tables = list(conform(source, of, opened, None, {}, tally))
    verdict(tally, source, of, Limits(config.bad_rows, config.bad_share))
    if tally.bad:
        why = f"{told(tally)}; {first(tally)}"
        log.warning("%s: left out %d of %d rows (%s)", file, len(tally.bad), tally.rows_in, why)
    return pa.concat_tables([schema(fields(of, opened)).empty_table(), *tables])
