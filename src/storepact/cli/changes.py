"""The verbs about what changed: between two runs, between two documents, and what of it is accepted."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from storepact.model.errors import UsageError
from storepact.model.paths import accepted_path, data_path
from storepact.report import FORMATS
from storepact.report.terminal import width_of_output

if TYPE_CHECKING:
    from storepact.history.store import History

app = typer.Typer(rich_markup_mode=None)

BASELINE = "Compare with a run.json, its folder, latest-green, or a run of the history; may be repeated, oldest first."
HISTORY = "Keep runs there: a file, postgresql://USER@HOST/NAME, or none; else in the state folder, or STOREPACT_HISTORY."


@app.command()
def compare(
    records: Annotated[
        list[str],
        typer.Argument(
            metavar="BASE… RUN",
            help="run.json files, report folders, latest-green or runs of the history, in order; the last is looked at.",
        ),
    ],
    history: Annotated[
        str | None, typer.Option(metavar="URL", help="Where runs are kept, if not in the usual place.")
    ] = None,
    report_dir: Annotated[
        Path | None,
        typer.Option(help="Where compare.html, compare.md and compare.json go; not written if not given."),
    ] = None,
) -> int:
    """Compare a run with an earlier one: what is new, gone, no longer exercised, and how answers look otherwise.

    With several bases the last but one is compared with, and what came and went more than once is called flapping.
    Exit codes: 0 no regression, 1 new findings or something no longer exercised, 2 a record cannot be read, 3 the run is
    undetermined.
    """
    from storepact.history.selection import select_record
    from storepact.record.comparison import compare_runs
    from storepact.record.store import load_record, usable_folder
    from storepact.record.values import Comparison
    from storepact.report import compare as report
    from storepact.report import write_files

    if len(records) < 2:
        raise UsageError(
            "give two records, an earlier one and the one to look at: storepact compare old/run.json new/run.json"
        )
    opened: list[History] = []

    def kept() -> History:
        from storepact.history.store import (
            History,
            checked_url,
            default_url,
        )  # takes a fifth of a second, and files need none

        opened.append(History(checked_url(history) if history else default_url(os.environ), readonly=True))
        return opened[-1]

    *bases, last = records
    run = select_record(last, kept, load_record, target=None, before=None)
    target, before = run["target"], run["started"]
    loaded = [select_record(base, kept, load_record, target=target, before=before) for base in bases]
    past = []
    if opened:
        with kept() as runs:
            suites = ",".join(sorted({outcome["suite"] for outcome in run["outcomes"]}))
            past = [
                (each.started, each.fingerprints)
                for each in runs.earlier(target=target, suites=suites, before=before)
            ]
    diff = compare_runs(loaded, run, past)
    comparison = msgspec.convert(diff, Comparison)
    if report_dir is not None:
        folder = usable_folder(report_dir)
        write_files(report.render_files(comparison), folder)
    sys.stdout.write(report.render(comparison, width_of_output()))
    return 1 if diff["regression"] else 3 if run["verdict"] == "undetermined" else 0


@app.command()
def accept(
    fingerprints: Annotated[
        list[str], typer.Argument(metavar="FINGERPRINT…", help="The 12 digits in brackets behind a finding.")
    ],
    reason: Annotated[str, typer.Option(help="Why it may stay.")],
    until: Annotated[
        str, typer.Option(metavar="DATE", help="The last day that it may stay, such as 2027-01-31.")
    ],
    owner: Annotated[
        str | None, typer.Option(help="Whose it is; the name in git's configuration if not given.")
    ] = None,
    cause: Annotated[
        bool, typer.Option("--cause", help="And every finding of the last run with the same cause.")
    ] = False,
    report_dir: Annotated[Path, typer.Option(help="Where the last run's run.json lies.")] = Path(
        "storepact-report"
    ),
    contracts: Annotated[Path | None, typer.Option(help="The folder with the pacts.")] = None,
    accepted: Annotated[
        Path | None, typer.Option(help="The file to write; accepted.json beside the pacts.")
    ] = None,
) -> int:
    """Accept findings until a day: they stay in every report, and no longer break the verdict.

    Exit codes: 0 written, 2 wrong usage, or the file cannot be used.
    """
    from storepact.record import accept

    path = accepted or accepted_path(contracts)
    for line in accept.accept(path, fingerprints, reason, until, owner, cause=cause, folder=report_dir):
        print(line)
    return 0


@app.command()
def report(
    record: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run.json, or the report folder that it lies in.")
    ] = Path("storepact-report"),
    report_dir: Annotated[
        Path | None, typer.Option(help="Where the reports go; beside the record if not given.")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option("--format", help=f"Print this one instead: {', '.join(row.name for row in FORMATS)}."),
    ] = None,
) -> int:
    """Make every report of a run again from its record alone; no target, no engine.

    Exit codes: 0 written, 2 the record cannot be read.
    """
    from storepact.record.store import load_record, usable_folder
    from storepact.record.values import Record
    from storepact.report import RenderOptions, find_format, write_reports

    loaded = msgspec.convert(load_record(record), Record)
    folder = report_dir or (record if record.is_dir() else record.parent)
    if only is not None:
        sys.stdout.write(find_format(only).render(loaded, RenderOptions(folder, width_of_output())))
        return 0
    names = write_reports(loaded, usable_folder(folder))
    print(f"{', '.join(names)} in {folder}/")
    return 0


@app.command()
def drift(
    published: Annotated[
        str,
        typer.Argument(
            metavar="PUBLISHED", help="The provider's published OpenAPI document: a file or a URL."
        ),
    ],
    openapi: Annotated[
        Path | None, typer.Option(help="Our document; known disagreements lie beside it.")
    ] = None,
    contracts: Annotated[
        Path | None, typer.Option(help="The folder with the pacts, to say whom a change hurts.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(help="What the pacts call the provider, if it is another name.")
    ] = None,
    report_dir: Annotated[
        Path | None,
        typer.Option(help="Where drift.html, drift.md and drift.json go; not written if not given."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for a URL.")] = 30.0,
) -> int:
    """Compare our document with the published one: what changed there, whom it breaks, which decision explains it.

    Exit codes: 0 nothing breaks that no decision explains, 1 something does, 2 a document cannot be used, 3 a URL does not answer.
    """
    from storepact.families import DEFAULT_FAMILY
    from storepact.record.store import dump, usable_folder
    from storepact.report import drift as report
    from storepact.report import github, write_files
    from storepact.run import drift

    folder = usable_folder(report_dir) if report_dir is not None else None
    result = drift.drift(
        published,
        openapi or data_path("openapi", DEFAULT_FAMILY.document),
        contracts or data_path("contracts"),
        provider or DEFAULT_FAMILY.provider,
        timeout=timeout,
    )
    if folder is not None:
        write_files(report.render_files(result), folder)
    sys.stdout.write(
        dump(msgspec.to_builtins(result)) if as_json else report.render(result, width_of_output())
    )
    github.publish_drift(result, openapi or data_path("openapi", DEFAULT_FAMILY.document))
    return drift.verdict(result).exit_code
