"""The command line: each verb returns an exit code, `main` ends the process with it."""

from __future__ import annotations

import io
import os
import shlex
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import click
import msgspec
import typer

from storepact import __version__
from storepact.cli import changes, contracts, history
from storepact.cli.changes import BASELINE, HISTORY
from storepact.engines.profiles import get_profile
from storepact.model.errors import StorepactError, Undetermined, UnknownName, UsageError
from storepact.model.outcome import SUITES
from storepact.model.paths import data_path
from storepact.record.values import DriftRecord, ProofRecord, Published, Record
from storepact.report.terminal import print_tables, print_wrapped, width_of_output
from storepact.run import launch

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, rich_markup_mode=None
)

app.add_typer(contracts.app, name="contracts")
app.add_typer(history.app, name="history")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """The tripwire for the persistent store integrations API.

    Exit codes: 0 conforms, 1 broken, 2 wrong usage or unusable document or pact, 3 undetermined.
    """
    if version:
        typer.echo(f"storepact {__version__}")
        raise typer.Exit


@app.command()
def verify(
    target: Annotated[str, typer.Option(help="mock, commercial, federal, eu, or a URL.")] = "mock",
    project: Annotated[str | None, typer.Option(help="Key of the project to work in.")] = None,
    environment: Annotated[str | None, typer.Option(help="Key of the environment to work in.")] = None,
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Create, change and delete on a live target.")
    ] = False,
    isolation_scope: Annotated[
        str | None,
        typer.Option(
            metavar="PROJECT/ENV",
            help="A second place that the run may write to: nothing may leak between the two.",
        ),
    ] = None,
    suite: Annotated[
        list[str] | None, typer.Option(help=f"Only this suite; may be repeated: {', '.join(SUITES)}.")
    ] = None,
    profile: Annotated[str, typer.Option(help="How much is generated: gate or explore.")] = "gate",
    seed: Annotated[int | None, typer.Option(help="The same seed makes the same cases.")] = None,
    examples: Annotated[
        int | None, typer.Option(min=1, help="Fuzzed cases per operation, kind and mode.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Processes that ask at the same time.")] = 1,
    report_dir: Annotated[Path, typer.Option(help="Where run.json and the reports go.")] = Path(
        "storepact-report"
    ),
    openapi: Annotated[Path | None, typer.Option(help="The document to hold the provider to.")] = None,
    contracts: Annotated[Path | None, typer.Option(help="The folder with the pacts.")] = None,
    accepted: Annotated[
        Path | None, typer.Option(help="The file of accepted findings; accepted.json beside the pacts.")
    ] = None,
    baseline: Annotated[list[str] | None, typer.Option(metavar="RUN", help=BASELINE)] = None,
    history: Annotated[str | None, typer.Option(metavar="URL", help=HISTORY)] = None,
    provider: Annotated[
        str | None, typer.Option(help="What the pacts call the provider, if it is another name.")
    ] = None,
    broker_url: Annotated[str | None, typer.Option(help="Take the pacts from the Pact Broker there.")] = None,
    consumer_branch: Annotated[
        str | None, typer.Option(help="The consumers' branch whose pacts are taken.")
    ] = None,
    provider_version: Annotated[
        str | None, typer.Option(help="The version of the provider that is asked.")
    ] = None,
    provider_branch: Annotated[
        str | None, typer.Option(help="The branch of the provider that is asked.")
    ] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Give the results to the broker.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an answer.")] = 10.0,
) -> int:
    """Check a provider against the document and its consumers' pacts.

    Tokens come from the environment: STOREPACT_TOKEN may write, STOREPACT_READER_TOKEN (optional) may only read,
    PACT_BROKER_TOKEN is for --broker-url.
    """
    given = locals()
    for name in suite or ():
        if name not in SUITES:
            raise UnknownName("suite", name, SUITES)
    get_profile(profile)
    if accepted is not None and not accepted.is_file():
        raise UsageError(f"--accepted {accepted}: there is no such file; `storepact accept` writes it")
    if contracts and broker_url:
        raise UsageError("give either --contracts or --broker-url")
    more = ("broker_url", "consumer_branch", "provider_version", "provider_branch", "publish")
    arguments = launch.arguments(
        [name for name in SUITES if not suite or name in suite], _options(given, more)
    )
    return _told(launch.run_suites(arguments, workers, target))


