"""`storepact prove`: run the gate against every fault of the mock, or compare the mock with a target."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from storepact.cli.options import AsJson, Choices
from storepact.cli.run_options import takes_settings
from storepact.model.errors import UsageError
from storepact.model.outcome import Verdict
from storepact.run.options import PROVE
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
        from storepact.cli.mock_comparison import compare_with_mock

        return compare_with_mock(replace(settings, target=target), choice, as_json=as_json)
    _refuse_scope(settings, choice)
    from storepact.cli import proof  # it imports the engines

    options = proof.proof_options(settings, fault, without, exhaustive=exhaustive, corpus_alone=corpus)
    options = proof.begin_with(options, detections)
    folder, processes = settings.report_dir, workers or os.cpu_count() or 1
    record = proof.prove_faults(options, processes, folder, page, detections)
    proof.print_proof(record, folder, page, as_json=as_json)
    return proof.verdict(record)


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
