"""The order in which a log is learnt: by time, and by lot where the time does not tell.

Public logs often come without times, so that every row bears one and the same instant, or that of its day. Rows of one
instant are put in an order drawn by lot, not by user or ad, so that the rows held out are people and ads like all
others. In a log of fewer than ``INSTANTS`` instants the order drawn is taken for time: each row then knows the rows
drawn before it, as it will know the whole log in service. Elsewhere rows of one instant never see each other.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from models.ctr.rows import microseconds

INSTANTS = 10
SEED = 7


def by_time(table: pa.Table) -> pa.Table:
    """The rows in order; ``ts`` grows by a microsecond or more a row in a log that tells no time."""
    table = ordered(table)
    times = microseconds(table)
    lot = np.random.default_rng(SEED).permutation(len(table))
    table = table.take(pa.array(np.lexsort((lot, times))))
    if len(np.unique(times)) >= INSTANTS:
        return table
    place = np.arange(len(table))
    spread = np.maximum.accumulate(times - place) + place
    told = pa.array(spread, pa.timestamp("us", "UTC"))
    return table.set_column(table.column_names.index("ts"), "ts", told)


def ordered(table: pa.Table) -> pa.Table:
    """Rows by time, those of one instant by user and ad: the order in which a release is scored."""
    return table.sort_by([("ts", "ascending"), ("user_id", "ascending"), ("ad_id", "ascending")])