#: What `verify` and `tripwire` pass on to a run, as they call it.
_COMMON = (
    "target", "project", "environment", "isolation_scope", "profile", "seed", "examples", "report_dir", "openapi", "contracts",
    "accepted", "history", "provider", "allow_writes",
)  # fmt: skip


def _options(given: dict[str, Any], more: tuple[str, ...] = ()) -> dict[str, Any]:
    """The options for a run, of the arguments of a verb."""
    found = {f"--{name.replace('_', '-')}": given[name] for name in (*_COMMON, *more)}
    return {**found, "--target-timeout": given["timeout"], "--baseline": given.get("baseline")}


def _told(asked: launch.RunResult) -> int:
    """Print what a run came to; its exit code."""
    from storepact.report import github

    if asked.session is None:
        print(f"storepact: {asked.complaint}", file=sys.stderr)
        return asked.code
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.write(asked.session.console(width_of_output(), color=color))
    for line in asked.session.published:
        print(f"given to the broker: {line}")
    for line in asked.session.notes:
        print(f"storepact: {line}", file=sys.stderr)
    github.publish(msgspec.convert(asked.record, Record))
    return asked.code


@app.command()
def tripwire(
    target: Annotated[str, typer.Option(help="mock, commercial, federal, eu, or a URL.")] = "mock",
    published: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|URL", help="The provider's published OpenAPI document; not compared if not given."
        ),
    ] = None,
    project: Annotated[str | None, typer.Option(help="Key of the project to work in.")] = None,
    environment: Annotated[str | None, typer.Option(help="Key of the environment to work in.")] = None,
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Create, change and delete on a live target.")
    ] = False,
    isolation_scope: Annotated[
        str | None, typer.Option(metavar="PROJECT/ENV", help="A second place that the run may write to.")
    ] = None,
    profile: Annotated[str, typer.Option(help="How much is generated: gate or explore.")] = "gate",
    seed: Annotated[int | None, typer.Option(help="The same seed makes the same cases.")] = None,
    examples: Annotated[
        int | None, typer.Option(min=1, help="Fuzzed cases per operation, kind and mode.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Processes that ask at the same time.")] = 1,
    report_dir: Annotated[Path, typer.Option(help="Where run.json and the reports go.")] = Path(
        "storepact-report"
    ),
    openapi: Annotated[Path | None, typer.Option(help="The document to hold the provider to.")] = None,
    contracts: Annotated[Path | None, typer.Option(help="The folder with the pacts.")] = None,
    accepted: Annotated[
        Path | None, typer.Option(help="The file of accepted findings; accepted.json beside the pacts.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(help="What the pacts call the provider, if it is another name.")
    ] = None,
    history: Annotated[str | None, typer.Option(metavar="URL", help=HISTORY)] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an answer.")] = 10.0,
) -> int:
    """The nightly job: drift, verify, compare with the latest green run, whom it hurts, history; one summary, what changed first.

    Exit codes: 0 nothing breaks, 1 findings, coverage lost, or an unexplained breaking change of the published document,
    2 wrong usage or an unusable document, 3 undetermined.
    """
    from storepact.families import DEFAULT_FAMILY

    given = locals()
    import msgspec

    from storepact.history.store import History, checked_url, default_url
    from storepact.record.store import dump, usable_folder, write_whole
    from storepact.report import drift as drift_report
    from storepact.report import github
    from storepact.run import drift, nightly

    get_profile(profile)
    if accepted is not None and not accepted.is_file():
        raise UsageError(f"--accepted {accepted}: there is no such file; `storepact accept` writes it")
    folder = usable_folder(report_dir)
    if history == "none":
        raise UsageError("the tripwire compares with earlier runs, and --history is none")
    with History(checked_url(history) if history else default_url(os.environ)) as kept:
        base = kept.latest_green(target=target)
        before = None if base is None else kept.record(base).get("published")
    found, trouble = None, ""
    if published is not None:
        try:
            found = msgspec.to_builtins(
                drift.drift(
                    published,
                    openapi or data_path("openapi", DEFAULT_FAMILY.document),
                    contracts or data_path("contracts"),
                    provider or DEFAULT_FAMILY.provider,
                )
            )
        except Undetermined as error:
            trouble = str(error)
        else:
            for name, text in drift_report.render_files(msgspec.convert(found, DriftRecord)).items():
                write_whole(folder / name, text)
    more = {
        "--baseline": None if base is None else [str(base)],
        "--drift": None if found is None else folder / "drift.json",
    }
    arguments = launch.arguments(SUITES, {**_options(given), **more})
    asked = launch.run_suites(arguments, workers, target)
    if asked.session is None and asked.code == 2:
        print(f"storepact: {asked.complaint}", file=sys.stderr)
        return 2
    record = asked.record if asked.session is not None else None
    drift_record = None if found is None else msgspec.convert(found, DriftRecord)
    summary = nightly.summarize(
        nightly.Night(
            None if record is None else msgspec.convert(record, Record),
            asked.complaint,
            asked.code,
            drift_record,
            trouble,
            base,
            None if before is None else msgspec.convert(before, Published),
        )
    )
    write_whole(folder / "tripwire.json", dump(summary.to_json()))
    write_whole(folder / "tripwire.md", nightly.render_markdown(summary))
    print_wrapped(nightly.lines(summary))
    print(f"all of it in {folder}/")
    for line in asked.session.notes if asked.session is not None else ():
        print(f"storepact: {line}", file=sys.stderr)
    github.append_summary(nightly.render_markdown(summary))
    if drift_record is not None:
        github.publish_drift(drift_record, openapi or data_path("openapi", DEFAULT_FAMILY.document))
    if record is not None:
        github.publish(msgspec.convert(record, Record))
    return summary.exit_code


