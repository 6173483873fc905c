"""The pytest plugin: options, fixtures and short hooks; what they do is in harness and record."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from storepact.engines.harness import Harness, Settings
from storepact.engines.options import DEFAULT_SEED
from storepact.engines.questions import JOURNEYS, questions
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import PrerequisiteMissing, StorepactError, TargetTimedOut, TargetUnreachable
from storepact.model.outcome import Status
from storepact.model.paths import accepted_path, data_path
from storepact.record.recorder import Recorder
from storepact.run.session import Session, status_of, suite_of
from storepact.transport.interrupts import INTERRUPTS

SESSION = pytest.StashKey[Session]()
HARNESS = pytest.StashKey[Harness]()
STATUS = pytest.StashKey[tuple[Status, str]]()
PARCEL = "storepact"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; `storepact verify` takes the same ones."""
    group = parser.getgroup("storepact", "contract tests of a provider")
    group.addoption("--target", default="mock", help="mock, commercial, federal, eu, or a URL")
    group.addoption("--project", default=None, help="key of the project to work in")
    group.addoption("--environment", default=None, help="key of the environment to work in")
    group.addoption(
        "--allow-writes", action="store_true", help="let the run create, change and delete on a live target"
    )
    group.addoption(
        "--isolation-scope", default=None, help="PROJECT/ENV: a second place that the run may write to"
    )
    group.addoption("--profile", default="gate", help="how much is generated: gate or explore")
    group.addoption("--seed", type=int, default=DEFAULT_SEED, help="the same seed makes the same cases")
    group.addoption("--examples", type=int, default=None, help="fuzzed cases per operation, kind and mode")
    group.addoption(
        "--report-dir", type=Path, default=Path("storepact-report"), help="where run.json and the reports go"
    )
    group.addoption(
        "--openapi",
        type=Path,
        default=data_path("openapi", DEFAULT_FAMILY.document),
        help="the document to hold the provider to",
    )
    group.addoption("--contracts", type=Path, default=None, help="the folder with the pacts")
    group.addoption(
        "--accepted",
        type=Path,
        default=None,
        help="the file of accepted findings; accepted.json beside the pacts",
    )
    group.addoption(
        "--baseline",
        action="append",
        default=[],
        help="an earlier run to compare with; may be repeated, oldest first",
    )
    group.addoption(
        "--drift",
        type=Path,
        default=None,
        help="a drift.json: what it says of the published document goes on record",
    )
    group.addoption(
        "--history",
        default=None,
        help="keep runs in this database, or none; a file in the state folder if not given",
    )
    group.addoption(
        "--provider", default=None, help="what the pacts call the provider, if it is another name"
    )
    group.addoption("--broker-url", default=None, help="take the pacts from the Pact Broker there")
    group.addoption("--consumer-branch", default=None, help="the consumers' branch whose pacts are taken")
    group.addoption("--provider-version", default=None, help="the version of the provider that is asked")
    group.addoption("--provider-branch", default=None, help="the branch of the provider that is asked")
    group.addoption("--publish", action="store_true", help="give the results to the broker")
    group.addoption("--target-timeout", type=float, default=10.0, help="seconds to wait for an answer")
    group.addoption(
        "--update-contracts", action="store_true", help="rewrite contracts/ from suites/consumers"
    )


def pytest_configure(config: pytest.Config) -> None:
    """What this process knows of the run."""
    option = config.option
    worker = getattr(config, "workerinput", None)
    settings = Settings(
        target=option.target,
        project=option.project,
        environment=option.environment,
        allow_writes=option.allow_writes,
        profile=option.profile,
        seed=option.seed,
        examples=option.examples,
        openapi=option.openapi,
        contracts=option.contracts or data_path("contracts"),
        accepted=option.accepted or accepted_path(option.contracts),
        baseline=tuple(option.baseline),
        history=option.history,
        drift=option.drift,
        report_dir=option.report_dir,
        timeout=option.target_timeout,
        workers=getattr(option, "numprocesses", None) or 1,
        isolation_scope=option.isolation_scope,
        provider=option.provider,
        broker_url=option.broker_url,
        consumer_branch=option.consumer_branch,
        provider_version=option.provider_version,
        provider_branch=option.provider_branch,
        publish=option.publish,
    )
    config.stash[SESSION] = Session(settings, DEFAULT_FAMILY, is_worker=worker is not None)
    if worker is not None:
        config.stash[SESSION].join(json.loads(worker["storepact"]), worker["workerid"])
    else:
        config.pluginmanager.register(Listener(config.stash[SESSION]), "storepact-listener")


