"""The options of what is tested: target, scope, selection, amount, documents, results.

The options of how a target is reached follow in `settings`.
"""

from __future__ import annotations

from pathlib import Path

from storepact.engines.profiles import DEFAULT_SEED, PROFILES
from storepact.model.outcome import STORE, SUITES
from storepact.model.values import lean_value
from storepact.run.options import (
    CLEANUP,
    EVERYWHERE,
    EXPLORE,
    MERGE,
    ONLY_VERIFY,
    PROVE,
    REACHING,
    REPLAY,
    RUNS,
    option,
)

#: The value of `--target` for the embedded mock, and of `--history` for no history.
MOCK, NO_HISTORY = "mock", "none"

#: How many resources of a run may exist at once on a live target, unless `--max-resources` says otherwise.
LIVE_RESOURCES = 20


@lean_value(frozen=True)
class RunSettings:
    """What a run tests, with which documents, and where its results go.

    The paths of files are None where the family's own are meant.
    """

    target: str = option(
        MOCK,
        "mock, commercial, federal, eu, a URL, or a name of storepact.toml.",
        commands=RUNS | {CLEANUP, EXPLORE},
        required_by=frozenset({CLEANUP}),
    )
    project: str | None = option(
        None, "Key of the project to work in; default if not given.", commands=REACHING
    )
    environment: str | None = option(
        None,
        "Key of the environment to work in; the first of test, development that exists if not given.",
        commands=REACHING,
    )
    allow_writes: bool = option(False, "Create, change and delete on a live target.", commands=EVERYWHERE)
    allow_enable: bool = option(
        False,
        "Switch resources on at a live target; without it they stay off.",
        commands=EVERYWHERE,
        only_writing=True,
    )
    allow_production: bool = option(
        False, "Work in an environment that is called production.", commands=EVERYWHERE
    )
    max_resources: int | None = option(
        None,
        f"How many resources may exist at once on a live target; {LIVE_RESOURCES} if not given.",
        commands=EVERYWHERE,
        minimum=1,
        only_writing=True,
    )
    isolation_scope: tuple[str, ...] = option(
        (),
        "A further project and environment that the run may write to: nothing may leak between it and the "
        "run's own. May be repeated: another environment of the same project, and another project.",
        commands=EVERYWHERE,
        metavar="PROJECT/ENV",
        only_writing=True,
    )
    suite: tuple[str, ...] = option(
        (),
        f"Only this suite; may be repeated: {', '.join(SUITES)}, or {STORE}, which only runs if named.",
        commands=ONLY_VERIFY,
        pytest=False,
    )
    operation: tuple[str, ...] = option(
        (),
        "Only this operation, by its id or as 'METHOD /path'; may be repeated.",
        commands=ONLY_VERIFY | {EXPLORE},
        metavar="OPERATION",
        pytest=False,
    )
    check: tuple[str, ...] = option(
        (),
        "Only this check, by its code or name; may be repeated. See storepact checks.",
        commands=ONLY_VERIFY,
        metavar="CHECK",
        pytest=False,
    )
    exclude_check: tuple[str, ...] = option(
        (),
        "Leave out this check; may be repeated.",
        commands=ONLY_VERIFY,
        metavar="CHECK",
        pytest=False,
    )
    shard: str | None = option(
        None,
        "Only this part, such as 3/8: each test belongs to one of 8 parts, by its name, or each portion of "
        "an exploration, by its number; storepact merge makes one record of all parts.",
        commands=ONLY_VERIFY | {EXPLORE},
        metavar="K/N",
        pytest=False,
    )
    max_failures: int | None = option(
        None,
        "Stop after so many findings that are not accepted; -x alone stops after the first.",
        commands=ONLY_VERIFY,
        metavar="N",
        minimum=1,
        pytest=False,
        short="-x",
    )
    profile: str | None = option(
        None,
        f"How much is generated: {', '.join(PROFILES)}; live for targets on other machines and gate else, if "
        "not given.",
    )
    seed: int = option(DEFAULT_SEED, "The same seed makes the same cases.", commands=EVERYWHERE - {REPLAY})
    examples: int | None = option(
        None,
        "Fuzzed cases per operation, kind and mode; of the gate, those beside the pinned ones.",
        minimum=1,
    )
    corpus_dir: str | None = option(
        None,
        "The folder of pinned cases, or none to generate every case; those that ship with storepact if not "
        "given.",
        commands=RUNS | {PROVE},
        metavar="DIR",
    )
    workers: int | None = option(
        None,
        "Processes that send requests at the same time; one record. If not given, 1, and 2 for the suites on "
        "the embedded mock where there are 2 cores.",
        commands=RUNS | {EXPLORE},
        minimum=1,
        maximum=16,
        pytest=False,
    )
    report_dir: Path = option(
        Path("storepact-report"), "The folder for run.json and the reports.", commands=EVERYWHERE | {MERGE}
    )
    save_har: Path | None = option(
        None,
        "Save every exchange in this HAR file, secrets masked; storepact check judges it again.",
        commands=ONLY_VERIFY,
        metavar="FILE",
        pytest=False,
    )
    openapi: Path | None = option(
        None, "The OpenAPI document that the provider is held to.", commands=REACHING | {MERGE}
    )
    contracts: Path | None = option(None, "The folder with the pacts.", commands=EVERYWHERE | {MERGE})
    accepted: Path | None = option(
        None,
        "The file of accepted findings; accepted.json beside the pacts if not given.",
        commands=RUNS | {MERGE, EXPLORE},
    )
    baseline: tuple[str, ...] = option(
        (),
        "An earlier run to compare with: a run.json, its folder, latest-green, or the number of a run in the "
        "history; may be repeated, oldest first.",
        commands=ONLY_VERIFY | {MERGE},
        metavar="RUN",
    )
    fail_on_not_verified: bool = option(
        False,
        "Undetermined (exit code 3) if anything that this target can show was not verified.",
        commands=RUNS | {MERGE},
    )
    min_coverage: float | None = option(
        None,
        "Undetermined (exit code 3) if a smaller share of the owed rows of the document was covered.",
        commands=RUNS | {MERGE},
        metavar="PERCENT",
        minimum=0,
        maximum=100,
    )
    history: str | None = option(
        None,
        "The database of runs: a file, postgresql://USER@HOST/NAME, or none; STOREPACT_HISTORY or a file in "
        "the state folder if not given.",
        commands=RUNS | {REPLAY, MERGE},
        metavar="URL",
    )
    provider: str | None = option(
        None,
        "The provider's name in the pacts, if it has another one there.",
        commands=RUNS | {REPLAY, EXPLORE},
    )
    broker_url: str | None = option(
        None, "Fetch the pacts from the Pact Broker at this URL.", commands=ONLY_VERIFY
    )
    consumer_branch: str | None = option(
        None, "With --broker-url: the consumers' branch whose pacts are fetched.", commands=ONLY_VERIFY
    )
    provider_version: str | None = option(
        None,
        "The version or build of the provider that is tested: it is in the record and the reports; with "
        "--publish the results belong to it.",
    )
    provider_branch: str | None = option(
        None, "With --broker-url: the branch of the provider that is tested.", commands=ONLY_VERIFY
    )
    publish: bool = option(
        False, "With --broker-url: publish the results to the broker.", commands=ONLY_VERIFY
    )
    dry_run: bool = option(
        False,
        "Send nothing to the target: make the same run on the embedded mock, and print what it sends.",
        commands=ONLY_VERIFY,
        pytest=False,
    )
    drift: Path | None = option(
        None,
        "A drift.json; its verdict on the published document becomes part of the run's.",
        commands=frozenset(),
    )