@app.command()
def mock(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Where to listen on loopback; 0 takes a free port.")
    ] = 8080,
    data: Annotated[Path | None, typer.Option(help="Keep everything in this file, over restarts.")] = None,
    token: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=ROLE:TOKENENV lets the token in that variable in as writer or reader; may be repeated."
        ),
    ] = None,
    rate_limit: Annotated[
        list[str] | None,
        typer.Option(
            help="Calls per 10 s: N for all limits, or global=N, route=N, token=N; may be repeated."
        ),
    ] = None,
    latency: Annotated[
        float, typer.Option(min=0, max=600_000, help="Milliseconds to wait before each answer.")
    ] = 0.0,
    choice: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE behaves otherwise where documents leave it open; may be repeated."),
    ] = None,
    fault: Annotated[list[str] | None, typer.Option(help="Misbehave in this way; may be repeated.")] = None,
    list_choices: Annotated[bool, typer.Option("--list-choices", help="Print every choice and end.")] = False,
    list_faults: Annotated[bool, typer.Option("--list-faults", help="Print every fault and end.")] = False,
    openapi: Annotated[Path | None, typer.Option(help="The document that the paths come from.")] = None,
) -> int:
    """Serve a stateful stand-in for the API until it is stopped.

    Without options it works at once: two projects, and a token that may write and one that may only read, both printed.
    """
    from storepact.families import DEFAULT_FAMILY
    from storepact.run import mock_server

    if list_choices or list_faults:
        tables = [mock_server.choice_rows()] * list_choices + [mock_server.fault_rows()] * list_faults
        print_tables(tables)
        return 0
    mock_server.serve_mock(
        mock_server.MockServerOptions(
            port=port,
            openapi=openapi or data_path("openapi", DEFAULT_FAMILY.document),
            data=data,
            tokens=token or (),
            rate_limits=rate_limit or (),
            latency_ms=latency,
            faults=fault or (),
            choices=choice or (),
        )
    )
    return 0


