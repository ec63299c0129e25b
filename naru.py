"""The command ``naru``: run the night, bring data, ask what is in service, see and undo.

Every verb reads its settings from config/*.toml; ``--root`` or NARU_ROOT picks the lake. Results go to stdout, progress
and errors to stderr; a wrong input ends with one line and exit status 2, a failed run with 1, as does a file of
questions with one that was refused.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.text import Text

import pipeline
from command import show
from config.datasets import LANDING, PRODUCTS, BadDate, parse_ds
from config.lake import Lake, LakeError
from config.settings import Settings, SettingsError, load
from config.task import BadInput

app = typer.Typer(
    help="The night of a search portal: raw text and logs become four gated releases.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
errors = Console(stderr=True, soft_wrap=True)

IMPORTS = "squad, dialogues-csv, reviews-tsv, movielens or open-bandit"

Root = Annotated[str | None, typer.Option("--root", help="Lake: a folder or URL (default: NARU_ROOT or var/lake).")]
Day = Annotated[str, typer.Option("--ds", help="The day, YYYY-MM-DD.")]
Source = Annotated[Literal["sim", "files"] | None, typer.Option(help="Simulated portal, or the files that you landed.")]
Force = Annotated[bool, typer.Option("--force", help="Run stages though nothing changed.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone.")]


@app.callback()
def common(root: Root = None) -> None:
    """Options that stand before the verb."""
    if root:
        os.environ["NARU_ROOT"] = load(root).root


def open_lake(
    root: str | None, source: str | None = None, sections: dict[str, dict[str, Any]] | None = None
) -> tuple[Settings, Lake]:
    """The settings of a call and its lake; what this process starts finds the same lake in NARU_ROOT."""
    settings = load(root, {"land": {"source": source}} if source else sections)
    os.environ["NARU_ROOT"] = settings.root
    return settings, Lake(settings.root)


def one_of(value: str, known: Sequence[str], what: str) -> str:
    if value not in known:
        raise BadInput(f"no {what} {value!r}; there are {', '.join(known)}")
    return value


@app.command()
def run(
    ds: Annotated[str | None, typer.Option("--ds", help="The day (default: the newest landed).")] = None,
    source: Source = None,
    products: Annotated[str, typer.Option(help="Comma-separated.")] = ",".join(PRODUCTS),
    force: Force = False,
    tuned: Annotated[bool | None, typer.Option("--tune/--no-tune", help="Tune first (default: see [tune]).")] = None,
    root: Root = None,
) -> None:
    """Run all DAGs for one day, through Airflow, and print what became of each product."""
    from command import java, night

    settings, lake = open_lake(root, source)
    chosen = [one_of(name.strip(), PRODUCTS, "product") for name in products.split(",")]
    origin = settings.sections.get("land", {}).get("source", "sim")
    day = parse_ds(ds).isoformat() if ds else night.SIM_DAY if origin == "sim" else newest(lake)
    java.use_java()
    console = Console(soft_wrap=True)
    console.print(f"{day} from {origin}, lake {lake.root}")
    outcomes = night.run(settings, day, chosen, source, force, tuned)
    night.tell(console, outcomes, lake, day)
    if any(outcome.state == "failed" for outcome in outcomes):
        raise typer.Exit(1)


def newest(lake: Lake) -> str:
    """The newest day that anything landed for."""
    days = {day for dataset in LANDING for day in lake.days(dataset.id)}
    if not days:
        raise BadInput(
            f"nothing has landed below {lake.root}: bring data with `naru land` or `naru import`, or give --ds"
        )
    return max(days)


@app.command()
def stage(
    name: Annotated[str, typer.Argument(help="A stage (qa_train) or a family (land, qa).")],
    ds: Day,
    force: Force = False,
    source: Source = None,
    gates: Annotated[bool, typer.Option(help="Audit and publish what the stage wrote.")] = True,
    root: Root = None,
) -> None:
    """Run one stage, or a family of them in order, each with its gates, without Airflow."""
    from command import java

    settings, lake = open_lake(root, source)
    day = parse_ds(ds).isoformat()
    try:
        rows = pipeline.stages(name)
    except KeyError as error:
        raise BadInput(str(error.args[0])) from error
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("naru").setLevel(logging.INFO)
    for row in rows:
        if row.engine == "spark":
            java.use_java()
        pipeline.run_stage(row.name, day, settings, force)
        errors.print(show.stage_line(lake, row, day))
        for dataset in row.writes if gates else ():
            pipeline.run_gate(dataset, day, settings, force)


Count = Annotated[int | None, typer.Option(min=0, help="Budget of the study; 0 = no limit.")]


@app.command()
def tune(
    product: Annotated[str, typer.Argument(help=", ".join(PRODUCTS))],
    ds: Annotated[str | None, typer.Option("--ds", help="The day (default: the newest landed).")] = None,
    trials: Count = None,
    epochs: Count = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="Of training, over all workers; 0 = no limit.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that search side by side.")] = None,
    algorithm: Annotated[str | None, typer.Option(help="tpe, random, cmaes, asha, hyperband, full or pbt.")] = None,
    expand: Annotated[
        list[str] | None, typer.Option(help="Widen or add: dropout=0.0..0.5, rate=1e-4..1e-2:log.")
    ] = None,
    shrink: Annotated[list[str] | None, typer.Option(help="Narrow or fix: dropout=0.1..0.3, width=96.")] = None,
    capacity: Annotated[int | None, typer.Option(min=0, help="Trials that may be live; the study runs on.")] = None,
    show_: Annotated[bool, typer.Option("--show", help="Only show the study as it stands.")] = False,
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Search for a better config of a product; training takes it up if it beats what serves by the margin.

    Ctrl-C stops; the same command goes on. --expand, --shrink and --capacity change a study, running or not.
    """
    from command import tuning

    given = {"trials": trials, "epochs": epochs, "seconds": seconds, "workers": workers, "algorithm": algorithm}
    chosen = {"tune": {"enabled": True, **{k: v for k, v in given.items() if v is not None}}}
    settings, lake = open_lake(root, sections=chosen)
    name = one_of(product, PRODUCTS, "product")
    task = tuning.opened(settings, name, parse_ds(ds).isoformat() if ds else newest(lake))
    console = Console(stderr=as_json, soft_wrap=True)
    if expand or shrink:
        said = tuning.revise(task, expand or (), shrink or ())
        show.print_json({"changed": said}) if as_json else console.print(said)
    elif capacity is not None:
        said = tuning.set_capacity(task, capacity)
        show.print_json({"changed": said}) if as_json else console.print(said)
    elif show_:
        found = tuning.shown(settings, task)
        if as_json:
            show.print_json(found)
        else:
            console.print(tuning.view(found["study"], found["trials"], len(found["trials"])))
    else:
        try:
            found = tuning.tune(settings, task, console)
        except KeyboardInterrupt as interrupt:
            errors.print("stopped: every trial waits at its last epoch; the same command goes on")
            raise typer.Exit(130) from interrupt
        show.print_json(found) if as_json else tuning.tell(console, found)


