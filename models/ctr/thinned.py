"""Logs whose rows without a click were thinned out before they came here tell in ``weight`` how many rows each stands
for; chances are told for the log as it was delivered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.ctr.measure import Calibration


def corrected(calibration: Calibration, table: pa.Table) -> Calibration:
    """A calibration that was fitted on the thinned rows of ``table``, for all rows.

    Where a share w of the unclicked rows was kept, a chance p there is p / (p + (1 - p) / w) everywhere, which adds
    log w to the logit. Days may differ in w: the share of all of them together counts.
    """
    if "weight" not in table.column_names:
        return calibration
    unclicked = table.filter(pc.equal(table["click"], 0))
    weight = np.asarray(pc.fill_null(unclicked["weight"], 1.0).to_numpy(), np.float64)
    share = len(weight) / weight.sum() if len(weight) else 1.0
    return replace(calibration, intercept=calibration.intercept + float(np.log(share)))