@app.command()
def prove(
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Only this fault; may be repeated. See storepact mock --list-faults."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=16, help="Processes, each with a mock of its own; as many as cores."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE", help="Leave out this check, to see what only it catches; may be repeated."
        ),
    ] = None,
    exhaustive: Annotated[
        bool, typer.Option("--exhaustive", help="Ask everything: tells every check that catches, takes long.")
    ] = False,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the matrix as a Markdown page, too.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help="Tell the stories to this target and to the mock, and list where they differ though both may."
        ),
    ] = None,
    project: Annotated[str | None, typer.Option(help="Key of the project to work in; with --target.")] = None,
    environment: Annotated[
        str | None, typer.Option(help="Key of the environment to work in; with --target.")
    ] = None,
    isolation_scope: Annotated[
        str | None,
        typer.Option(metavar="PROJECT/ENV", help="A second place that the run may write to; with --target."),
    ] = None,
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Create, change and delete; with --target.")
    ] = False,
    choice: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=VALUE: how the mock behaves that the target is compared with; may be repeated."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same cases.")] = 20_261_123,
    report_dir: Annotated[Path, typer.Option(help="Where teeth.json, teeth.html and teeth.md go.")] = Path(
        "storepact-report"
    ),
    openapi: Annotated[Path | None, typer.Option(help="The document to hold the mock to.")] = None,
    contracts: Annotated[Path | None, typer.Option(help="The folder with the pacts.")] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to wait for an answer; with --target.")
    ] = 10.0,
) -> int:
    """Prove that the gate has teeth: ask it about the mock with each fault of the catalogue, and without any.

    Exit code 0 only if every fault is caught and the clean mock is silent, 1 if not, 3 if the gate could not be asked.
    With --target instead: does the mock lie? The same stories on both, and every difference that the documents allow.
    """
    from storepact.families import DEFAULT_FAMILY

    given = sys.argv[2:]
    if target is not None:
        settings = {
            "target": target, "project": project, "environment": environment, "isolation_scope": isolation_scope,
            "allow_writes": allow_writes, "seed": seed, "openapi": openapi or data_path("openapi", DEFAULT_FAMILY.document),
            "contracts": contracts or data_path("contracts"), "report_dir": report_dir, "timeout": timeout,
        }  # fmt: skip
        return _compared(settings, choice or [], bool(fault or without or exhaustive or page))
    if project or environment or isolation_scope or allow_writes or choice:
        raise UsageError(
            "--project, --environment, --isolation-scope, --allow-writes and --choice go with --target"
        )
    from storepact.run import prove

    faults = prove.wanted_faults(fault or [])
    orders = prove.ProofOptions(
        tuple(each.name for each in faults),
        openapi or data_path("openapi", DEFAULT_FAMILY.document),
        contracts or data_path("contracts"),
        seed,
        prove.excluded_checks(without or []),
        exhaustive,
    )
    return _proven(orders, faults, workers or os.cpu_count() or 1, report_dir, page, given)


