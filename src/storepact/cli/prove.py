"""`storepact prove`: run the gate against every fault of the mock, or compare the mock with a target."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from storepact.cli.mock_comparison import compare_with_mock
from storepact.cli.options import AsJson, Choices
from storepact.cli.output import print_json
from storepact.cli.run_options import takes_settings
from storepact.model.errors import UsageError
from storepact.model.outcome import Verdict
from storepact.model.presentation import presentation
from storepact.openapi.load import load_document
from storepact.record.store import dump, usable_folder, write_whole
from storepact.record.values import ProofRecord
from storepact.report import teeth as report
from storepact.report import write_files
from storepact.report.terminal import print_paragraphs, print_tables
from storepact.report.wording import many
from storepact.run import prove as proof_of_faults
from storepact.run.corpus import corpus_of, is_cache
from storepact.run.detections import late_detections, read_detections, shipped_detections, write_detections
from storepact.run.options import PROVE
from storepact.run.progress import Meter, print_notice
from storepact.run.prover import FaultResult, ProofOptions
from storepact.run.settings import Settings

Faults = Annotated[
    tuple[str, ...],
    Parameter(help="Only this fault; may be repeated. See storepact mock --list-faults."),
]
Workers = Annotated[
    int | None,
    Parameter(
        help="Processes, each with its own mock; as many as cores if not given.",
        validator=Number(gte=1, lte=16),
    ),
]
Without = Annotated[
    tuple[str, ...],
    Parameter(metavar="CODE", help="Leave out this check, to see what only it catches; may be repeated."),
]
Exhaustive = Annotated[
    bool, Parameter(help="Run every test: lists every check that catches a fault, takes long.")
]
CorpusAlone = Annotated[
    bool,
    Parameter(
        name="--corpus",
        help="Generate nothing: pinned cases and journeys, scenarios, probes and pacts alone.",
    ),
]
Page = Annotated[Path | None, Parameter(metavar="FILE", help="Write the matrix as a Markdown page, too.")]
Detections = Annotated[
    Path | None,
    Parameter(
        metavar="FILE",
        help="Begin with the test that FILE names for each fault, and write the tests that caught them; "
        "not given: the file that ships with storepact is read.",
    ),
]
ComparedTarget = Annotated[
    str | None,
    Parameter(help="The same as `storepact twin --against mock`, which is its name now."),
]


@takes_settings(PROVE)
def prove(  # noqa: PLR0913 - the parameters are the options
    *,
    fault: Faults = (),
    workers: Workers = None,
    without: Without = (),
    exhaustive: Exhaustive = False,
    corpus: CorpusAlone = False,
    page: Page = None,
    detections: Detections = None,
    target: ComparedTarget = None,
    choice: Choices = (),
    as_json: AsJson = False,
    settings: Settings,
) -> Verdict:
    """Prove that the gate finds faults: run it against the mock with each fault, and without any.

    Exit codes: 0 every fault is caught and the clean mock has no finding, 1 if not, 3 the gate could not
    run. The options that say where to work and what may be written go with --target.
    """
    own = {"fault": fault, "without": without, "exhaustive": exhaustive, "corpus": corpus, "page": page}
    if target is not None:
        _refuse("do not go with --target", **own, detections=detections)
        return compare_with_mock(replace(settings, target=target), choice, as_json=as_json)
    _refuse_scope(settings, choice)
    options = _proof_options(settings, fault, without, exhaustive=exhaustive, corpus_alone=corpus)
    options = _begin_with(options, detections)
    proof = _prove_faults(options, workers or os.cpu_count() or 1, settings.report_dir, page, detections)
    _print_proof(proof, settings.report_dir, page, as_json=as_json)
    return proof_of_faults.verdict(proof)


def _refuse_scope(settings: Settings, choice: tuple[str, ...]) -> None:
    """Refuse options that say where on a target to work, and how.

    Raises:
        UsageError: one of them is given.

    """
    _refuse(
        "go with --target",
        project=settings.project,
        environment=settings.environment,
        isolation_scope=settings.isolation_scope,
        allow_writes=settings.allow_writes,
        choice=choice,
    )


def _refuse(problem: str, **options: object) -> None:
    """Refuse options that do not go together with others.

    Raises:
        UsageError: one of them is given.

    """
    flags = ["--" + name.replace("_", "-") for name in options]
    if any(options.values()):
        raise UsageError(f"{', '.join(flags[:-1])} and {flags[-1]} {problem}")


def _proof_options(
    settings: Settings,
    faults: tuple[str, ...],
    without: tuple[str, ...],
    *,
    exhaustive: bool,
    corpus_alone: bool,
) -> ProofOptions:
    codes = proof_of_faults.check_codes(without)
    names = tuple(entry.name for entry in proof_of_faults.named_faults(faults))
    paths = (settings.document_path, settings.contracts_path)
    corpus = corpus_of(settings, load_document(settings.document_path), None)
    if corpus_alone and (corpus is None or is_cache(corpus)):
        raise UsageError("--corpus: there is no corpus for this document; name its folder with --corpus-dir")
    return ProofOptions(
        names,
        *paths,
        settings.seed,
        codes,
        corpus=corpus,
        corpus_alone=corpus_alone,
        exhaustive=exhaustive,
    )


def _begin_with(options: ProofOptions, detections: Path | None) -> ProofOptions:
    """The options with the tests to begin with.

    Raises:
        UsageError: the file of detections cannot be used, or checks are left out.

    """
    if detections is not None and options.without:
        raise UsageError(
            "--detections does not go with --without: name the tests that catch with every check"
        )
    _check_file("--detections", detections)
    return replace(options, detections=read_detections(detections or shipped_detections()))


def _check_file(option: str, path: Path | None) -> None:
    """Make sure that a file can be written.

    Raises:
        UsageError: it cannot.

    """
    if path is not None and (path.is_dir() or not os.access(path.parent, os.W_OK)):
        raise UsageError(f"{option} {path}: cannot be written; name a file in a folder that exists")


def _prove_faults(
    options: ProofOptions, workers: int, folder: Path, page: Path | None, detections: Path | None
) -> ProofRecord:
    """Run the gate against each fault, and write the matrix."""
    usable_folder(folder)
    _check_file("--page", page)
    started = time.monotonic()
    results = _run_with_meter(options, workers)
    command = shlex.join(["storepact", "prove", *sys.argv[2:]])
    faults = proof_of_faults.named_faults(options.faults)
    proof = proof_of_faults.make_record(faults, results, options, command, time.monotonic() - started)
    markdown = report.render_markdown(proof)
    files = {"teeth.json": dump(proof), "teeth.html": report.render_html(proof), "teeth.md": markdown}
    write_files(files, folder)
    if page is not None:
        write_whole(page, markdown)
    _keep_detections(options, results, detections)
    return proof


def _keep_detections(options: ProofOptions, results: list[FaultResult], detections: Path | None) -> None:
    """Write which test caught each fault, or say for which of them the file is out of date."""
    of_faults = [result for result in results if result.fault in options.faults]
    if detections is not None:
        write_detections(detections, options.detections, of_faults)
        return
    late = [] if options.without else late_detections(options.detections, of_faults)
    if late:
        print_notice(
            f"{many(len(late), 'fault')} not caught by the test that {shipped_detections()} names, which "
            f"cost only time: {', '.join(late)}; --detections FILE writes the present tests"
        )


def _print_proof(proof: ProofRecord, folder: Path, page: Path | None, *, as_json: bool) -> None:
    if as_json:
        print_json(proof)
        return
    if presentation().quiet:
        print_paragraphs([report.headline(proof)])
        return
    print_tables([_rows(proof)])
    print_paragraphs(report.summarize(proof))
    print_paragraphs([f"matrix in {folder / 'teeth.html'}" + (f" and {page}" if page else "")])


def _run_with_meter(options: ProofOptions, workers: int) -> list[FaultResult]:
    caught: list[bool] = []

    def count(result: FaultResult) -> None:
        if result.fault in options.faults:
            caught.append(result.caught)
        meter.advance(f"{caught.count(True)} caught, {caught.count(False)} missed")

    with closing(Meter("proving", "faults")) as meter:
        meter.begin(len(proof_of_faults.runs_of(options.faults)))
        return proof_of_faults.run_faults(options, workers, count)


def _rows(proof: ProofRecord) -> Iterator[tuple[str, ...]]:
    """The table of faults."""
    yield ("fault", "caught by", "exchanges", "seconds", "first seen in")
    for fault in proof.faults:
        caught = ", ".join(fault.checks) or "MISSED"
        first = fault.question or fault.trouble
        yield (fault.fault, caught, f"{fault.exchanges:,}", f"{fault.seconds:.1f}", first)