def asks_target(config: pytest.Config) -> bool:
    """Whether this pytest run asks a target: one of our suites does, `consumers` alone does not."""
    named = [Path(str(arg).partition("::")[0]).resolve() for arg in config.args]
    return any("suites" in path.parts and "consumers" not in path.parts for path in named)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`suites/consumers` is run by name only: it writes contracts and asks no target."""
    if collection_path.name == "consumers" and collection_path.parent.name == "suites":
        return None if any("consumers" in str(arg) for arg in config.args) else True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Make sure of everything, start the mock if it is the target."""
    ours = session.config.stash[SESSION]
    if ours.is_worker or session.config.option.collectonly or not asks_target(session.config):
        return
    try:
        ours.start(os.environ)
        if not getattr(session.config.option, "numprocesses", None):
            INTERRUPTS.install()
    except StorepactError as error:
        pytest.exit(f"storepact: {error}", returncode=error.exit_code)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the target is; tokens travel through a pipe."""
    node.workerinput["storepact"] = json.dumps(node.config.stash[SESSION].invitation())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take in what a worker still had to say."""
    said = getattr(node, "workeroutput", {}).get(PARCEL)
    if said:
        node.config.stash[SESSION].recorder.merge(json.loads(said))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One item for each question, interaction, scenario and journey."""
    session, names = metafunc.config.stash[SESSION], metafunc.fixturenames
    suite = suite_of(metafunc.definition.path)
    if metafunc.definition.path.parents[1].name != "suites":
        return
    found: list[tuple[Any, str, str]] = []
    if "question" in names:
        asked = questions(session.document, session.family, session.settings.writable)
        found = [(each, str(each), each.kind or "list") for each in asked if each.suite == suite]
    elif "interaction" in names:
        found = [(interaction, str(interaction), "redis") for interaction in session.interactions()]
    elif "scenario" in names:
        found = [
            (scenario, scenario.name, "dynamodb")
            for scenario in session.family.scenarios
            if scenario.suite == suite
        ]
    elif "journey" in names:
        found = [(number, str(number), "redis") for number in JOURNEYS]
    for name in {"question", "interaction", "scenario", "journey"} & set(names):
        marks = [
            pytest.param(value, id=label, marks=pytest.mark.xdist_group(group))
            for value, label, group in found
        ]
        metafunc.parametrize(name, marks)


@pytest.fixture(scope="session")
def harness(request: pytest.FixtureRequest) -> Iterator[Harness]:
    """What the suites hold."""
    session = request.config.stash[SESSION]
    ours = session.harness().open()
    request.config.stash[HARNESS] = ours
    yield ours
    for left in ours.close():
        ours.recorder.troubles.append(f"could not delete {left}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Three-valued outcomes, and the item's evidence on its last report."""
    report: Any = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, PrerequisiteMissing):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"Skipped: {error}")
    status = status_of(report, error)
    if status is not None and item.stash.get(STATUS, (Status.PASSED, ""))[0] is Status.PASSED:
        item.stash[STATUS] = status
    if isinstance(error, TargetUnreachable | TargetTimedOut):
        item.session.shouldstop = str(error)
    if call.when == "teardown":
        report.user_properties.append((PARCEL, _parcel(item, report)))
    return report


def _parcel(item: pytest.Item, report: Any) -> str:
    status, reason = item.stash.get(STATUS, (Status.PASSED, ""))
    harness = item.config.stash.get(HARNESS, None)
    parcel = harness.take() if harness else Recorder().as_parcel()
    seconds = time.time() - item.stash.get(STARTED, time.time())
    parcel["outcomes"].append(
        {
            "suite": suite_of(item.path),
            "name": item.name,
            "status": status,
            "reason": reason,
            "seconds": round(seconds, 3),
        }
    )
    return json.dumps(parcel)


STARTED = pytest.StashKey[float]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note when it began."""
    item.stash[STARTED] = time.time()


class Listener:
    """The controller's ear: gathers the parcels, from this process or from workers."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Merge an item's evidence."""
        for name, value in report.user_properties:
            if name == PARCEL and report.when == "teardown":
                self.session.recorder.merge(json.loads(str(value)))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Workers send what is left; the controller writes the record and says the verdict."""
    ours = session.config.stash[SESSION]
    if ours.is_worker:
        harness = session.config.stash.get(HARNESS, None)
        if harness is not None:
            vars(session.config)["workeroutput"][PARCEL] = json.dumps(harness.take())
        return
    if not ours.started:
        return
    harness = session.config.stash.get(HARNESS, None)
    if harness is not None:
        for left in harness.close():
            ours.recorder.troubles.append(f"could not delete {left}")
        ours.recorder.merge(harness.take())
    ours.finish(exitstatus, stopped=session.shouldstop)
    session.exitstatus = ours.verdict.exit_code


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the mock."""
    config.stash[SESSION].close()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The console report, under pytest's own."""
    ours = config.stash[SESSION]
    if ours.record is not None:
        terminalreporter.write_line("")
        terminalreporter.write(ours.console(width=terminalreporter._tw.fullwidth, color=False))
