"""Run a suite of expectations with Great Expectations and tell its findings in plain values."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.lake import Lake
from config.settings import PROJECT
from validation.frame import KNOWN

SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """What one expectation found. ``rows`` are the row numbers that break it (row-wise ones only)."""

    expectation: str
    column: str
    critical: bool
    success: bool
    detail: str
    unexpected: int = 0
    rows: list[int] = field(default_factory=list, repr=False)

    @property
    def reason(self) -> str:
        referring = self.column.removesuffix(KNOWN.format(""))
        if referring != self.column:
            return f"{referring} is in no catalog that landed"
        return f"{self.expectation}({self.column})" if self.column else self.expectation

    @property
    def told(self) -> dict[str, Any]:
        """For manifests and the report: no row lists, no numpy."""
        keys = ("expectation", "column", "critical", "success", "detail", "unexpected")
        return {k: getattr(self, k) for k in keys}


def audit(frame: Any, expectations: list[Any], dataset_id: str, ds: str, lake: Lake) -> list[Finding]:
    """Validate a pandas frame (index = row number); the result is kept for Data Docs below the lake."""
    import great_expectations as gx

    name = dataset_id.replace("/", "-")
    quiet()
    context = gx.get_context(mode="ephemeral", project_config=project(docs_folder(lake)))
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    batch = context.data_sources.add_pandas("naru").add_dataframe_asset(name).add_batch_definition_whole_dataframe(ds)
    suite = context.suites.add_or_update(gx.ExpectationSuite(name=name, expectations=expectations))
    definition = gx.ValidationDefinition(name=f"{name}-{ds}", data=batch, suite=suite)
    definition = context.validation_definitions.add_or_update(definition)
    result = definition.run(
        batch_parameters={"dataframe": frame},
        run_id=gx.RunIdentifier(run_name=ds),
        result_format={
            "result_format": "COMPLETE",
            "partial_unexpected_count": SHOWN,
            "include_unexpected_rows": False,
            "return_unexpected_index_query": False,
        },
    )
    return [finding(r, frame) for r in result.results]


def finding(result: Any, frame: Any) -> Finding:
    """One expectation's result in plain values; raises RuntimeError where the expectation itself broke down."""
    config = result.expectation_config
    if (result.exception_info or {}).get("raised_exception"):
        raise RuntimeError(f"{config.type} could not be evaluated: {result.exception_info['exception_message']}")
    kwargs, seen = config.kwargs, result.result
    column = str(kwargs.get("column") or ", ".join(kwargs.get("column_list", [])))
    rows = [int(i) for i in seen.get("unexpected_index_list") or []]
    if "unique" in config.type and rows:
        keys = [column] if kwargs.get("column") else list(kwargs["column_list"])
        repeated = frame.loc[rows, keys].duplicated(keep="first")
        rows = [int(i) for i in repeated.index[repeated]]
    return Finding(
        expectation=config.type.removeprefix("expect_"),
        column=column,
        critical=str(getattr(config.severity, "value", config.severity)) == "critical",
        success=bool(result.success),
        detail=detail(kwargs, seen, config.meta or {}),
        unexpected=int(seen.get("unexpected_count") or 0),
        rows=rows,
    )


def detail(kwargs: dict[str, Any], seen: dict[str, Any], meta: dict[str, Any]) -> str:
    """What was wanted and what was found, in one line."""
    wanted = {k: v for k, v in kwargs.items() if k not in {"column", "column_list", "batch_id", "result_format"}}
    told = ", ".join(f"{k}={str(v)[:120]}" for k, v in wanted.items() if v is not None)
    why = f" ({meta['why']})" if "why" in meta else ""
    if seen.get("unexpected_count"):
        values = ", ".join(repr(v) for v in seen.get("partial_unexpected_list", [])[:SHOWN])
        broken = f"{seen['unexpected_count']} of {seen['element_count']} rows break it"
        return f"wanted {told or 'a value'}; {broken}, e.g. {values}"
    observed = seen.get("observed_value")
    return f"wanted {told or 'a value'}{why}" + (f"; found {str(observed)[:200]}" if observed is not None else "")


def docs_folder(lake: Lake) -> Path:
    """Where results and Data Docs are kept: in the lake, or in the project's var/ when the lake is remote."""
    return Path(lake.base, "data_docs") if lake.local else PROJECT / "var" / "data_docs"


def project(folder: Path) -> Any:
    """An ephemeral Great Expectations project whose results and pages lie in ``folder``."""
    from great_expectations.data_context.types.base import DataContextConfig

    def files(place: str, **more: str) -> dict[str, Any]:
        backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder / place), **more}
        return {"class_name": "ValidationResultsStore", "store_backend": backend}

    memory = {"class_name": "InMemoryStoreBackend"}
    stores = {
        "expectations_store": {"class_name": "ExpectationsStore", "store_backend": memory},
        "checkpoint_store": {"class_name": "CheckpointStore", "store_backend": memory},
        "validation_definition_store": {"class_name": "ValidationDefinitionStore", "store_backend": memory},
        "validation_results_store": files("results", filepath_suffix=".json"),
    }
    site = {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder / "site")},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    return DataContextConfig(
        config_version=4.0,
        expectations_store_name="expectations_store",
        checkpoint_store_name="checkpoint_store",
        validation_results_store_name="validation_results_store",
        stores=stores,
        data_docs_sites={"naru": site},
        analytics_enabled=False,
    )


def build_docs(lake: Lake) -> Path | None:
    """Render Data Docs for every result kept; returns the index page, None before the first result."""
    import great_expectations as gx

    folder = docs_folder(lake)
    if not (folder / "results").exists():
        return None
    quiet()
    context = gx.get_context(mode="ephemeral", project_config=project(folder))
    context.build_data_docs(site_names=["naru"])
    return folder / "site" / "index.html"


def quiet() -> None:
    """Great Expectations warns of its own deprecations; that is not for an operator."""
    warnings.filterwarnings("ignore", module="great_expectations")
