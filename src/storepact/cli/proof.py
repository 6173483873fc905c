"""What `storepact prove` does with its options: run the gate against faults, write and print the matrix."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from storepact.cli.output import print_json
from storepact.model.counts import many
from storepact.model.errors import UsageError
from storepact.model.presentation import presentation
from storepact.openapi.load import load_document
from storepact.record.store import dump, usable_folder, write_whole
from storepact.record.values import ProofRecord
from storepact.report import teeth as report
from storepact.report import write_files
from storepact.report.terminal import print_paragraphs, print_tables
from storepact.run import prove as proof_of_faults
from storepact.run.corpus import corpus_of, is_cache
from storepact.run.detections import late_detections, read_detections, shipped_detections, write_detections
from storepact.run.progress import Meter, print_notice
from storepact.run.prove import verdict
from storepact.run.prover import FaultResult, ProofOptions
from storepact.run.settings import Settings

__all__ = ["begin_with", "print_proof", "proof_options", "prove_faults", "verdict"]


def proof_options(
    settings: Settings,
    faults: tuple[str, ...],
    without: tuple[str, ...],
    *,
    exhaustive: bool,
    corpus_alone: bool,
) -> ProofOptions:
    """What is proved.

    Raises:
        UnknownName: a fault or a check does not exist.
        UsageError: --corpus is given, and there is none.

    """
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


def begin_with(options: ProofOptions, detections: Path | None) -> ProofOptions:
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


def prove_faults(
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


def print_proof(proof: ProofRecord, folder: Path, page: Path | None, *, as_json: bool) -> None:
    """Print the matrix: as JSON, as its first line where the command is quiet, or as a table."""
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

    with closing(Meter("proving", "fault")) as meter:
        meter.begin(len(proof_of_faults.runs_of(options.faults)))
        return proof_of_faults.run_faults(options, workers, count)


def _rows(proof: ProofRecord) -> Iterator[tuple[str, ...]]:
    """The table of faults."""
    yield ("fault", "caught by", "exchanges", "seconds", "first seen in")
    for fault in proof.faults:
        caught = ", ".join(fault.checks) or "MISSED"
        first = fault.question or fault.trouble
        yield (fault.fault, caught, f"{fault.exchanges:,}", f"{fault.seconds:.1f}", first)