def _proven(
    orders: Any, faults: Any, workers: int, report_dir: Path, page: Path | None, given: list[str]
) -> int:
    """Prove it, with a meter on stderr, and write and print what came of it."""
    from storepact.record.store import dump, usable_folder, write_whole
    from storepact.report import teeth as report
    from storepact.run import prove
    from storepact.run.progress import Meter

    usable_folder(report_dir)
    if page is not None and (page.is_dir() or not os.access(page.parent, os.W_OK)):
        raise UsageError(f"--page {page}: cannot be written; name a file in a folder that exists")
    meter = Meter("proving", "faults")
    meter.begin(len(faults) + 1)
    started, seen = time.monotonic(), [0, 0]

    def told(bite: Any) -> None:
        if bite.fault:
            seen[0 if bite.caught else 1] += 1
        meter.advance(f"{seen[0]} caught, {seen[1]} missed")

    try:
        found = prove.run_faults(orders, workers, told)
    finally:
        meter.close()
    proof = prove.proof_record(
        faults, found, orders, shlex.join(["storepact", "prove", *given]), time.monotonic() - started
    )
    proof_record = msgspec.convert(proof, ProofRecord)
    write_whole(report_dir / "teeth.json", dump(proof))
    write_whole(report_dir / "teeth.html", report.render_html(proof_record))
    write_whole(report_dir / "teeth.md", report.render_markdown(proof_record))
    if page is not None:
        write_whole(page, report.render_markdown(proof_record))
    print_tables([_bite_rows(proof)])
    for line in report.summarize(proof_record):
        print(line)
    print(f"matrix in {report_dir / 'teeth.html'}" + (f" and {page}" if page else ""))
    return prove.exit_code(proof)


def _bite_rows(proof: Any) -> Iterable[tuple[str, ...]]:
    yield ("fault", "caught by", "exchanges", "seconds", "first seen in")
    for fault in proof["faults"]:
        caught = ", ".join(fault["checks"]) or "MISSED"
        yield (
            fault["fault"],
            caught,
            f"{fault['exchanges']:,}",
            f"{fault['seconds']:.1f}",
            fault["question"] or fault["trouble"],
        )


def _compared(settings: dict[str, Any], choices: list[str], misplaced: bool) -> int:
    """Tell the stories twice, and print and write the differences."""
    from storepact.engines.harness import Settings
    from storepact.record.store import dump, usable_folder, write_whole
    from storepact.run import fidelity
    from storepact.run.progress import Meter

    if misplaced:
        raise UsageError("--fault, --without, --exhaustive and --page do not go with --target")
    folder = usable_folder(settings["report_dir"])
    meter = Meter(f"comparing the mock with {settings['target']}", "stories")
    try:
        found = fidelity.compare_targets(
            Settings(**settings), choices, os.environ, meter.begin, meter.advance
        )
    finally:
        meter.close()
    write_whole(folder / "differences.json", dump(found))
    write_whole(folder / "differences.md", fidelity.render_markdown(found))
    print_tables([fidelity.rows(found)])
    for line in fidelity.summary(found):
        print(line)
    print(f"all of it in {folder / 'differences.md'}")
    return fidelity.exit_code(found)


app.add_typer(changes.app)


def secrets_masked(text: str) -> str:
    """A text without the tokens of the environment."""
    for name, value in os.environ.items():
        if (
            value
            and name.startswith(("STOREPACT_", "PACT_BROKER_"))
            and ("TOKEN" in name or "PASSWORD" in name)
        ):
            text = text.replace(value, "********")
    return text[:500]


#: Newer typers carry a click of their own.
_USAGE: Any = (click.ClickException, getattr(typer, "TyperException", click.ClickException))


def main() -> None:
    """Run the command line and end the process with its exit code; no traceback reaches a user."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character gets a question mark
    try:
        code: Any = app(standalone_mode=False)
        if code == 130:  # typer's word for Ctrl-C
            raise KeyboardInterrupt
    except (typer.Abort, click.exceptions.Abort):
        print("storepact: stopped", file=sys.stderr)
        code = 3
    except (typer.Exit, click.exceptions.Exit) as end:
        code = end.exit_code
    except _USAGE as error:
        error.show()
        code = 2
    except StorepactError as error:
        print(f"storepact: {error}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        print("storepact: stopped", file=sys.stderr)
        code = 3
    except BrokenPipeError:
        code = 3
    except Exception as error:
        if os.environ.get("STOREPACT_TRACEBACK"):
            raise
        told = secrets_masked(f"{type(error).__name__}: {error}")
        print(f"storepact: it broke: {told}; STOREPACT_TRACEBACK=1 shows where", file=sys.stderr)
        code = 3
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code if isinstance(code, int) else 0)
