"""What a log tells of policies and releases that did not make it: off-policy estimates and A/B read-outs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from config.lake import Lake
from config.task import BadInput

POLICIES = ("uniform", "release")


def impressions(lake: Lake, file: Path | None, ds: str) -> pa.Table:
    """The rows of a file in the landing format, or the day's features/impressions."""
    if file is not None:
        from jobs.land import read_rows

        return read_rows("impressions", file)
    partition = lake.partition("features/impressions", ds)
    if not partition.exists:
        raise BadInput(
            f"{partition.name} is not there; give a file, or run: naru stage aggregate_impressions --ds {ds}"
        )
    return partition.table()


def off_policy(lake: Lake, table: pa.Table, policy: str, pool: str, clip: float) -> dict[str, Any]:
    """What ``policy`` would have earned on a log with propensities."""
    from command.serving import server
    from models.ctr import offpolicy

    usable = offpolicy.usable(table)
    if policy == "release":
        asked = offpolicy.sample(usable)
        found = offpolicy.estimate(asked, offpolicy.greedy(server(lake, "ctr"), asked), clip)
    else:
        found = offpolicy.estimate(usable, offpolicy.uniform(usable, pool), clip)
    told = {"rows": found.rows, "rows_without_propensity": len(table) - len(usable)}
    weights = {"effective_rows": found.effective_rows, "largest_weight": found.largest_weight}
    return {"policy": policy, **told, **weights, "estimates": offpolicy.told(found)}


def read_out(lake: Lake, table: pa.Table, base: str, other: str) -> dict[str, Any]:
    """The gain of release ``other`` over ``base`` ("ds=D/vN"); "" means the one in service, and the one before it.

    ``rows_not_held_out`` are those that one of the releases learnt from, or rows as late. ``no_click_rate`` says why
    the releases' own click rates are not told, where a log has propensities that do not tell them.
    """
    from models.ctr import readout, serve
    from models.release import read_pointer
    from models.runtime import ReleaseRuntime

    pointer = read_pointer(lake, "ctr")
    chosen = {"base": base or (pointer["previous"] or [""])[-1], "other": other or pointer["current"] or ""}
    servers = {}
    for name, version in chosen.items():
        folder = Path(lake.base, "releases", "ctr", version)
        if not version or not (folder / "release.json").is_file():
            raise BadInput(f"no release {version or name} of ctr below {lake.root}; name two, e.g. --base ds=D/v1")
        servers[name] = serve.load(ReleaseRuntime(folder))
    base_server, other_server = servers["base"], servers["other"]
    metrics = readout.read_out(base_server, other_server, table)
    known = readout.known(base_server, other_server, table)
    found = {**chosen, "rows": len(table), "rows_not_held_out": known, "metrics": metrics}
    if "propensity" in table.column_names:
        try:
            metrics.append(readout.own_click_rate(base_server, other_server, table))
        except BadInput as error:
            found["no_click_rate"] = str(error)
    return found
