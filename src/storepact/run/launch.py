"""A run of the suites in this process: pytest's own output is put aside, progress is shown."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from storepact.engines.preflight import Preflight
from storepact.mock.serve import StartingMock
from storepact.model.counts import many
from storepact.model.errors import Undetermined, UsageError
from storepact.model.paths import data_path
from storepact.run.controller import Controller, prepare_tests
from storepact.run.finish import FinishedRun, UntestedRun
from storepact.run.forked_tests import ForkedTests
from storepact.run.plan import Parameter
from storepact.run.progress import Meter, WaitNotice, print_notice
from storepact.run.session import PreparedRun
from storepact.run.settings import Settings
from storepact.transport.har_spool import begin_har, finish_har
from storepact.transport.interrupts import INTERRUPTS

#: Plugins of pytest that a run does without: each takes time at the start, in each test or at the end.
_UNUSED_PLUGINS = (
    "cacheprovider",
    "doctest",
    "faulthandler",
    "junitxml",
    "legacypath",
    "logging",
    "pastebin",
    "stepwise",
    "threadexception",
    "unraisableexception",
)

#: How many lines of pytest's own output are shown where pytest itself failed.
_LAST_LINES = 15

#: What is sent in place of the pinned cases, where these are for another document.
_CASES_OF_CACHE = (
    "the pinned cases are for another document than {}: cases are generated for it, and kept in {}"
)


def run_suites(
    settings: Settings,
    environment: Mapping[str, str] | None = None,
    mock: StartingMock | None = None,
    *,
    announces: bool = True,
) -> FinishedRun:
    """Run the suites that the settings name, on their target.

    `environment` holds the tokens; it is the process' own if not given. `mock` is that of `prepare`. A run on
    a live target `announces` what it will do there; a forecast does not. A HAR file that cannot be written
    takes no verdict away.

    Raises:
        StorepactError: no test was made, and this is why.

    """
    if settings.save_har is None:
        return _run(settings, environment, mock, announces)
    begin_har(settings.save_har)
    try:
        finished = _run(settings, environment, mock, announces)
    except BaseException:
        with contextlib.suppress(UsageError):
            finish_har(settings.save_har)
        raise
    try:
        finish_har(settings.save_har)
    except UsageError as error:
        return replace(finished, problem=finished.problem or error)
    return finished


def _run(
    settings: Settings, environment: Mapping[str, str] | None, mock: StartingMock | None, announces: bool
) -> FinishedRun:
    with INTERRUPTS.note(), contextlib.ExitStack() as resources:
        chosen = os.environ if environment is None else environment
        prepared = prepare_tests(settings, chosen, resources, mock)
        if announces and prepared.options.run_mark and not settings.sends_nothing:
            print_notice(announcement(prepared))
        if announces and prepared.options.corpus_is_cache and _sends_cases(prepared):
            print_notice(_CASES_OF_CACHE.format(prepared.document.path.name, prepared.options.corpus))
        title = f"testing {settings.target}" if announces else "counting on a mock what would be sent"
        return _run_plan(prepared, title)


def _sends_cases(prepared: PreparedRun) -> bool:
    """Whether a chosen test sends pinned cases or journeys."""
    suites = prepared.settings.suites
    parameters = (Parameter.QUESTION, Parameter.JOURNEY)
    return any(test.suite in suites and test.parameter in parameters for test in prepared.plan.tests)


def announcement(prepared: PreparedRun) -> str:
    """What a run on a live target will do there at most, for the user to read before its first test."""
    options, preflight = prepared.options, prepared.preflight
    most = options.limits.max_requests
    requests = "no limit on requests" if most is None else f"at most {many(most, 'request')}"
    scope = "" if preflight is None else f" in {preflight.scope}"
    listed = "" if preflight is None else _describe_list(preflight)
    writes = "nothing is written"
    if options.writable:
        workers = prepared.settings.processes
        processes = f" in each of {workers} processes" if workers > 1 else ""
        most_resources = many(options.max_resources or 0, "resource")
        writes = f"at most {most_resources} at once{processes}, each marked {options.run_mark}"
    return f"{requests} to {options.base_url}{scope}{listed}; {writes}"


def _describe_list(preflight: Preflight) -> str:
    """What the target lists, and how often a run reads a list that is large."""
    if preflight.existing is None:
        return ""
    listed = f"; it lists {preflight.existing:,} now"
    if preflight.check_stride == 1:
        return listed
    return (
        f"{listed} ({preflight.list_size / 1e6:.0f} MB), so that scenarios send "
        f"1 in {preflight.check_stride} of their checks of the list"
    )


def _run_plan(prepared: PreparedRun, title: str) -> FinishedRun:
    """Run the tests; `title` says on the meter what they are for."""
    _isolate_pytest()
    controller = Controller(prepared.settings, prepared)
    output = io.StringIO()
    with (
        contextlib.closing(Meter(title, "test")) as meter,
        WaitNotice(prepared.options.pace, meter.note),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
        contextlib.suppress(KeyboardInterrupt),
    ):
        progress = Progress(meter, lambda: describe_progress(controller))
        plugins = [controller, progress, ForkedTests(controller, [progress])]
        pytest.main(_pytest_arguments(prepared), plugins=plugins)
    if controller.error is not None:
        raise controller.error
    if controller.finished is None:
        lines = [line for line in output.getvalue().splitlines() if line.strip()]
        print("\n".join(lines[-_LAST_LINES:]), file=sys.stderr)
        raise Undetermined("the suites could not be run; see above")
    if not controller.finished.has_tests and controller.finished.record.reasons:
        raise UntestedRun(controller.finished)
    return controller.finished


def _isolate_pytest() -> None:
    """Keep the options, plugins and caches of the user's own pytest out of the run."""
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")


def _pytest_arguments(prepared: PreparedRun) -> list[str]:
    """The suites and pytest's own options; the settings reach the plugin as an object."""
    settings = prepared.settings
    suites = data_path("suites")
    arguments = ["-p", "storepact.run.plugin", "-c", os.devnull, "--rootdir", str(suites)]
    arguments += ["--confcutdir", str(suites)]  # pytest lists and searches the folders above it otherwise
    arguments += ["-q", "--tb=short"]
    arguments += [word for name in _UNUSED_PLUGINS for word in ("-p", f"no:{name}")]
    if prepared.worker_urls:
        arguments += ["--capture", "sys"]  # forked processes share the files of `fd`
    elif settings.processes > 1:
        arguments += ["-p", "xdist.plugin", "-n", str(settings.processes)]
        arguments += ["--dist", "loadgroup", "--max-worker-restart", "0"]
    return arguments + [str(suites / name) for name in settings.suites]


def describe_progress(controller: Controller) -> str:
    """What a run has recorded so far, in a few words."""
    recorder = controller.recorder
    count = len(recorder.findings)
    return f"{many(recorder.exchanges, 'exchange')}, {many(count, 'finding')}"


class Progress:
    """A pytest plugin that shows on a meter how many tests are done."""

    def __init__(self, meter: Meter, describe: Callable[[], str]) -> None:
        self._meter, self._describe = meter, describe

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without workers: how many tests there are."""
        self._meter.begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        """With workers: how many tests there are."""
        self._meter.begin(len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One test more is done."""
        if report.when == "teardown":
            self._meter.advance(self._describe())
