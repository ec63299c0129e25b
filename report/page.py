"""Gather what happened on a day from journal and manifests, and write it as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from config.datasets import DATASETS, PRODUCTS, parse_ds
from config.lake import Lake, Partition
from config.settings import Settings
from pipeline import STAGES
from report.chart import curves
from report.drops import drops
from report.picture import COLOURS, OUTCOMES, svg
from report.tuning import POOLS, study

KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
# Notes of a stage that are a sentence for the operator, or empty.
REMARKS = ("remark", "spared", "merging", "choosing", "joining", "confiding", "overdrawn")


def write(settings: Settings, ds: str) -> str:
    """Write ``{root}/reports/ds=D.html`` and return its path or URL."""
    ds = parse_ds(ds).isoformat()
    lake = Lake(settings.root)
    folder = Path(__file__).parent
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True)
    environment.filters |= {"number": number, "share": share}
    html = environment.get_template("page.html").render(gather(lake, settings, ds))
    lake.write_bytes(f"reports/ds={ds}.html", html.encode())
    return f"{lake.root}/reports/ds={ds}.html"


def gather(lake: Lake, settings: Settings, ds: str) -> dict[str, Any]:
    """Everything that the template shows."""
    journal = {s.name: lake.read_json(f"journal/ds={ds}/{s.name}.json") or {} for s in STAGES}
    entries = {name: entry for name, entry in journal.items() if entry}
    tables = [table_row(lake.partition(d.id, ds)) for d in DATASETS.values() if not d.artifact]
    return {
        "ds": ds,
        "root": lake.root,
        "environment": settings.environment,
        "picture": svg(entries),
        "outcomes": OUTCOMES,
        "fills": COLOURS,
        "stages": [{"name": s.name, "dag": s.dag, "doc": s.doc, **entries.get(s.name, {})} for s in STAGES],
        "seconds": sum(e.get("seconds", 0.0) for e in entries.values()),
        "failed": [n for n, e in entries.items() if e.get("outcome") == "failed"],
        "tables": [t for t in tables if t],
        "drops": drops(lake, ds),
        "gates": gates(lake, ds),
        "products": [p for p in (product(lake, name, ds) for name in PRODUCTS) if p],
        "studies": [s for s in (study(lake, name, ds) for name in PRODUCTS) if s],
        "colours": POOLS,
    }


def table_row(partition: Partition) -> dict[str, Any] | None:
    """Rows of a table partition, what went in, and drops by reason with their share."""
    if not partition.exists:
        return None
    manifest = partition.manifest()
    counts = manifest.get("counts") or {}
    dropped = sorted(counts.get("dropped", {}).items(), key=lambda item: -item[1])
    most = max((n for _, n in dropped), default=1)
    return {
        "name": partition.dataset.id,
        "rows": manifest["rows"],
        "rows_in": counts.get("rows_in"),
        "version": manifest["version"],
        "dropped": [{"reason": r, "rows": n, "width": 100 * n / most} for r, n in dropped if n],
        "quarantined": manifest["gate"]["quarantined"],
    }


def gates(lake: Lake, ds: str) -> list[dict[str, Any]]:
    """Every gate that gave a verdict on the day, failed ones first."""
    found = []
    for dataset in DATASETS.values():
        verdict = lake.read_json(f"journal/ds={ds}/gate_{dataset.layer}_{dataset.name}.json")
        if verdict:
            broken = [r for r in verdict["results"] if not r["success"]]
            found.append({"name": dataset.id, "broken": broken, **verdict})
    return sorted(found, key=lambda g: (g["success"], not g["broken"]))


def product(lake: Lake, name: str, ds: str) -> dict[str, Any] | None:
    """Metrics with the incumbent beside them, remarks, curves, figures, engines, indexes and probe answers."""
    parts = {
        layer: lake.partition(f"{layer}/{name}", ds) for layer in ("models", "metrics", "engines", "indexes", "probes")
    }
    manifests = {layer: p.manifest() for layer, p in parts.items() if p.exists}
    if "models" not in manifests:
        return None
    pointer = lake.read_json(f"releases/{name}/current") or {"current": None, "previous": []}
    incumbent = incumbent_of(lake, name, pointer, ds)
    notes = {layer: m.get("notes") or {} for layer, m in manifests.items()}
    metrics = manifests.get("metrics", {}).get("facts", [])
    return {
        "name": name,
        "in_service": pointer["current"],
        "metrics": [{**m, "incumbent": incumbent.get(m["metric"]) if m["slice"] == "all" else None} for m in metrics],
        "incumbent_name": incumbent.get("name"),
        "remarks": [of[key] for of in notes.values() for key in REMARKS if of.get(key)],
        "curves": curves(notes["models"].get("history", {})),
        "figures": [
            f for layer in ("models", "metrics") if layer in notes for f in figures(parts[layer], notes[layer])
        ],
        "engines": notes.get("engines", {}).get("engines", []),
        "not_compiled": notes.get("engines", {}).get("not_compiled", []),
        "indexes": notes.get("indexes", {}).get("indexes", []),
        "probe": notes.get("probes", {}),
    }


def incumbent_of(lake: Lake, name: str, pointer: Mapping[str, Any], ds: str) -> dict[str, Any]:
    """The metrics of the release that served before this day's, with its name."""
    earlier = [r for r in (*pointer["previous"], pointer["current"]) if r and not r.startswith(f"ds={ds}/")]
    if not earlier:
        return {}
    return {**(lake.read_json(f"releases/{name}/{earlier[-1]}/metrics.json") or {}), "name": earlier[-1]}


def figures(partition: Partition, notes: Mapping[str, Any]) -> list[dict[str, str]]:
    """Pictures of an artifact as data URIs with their captions."""
    found, paths = [], partition.paths()
    for file, caption in notes.get("figures", {}).items():
        data = base64.b64encode(partition.lake.fs.cat_file(paths[file])).decode()
        found.append({"caption": caption, "uri": f"data:{KINDS[Path(file).suffix]};base64,{data}"})
    return found


def number(value: Any) -> str:
    """A number as a reader wants it; a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def share(part: int, whole: int | None) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""