@app.command()
def land(
    dataset: Annotated[str, typer.Argument(help=", ".join(d.name for d in LANDING))],
    file: Annotated[Path, typer.Argument(help="Parquet, JSONL(.gz) or CSV(.gz); SQuAD JSON for questions.")],
    ds: Day,
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Bring your own file: checked against the dataset's schema and gate, bad rows to quarantine."""
    from jobs.land import deliver

    settings, _ = open_lake(root)
    landed([deliver(settings, dataset, file, parse_ds(ds).isoformat(), gate_of(settings))], as_json)


@app.command("import")
def bring(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=IMPORTS)],
    file: Annotated[Path, typer.Argument(help="The file, archive or folder as published.")],
    ds: Day,
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Bring a public data set to landing; one format may fill several datasets."""
    from jobs.importers import bring_in

    settings, _ = open_lake(root)
    landed(bring_in(settings, form, file, parse_ds(ds).isoformat(), gate_of(settings)), as_json)


def gate_of(settings: Settings) -> Any:
    """The gate as a delivery calls it: (dataset, ds)."""

    def publish(dataset: str, ds: str) -> object:
        return pipeline.run_gate(dataset, ds, settings)

    return publish


def landed(deliveries: Sequence[Any], as_json: bool) -> None:
    rows = [
        {
            "dataset": d.dataset,
            "ds": d.ds,
            "origin": d.origin,
            "rows_in": d.rows_in,
            "rows": d.rows,
            "quarantined": dict(d.quarantined),
            "remarks": list(d.remarks),
        }
        for d in deliveries
    ]
    if as_json:
        show.print_json(rows)
    else:
        show.table(Console(), rows, "Landed")


@app.command()
def status(as_json: AsJson = False, root: Root = None) -> None:
    """What is in service: product, day, metrics, path."""
    from models import release

    _, lake = open_lake(root)
    releases = release.status(lake)
    if as_json:
        show.print_json({"releases": releases})
    elif releases:
        show.table(Console(), [show.headline(r) for r in releases], f"In service below {lake.root}")
    else:
        print(f"Nothing is in service below {lake.root}; make releases with: naru run")


@app.command()
def rollback(product: str, as_json: AsJson = False, root: Root = None) -> None:
    """Put the release before the current one back into service, in one step."""
    from models import release

    _, lake = open_lake(root)
    pointer = release.rollback(lake, one_of(product, PRODUCTS, "product"))
    if as_json:
        show.print_json({"product": product, **pointer})
    else:
        print(f"{product}: {pointer['current']} is in service again")


@app.command()
def ask(
    product: Annotated[str, typer.Argument(help="chatbot or qa")],
    text: Annotated[str | None, typer.Argument(help="The question.")] = None,
    file: Annotated[Path | None, typer.Option(help="Text with a question a line; gives a JSON line for each.")] = None,
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Ask the chatbot or the question answering that is in service."""
    one_of(product, ("chatbot", "qa"), "product to ask")
    if (text is None) == (file is None):
        raise BadInput("give one of a question and --file FILE, e.g. naru ask chatbot --file questions.txt")
    if file is None:
        answer(product, {"text": text}, as_json, root)
        return
    from command import serving

    _, lake = open_lake(root)
    lines, remark = serving.questions(file)
    if remark:
        errors.print(Text(f"{file}: {remark}"))
    refused = 0
    for said in serving.ask_all(lake, product, lines):
        refused += "error" in said
        print(json.dumps(said, ensure_ascii=False), flush=True)
    if refused:
        errors.print(Text(f"{file}: {refused} of {len(lines)} lines ended in an error", "red"))
        raise typer.Exit(1)


