"""The pytest plugin of the suites: options, parameters, the `harness` fixture, outcomes."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from storepact.engines.harness import Harness
from storepact.model.errors import (
    PrerequisiteMissing,
    RunEnded,
    TargetTimedOut,
    TargetUnreachable,
    UsageError,
)
from storepact.model.outcome import STORE, SUITES, Status
from storepact.run.controller import Controller
from storepact.run.outcomes import Result, planned_test, result_of, suite_of, title_of
from storepact.run.participants import PARTICIPANT, Worker
from storepact.run.plan import Parameter, Plan
from storepact.run.pytest_options import add_options, read_options
from storepact.run.workers import decode_start

RESULT = pytest.StashKey[Result]()
STARTED = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run; `storepact verify` has the same ones."""
    add_options(parser)
    group = parser.getgroup("storepact")
    group.addoption(
        "--update-contracts", action="store_true", help="rewrite contracts/ from suites/consumers"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Decide which part this process has in the run: it leads it, or is a worker of it."""
    config.addinivalue_line("markers", "planned(test): the test of the plan that an item runs")
    message = getattr(config, "workerinput", None)
    if message is not None:
        start = decode_start(message["storepact"]) if message["storepact"] else None
        worker = Worker(start, message["workerid"])
        config.pluginmanager.register(worker, "storepact-worker")
        config.stash[PARTICIPANT] = worker
        return
    registered = (plugin for plugin in config.pluginmanager.get_plugins() if isinstance(plugin, Controller))
    controller = next(registered, None)
    if controller is None:
        workers = getattr(config.option, "numprocesses", None) or 1
        try:
            controller = Controller(read_options(config.option, workers=workers))
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        config.pluginmanager.register(controller, "storepact-controller")
    config.stash[PARTICIPANT] = controller


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Run `suites/consumers` only where it is named: it writes contracts and needs no target."""
    if collection_path.name == "consumers" and collection_path.parent.name == "suites":
        return None if any("consumers" in str(argument) for argument in config.args) else True
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item for each question, interaction, scenario and journey."""
    path = metafunc.definition.path
    if path.parents[1].name != "suites":
        return
    for parameter in Parameter:
        if parameter in metafunc.fixturenames:
            plan = metafunc.config.stash[PARTICIPANT].plan
            values = [
                pytest.param(
                    test.value,
                    id=test.label,
                    marks=(pytest.mark.xdist_group(test.group), pytest.mark.planned(test)),
                )
                for test in plan.of(suite_of(path), parameter)
            ]
            metafunc.parametrize(parameter, values)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out functions for which a selection leaves no test, and what another shard runs."""
    if not any(
        item.path.parents[1].name == "suites" and suite_of(item.path) in (*SUITES, STORE) for item in items
    ):
        return
    plan = config.stash[PARTICIPANT].plan
    items[:] = [item for item in items if _belongs_to(plan, item)]


def _belongs_to(plan: Plan, item: pytest.Item) -> bool:
    """Whether a plan has an item: a test of it, or a function that has no values of parameters."""
    if planned_test(item) is not None:
        return True
    if item.name.endswith("[NOTSET]"):
        suite, whole = suite_of(item.path), plan.whole or plan
        parameters = [entry for entry in Parameter if entry in getattr(item, "fixturenames", ())]
        if whole.is_partial or any(whole.of(suite, parameter) for parameter in parameters):
            return False
    return plan.shard is None or plan.shard.has(title_of(item))


@pytest.fixture(scope="session")
def harness(request: pytest.FixtureRequest) -> Harness:
    """The harness on the run's target; its participant closes it after the last test."""
    return request.config.stash[PARTICIPANT].open_harness()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note when the test began."""
    item.stash[STARTED] = time.monotonic()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Record the item's outcome after its last phase; the first phase that did not pass decides it."""
    report: pytest.TestReport = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, PrerequisiteMissing):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"Skipped: {error}")
    result = result_of(report, error)
    if item.stash.get(RESULT, Result()).status is Status.PASSED:
        item.stash[RESULT] = result
    if isinstance(error, RunEnded | TargetUnreachable | TargetTimedOut):
        item.session.shouldstop = str(error)
    if call.when == "teardown":
        seconds = time.monotonic() - item.stash.get(STARTED, time.monotonic())
        item.config.stash[PARTICIPANT].record_outcome(item, item.stash[RESULT], seconds, report)
    return report
