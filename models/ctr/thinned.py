"""Logs whose rows without a click were thinned out before they came here tell in ``weight`` how many rows each stands
for; chances are told for the log as it was delivered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.ctr.measure import Calibration


def weights(table: pa.Table) -> np.ndarray:
    """How many rows each row (n,) stands for: 1 where the log does not tell."""
    if "weight" not in table.column_names:
        return np.ones(len(table))
    told = np.asarray(pc.fill_null(table["weight"], 1.0).to_numpy(zero_copy_only=False), np.float64)
    return np.where(np.isfinite(told) & (told > 0), told, 1.0)


def corrected(calibration: Calibration, table: pa.Table) -> Calibration:
    """A calibration that was fitted on the thinned rows of ``table``, for all rows.

    Where a share w of the unclicked rows was kept, a chance p there is p / (p + (1 - p) / w) everywhere, which adds
    log w to the logit. Days may differ in w: the share of all of them together counts.
    """
    if "weight" not in table.column_names:
        return calibration
    weight = weights(table.filter(pc.equal(table["click"], 0)))
    share = len(weight) / weight.sum() if len(weight) else 1.0
    return replace(calibration, intercept=calibration.intercept + float(np.log(share)))