@app.command()
def search(
    query: str,
    user: Annotated[str, typer.Option(help="user_id")],
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Search as a user: the results of the query, re-ranked by what is known of the user."""
    answer("personalization", {"user": user, "query": query}, as_json, root)


@app.command()
def ads(
    user: Annotated[str, typer.Option(help="user_id")],
    context: Annotated[list[str] | None, typer.Option("--context", help="key=value, may be repeated.")] = None,
    more: Annotated[list[str] | None, typer.Argument(help="Further key=value of the context.")] = None,
    trait: Annotated[list[str] | None, typer.Option("--trait", help="key=value of the user, known or new.")] = None,
    where: Annotated[list[str] | None, typer.Option("--where", help="key=value that the ads must hold.")] = None,
    count: Annotated[int, typer.Option(min=1, help="How many ads.")] = 5,
    request: Annotated[str | None, typer.Option(help="Id of the request: exploration draws the same for it.")] = None,
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """The ads for a user in a context, likeliest click first."""
    from command.serving import pairs

    told = {"context": [*(context or ()), *(more or ())], "user_features": trait or [], "where": where or []}
    query = {"user": user, "k": count, "request": request}
    answer("ctr", {**query, **{name: pairs(values) for name, values in told.items()}}, as_json, root)


def answer(product: str, query: dict[str, Any], as_json: bool, root: str | None) -> None:
    from command import serving

    _, lake = open_lake(root)
    said = serving.ask(lake, product, query)
    if as_json:
        show.print_json(said)
    else:
        show.answer(Console(), said)


@app.command()
def evaluate(
    product: Annotated[str, typer.Argument(help=", ".join(PRODUCTS))],
    file: Annotated[Path, typer.Argument(help="Labelled rows in the landing format.")],
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Score the release in service on a labelled file."""
    from command import serving

    _, lake = open_lake(root)
    metrics = serving.evaluate(lake, one_of(product, PRODUCTS, "product"), file)
    if as_json:
        show.print_json(metrics)
    else:
        show.table(Console(), [{"metric": k, "value": v} for k, v in metrics.items()], f"{product} on {file}")


Log = Annotated[Path | None, typer.Argument(help="Impressions in the landing format (default: those of --ds).")]
LogDay = Annotated[str | None, typer.Option("--ds", help="The day of the log (default: the newest landed).")]


def log_of(lake: Lake, file: Path | None, ds: str | None) -> Any:
    from command import comparing

    return comparing.impressions(lake, file, "" if file else parse_ds(ds).isoformat() if ds else newest(lake))


@app.command()
def offpolicy(
    file: Log = None,
    ds: LogDay = None,
    policy: Annotated[str, typer.Option(help="uniform, or release: its likeliest ad of the log.")] = "uniform",
    pool: Annotated[
        str, typer.Option(help="Column whose values have ads of their own, e.g. ad_campaign (with --ds).")
    ] = "",
    clip: Annotated[float, typer.Option(min=1, help="The largest weight of the clipped estimate.")] = 10.0,
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """What another policy would have earned on a log that tells its propensities (IPS, SNIPS)."""
    from command import comparing

    _, lake = open_lake(root)
    one_of(policy, comparing.POLICIES, "policy")
    found = comparing.off_policy(lake, log_of(lake, file, ds), policy, pool, clip)
    show.print_json(found) if as_json else show.answer(Console(), found)


@app.command()
def readout(
    file: Log = None,
    ds: LogDay = None,
    base: Annotated[str, typer.Option(help="A release, ds=D/vN (default: the one before the one in service).")] = "",
    other: Annotated[str, typer.Option(help="A release, ds=D/vN (default: the one in service).")] = "",
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """How much better one release of ctr is than another on the same log, with intervals."""
    from command import comparing

    _, lake = open_lake(root)
    found = comparing.read_out(lake, log_of(lake, file, ds), base, other)
    show.print_json(found) if as_json else show.answer(Console(), found)


@app.command()
def bench(
    areas: Annotated[list[str] | None, typer.Argument(help="Some areas only (default: all).")] = None,
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Measure every area against its rival; writes var/bench.json."""
    from bench import AREAS
    from bench import run as measure
    from command import java

    open_lake(root)
    java.use_java()
    rows = measure([one_of(name, AREAS, "area") for name in areas] if areas else AREAS)
    if as_json:
        show.print_json(rows)
    else:
        show.table(Console(), rows, "Bench")


@app.command()
def up(port: Annotated[int, typer.Option(help="The first port to try.")] = 8080, root: Root = None) -> None:
    """Start Airflow's UI and scheduler on 127.0.0.1, with the DAGs on; Ctrl-C stops all of it."""
    from command import java
    from command import up as airflow

    settings, _ = open_lake(root)
    java.use_java()
    raise typer.Exit(airflow.up(settings, port))


@app.command()
def report(
    ds: Annotated[str | None, typer.Option("--ds", help="The day (default: the newest one run).")] = None,
    root: Root = None,
) -> None:
    """Write the report of a day again and print where it is."""
    import report as page

    settings, lake = open_lake(root)
    print(page.write(settings, parse_ds(ds).isoformat() if ds else newest(lake)))


def main() -> None:
    """Run the command; what a user can mend is told in one line, without a traceback."""
    try:
        app()
    except (BadInput, BadDate, SettingsError, LakeError) as error:
        errors.print(Text(str(error), "red"))
        sys.exit(2)


if __name__ == "__main__":
    main()
