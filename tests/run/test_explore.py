"""`storepact explore`: chunks, budgets, what is new, and the order of results."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from itertools import islice

import msgspec
import pytest

from commands import call
from small_provider import small_provider
from storepact.engines.corpus.journeys import PinnedJourney
from storepact.engines.corpus.values import content_id
from storepact.engines.questions import Question
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import Undetermined, UsageError
from storepact.model.outcome import Status
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.record.recorder import Recorder
from storepact.record.store import load_record
from storepact.record.values import InterestingCase, Novelty, Outcome
from storepact.run import session
from storepact.run.controller import prepare_tests
from storepact.run.durations import parse_duration
from storepact.run.explore import exploration, work
from storepact.run.explore.chunks import explored_tests, make_chunks, modes_of
from storepact.run.explore.exploration import Progress, explore
from storepact.run.explore.pool import Pool, SerialExecutor, open_pool
from storepact.run.explore.tasks import Budget, Work
from storepact.run.explore.work import ChunkResult
from storepact.run.plan import make_plan
from storepact.run.settings import Settings
from storepact.run.target import await_mock
from storepact.transport.interrupts import INTERRUPTS

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
TESTS = explored_tests(make_plan(DOCUMENT, DEFAULT_FAMILY, ()))


def test_all_operations_and_journeys_are_explored():
    """Those that seeds change."""
    operations = {test.value.operation for test in TESTS if isinstance(test.value, Question)}
    assert operations == set(DOCUMENT.operations)
    assert [test.value for test in TESTS if isinstance(test.value, int)] == [1, 2]


@pytest.mark.parametrize("cases", [1, 2, 3, 49, 50, 51, 1_000, 12_345])
def test_a_budget_of_cases_is_kept(cases):
    """Up to the second mode of the last case; the same chunks whatever else."""
    chunks = list(make_chunks(TESTS, DOCUMENT, 7, cases))
    total = sum(chunk.amount * modes_of(TESTS[chunk.test], DOCUMENT) for chunk in chunks)
    assert cases <= total <= cases + 1
    assert chunks == list(make_chunks(TESTS, DOCUMENT, 7, cases))


def test_seeds_move_on():
    """Each round has a seed of its own, and each seed of the run other rounds."""
    rounds = {chunk.round: chunk.seed for chunk in islice(make_chunks(TESTS, DOCUMENT, 7, None), 500)}
    others = {chunk.round: chunk.seed for chunk in islice(make_chunks(TESTS, DOCUMENT, 8, None), 500)}
    assert len(rounds) > 10
    assert len({*rounds.values(), *others.values()}) == len(rounds) + len(others)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5_400), ("45", 45), ("1.5m", 90), ("2H", 7_200)],
)
def test_durations(text, seconds):
    """As users write them."""
    assert parse_duration(text, "--time") == seconds


@pytest.mark.parametrize("text", ["", " ", "m", "ten", "-5m", "5d", "1m1h", "٣m", "1e3", "inf"])
def test_what_is_no_duration_is_refused(text):
    """With an example."""
    with pytest.raises(UsageError, match="write a duration such as 90s"):
        parse_duration(text, "--time")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "say how long to explore: --time 10m, --cases 5000"),
        (("--time", "0"), "--time must be above 0"),
        (("--time", "0m0s"), "--time must be above 0"),
        (("--cases", "0"), "--cases must be above 0"),
        (("--cases", "-3"), "--cases must be above 0"),
        (("--time", "soon"), "write a duration"),
        (("--cases", "many"), "--cases"),
        (("--cases", "5", "--workers", "0"), "--workers"),
        (("--cases", "5", "--operation", "nothing"), "there is no operation"),
        (("--cases", "5", "--target", "nowhere"), "nowhere"),
    ],
)
def test_wrong_calls(words, problem, tmp_path):
    """One line and exit code 2, before anything is sent."""
    done = call("explore", *words, "--report-dir", tmp_path / "report")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert problem in done.stderr


def result(chunk, *new, digests=(), status=Status.PASSED, ends=""):
    """The result of a chunk whose one interesting case reaches something new."""
    outcome = Outcome(suite="conformance", name=f"t{chunk.test}", status=status, reason="", seconds=0.0)
    novelties = tuple(Novelty(kind="row", what=name) for name in new)
    case = InterestingCase(test="t", operation="o", round=chunk.round, seed=chunk.seed, new=novelties)
    evidence = Recorder(outcomes=[outcome], exchanges=1).snapshot()
    return ChunkResult(chunk, evidence, tuple(digests), 2, 0, (case,) if new else (), ends)


def test_what_was_reached_before_is_not_new():
    """Of two chunks the first has it; a case counts once by its digest."""
    first, second = list(make_chunks(TESTS, DOCUMENT, 7, 60))[:2]
    progress = Progress(Recorder())
    progress.add(result(first, "a", "b", digests=("1", "2")))
    progress.add(result(second, "b", "c", digests=("2", "3")))
    section = progress.section(Budget(cases=60), DOCUMENT)
    assert [[entry.what for entry in case.new] for case in section.interesting] == [["a", "b"], ["c"]]
    assert (section.cases, section.repeated, section.new) == (3, 1, {"row": 3})


def test_a_failure_in_one_round_remains():
    """The outcome of a test over all rounds is the gravest."""
    chunks = [chunk for chunk in islice(make_chunks(TESTS, DOCUMENT, 7, None), 200) if chunk.test == 0][:3]
    progress = Progress(Recorder())
    for chunk, status in zip(chunks, (Status.PASSED, Status.FAILED, Status.PASSED), strict=True):
        progress.add(result(chunk, status=status))
    progress.close()
    assert [outcome.status for outcome in progress.recorder.outcomes] == [Status.FAILED]


class LatePool:
    """Ends its work in the opposite order of its beginning, four at a time."""

    def __init__(self):
        self.waiting = []

    def submit(self, function, start, chunk):
        future = Future()
        self.waiting.append((future, chunk))
        if len(self.waiting) == 4:
            while self.waiting:
                future_, chunk_ = self.waiting.pop()
                future_.set_result(result(chunk_, f"{chunk_.number // 2}"))
        return future


def run(executor, workers, cases, function, budget=None):
    progress = Progress(Recorder(), workers)
    work = Work(make_chunks(TESTS, DOCUMENT, 7, cases), budget or Budget(cases=cases))
    exploration._run(Pool(executor, workers, function), work, progress, lambda progress, seconds: None)
    return progress


def test_results_are_merged_in_the_order_of_chunks():
    """Whatever the number of processes: the same cases are interesting."""

    def work(start, chunk):
        return result(chunk, f"{chunk.number // 2}")

    cases = sum(50 if modes_of(test, DOCUMENT) == 2 else 25 for test in TESTS[:8])
    alone, several = run(SerialExecutor(), 1, cases, work), run(LatePool(), 2, cases, work)
    assert len(alone.interesting) >= 3
    assert alone.interesting == several.interesting
    assert alone.recorder.exchanges == several.recorder.exchanges


class LosingPool:
    """Loses a process at one chunk, some times, with all that is at work then."""

    def __init__(self, victim, times):
        self.victim, self.times, self.is_broken = victim, times, False

    def submit(self, function, start, chunk):
        future = Future()
        if chunk.number == self.victim and self.times:
            self.times -= 1
            self.is_broken = True
        if self.is_broken:
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(function(start, chunk))
        return future

    def restart(self):
        self.is_broken = False
        return self


@pytest.mark.parametrize(("times", "is_whole"), [(1, True), (3, True), (4, False)])
def test_a_lost_process_loses_no_chunk(times, is_whole):
    """Its chunks are done again, up to three times; then the exploration ends with what was merged."""

    def work(start, chunk):
        return result(chunk, f"{chunk.number // 2}")

    cases = sum(50 if modes_of(test, DOCUMENT) == 2 else 25 for test in TESTS[:8])
    alone, losing = run(SerialExecutor(), 1, cases, work), LosingPool(3, times)
    progress = Progress(Recorder(), 2)
    tasks = Work(make_chunks(TESTS, DOCUMENT, 7, cases), Budget(cases=cases))
    pool = Pool(losing, 2, work, restart=losing.restart)
    exploration._run(pool, tasks, progress, lambda progress, seconds: None)
    assert (progress.ends == "", alone.interesting == progress.interesting) == (is_whole, is_whole)


class Threads(ThreadPoolExecutor):
    """Threads in place of processes."""

    def __init__(self, workers, mp_context, initializer):
        super().__init__(1)


class BusyPool:
    """Has three chunks at work when the first one ends the exploration."""

    def __init__(self):
        self.futures = []

    def submit(self, function, start, chunk):
        future = Future()
        self.futures.append(future)
        if chunk.number < 3:
            future.set_running_or_notify_cancel()
        if len(self.futures) == 4:
            for number in range(3):
                self.futures[number].set_result(result(chunk, ends="" if number else "used up"))
        return future


def test_what_is_at_work_at_the_end_is_merged():
    """Its requests are in the totals; what nothing has begun is taken back."""
    pool = BusyPool()
    progress = run(pool, 2, None, None, Budget(seconds=600))
    assert (progress.ends, progress.recorder.exchanges) == ("used up", 3)
    assert pool.futures[3].cancelled()


@pytest.mark.parametrize(("most", "workers"), [(1, 1), (5, 2), (9, 1), (70, 2)])
def test_no_request_above_the_budget(tmp_path, monkeypatch, workers, most):
    """The clean-up included, which deletes everything; the totals have all requests."""
    if workers == 2:
        monkeypatch.setattr("storepact.run.explore.pool.ProcessPoolExecutor", Threads)
    monkeypatch.setenv("STOREPACT_TOKEN", "writer-of-the-budget-1")
    with small_provider() as provider:
        settings = Settings(
            target=provider.url, project="p", environment="e", allow_writes=True, report_dir=tmp_path,
            max_network_errors=100, max_requests=most, workers=workers,
            operation=("deleteIntegration", "getIntegration"),
        )  # fmt: skip
        with (
            nullcontext()
            if most == 70
            else pytest.raises(Undetermined, match=f"--max-requests {most} is used up")
        ):
            explore(settings, Budget(seconds=60), lambda progress, seconds: None)
    record = load_record(tmp_path)
    assert len(provider.requests) == record.traffic.requests
    assert any(f"--max-requests {most} is used up" in reason for reason in record.reasons)
    assert most / 2 - 5 <= len(provider.requests) <= most
    assert not provider.resources


def test_an_exploration_ends_where_the_target_does():
    """With what was done until then."""
    progress = run(SerialExecutor(), 1, 10_000, lambda start, chunk: result(chunk, ends="refused"))
    assert (progress.ends, progress.recorder.exchanges) == ("refused", 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_where_others_send_the_requests(number):
    """What is at work is awaited and merged, and no further chunk begins."""
    done = []

    def work_and_signal(start, chunk):
        if not done:
            os.kill(os.getpid(), number)
        done.append(chunk.number)
        return result(chunk)

    with INTERRUPTS.note(), ThreadPoolExecutor(1) as executor:
        progress = run(executor, 2, None, work_and_signal, Budget(seconds=20))
        INTERRUPTS.hold()
    assert progress.ends == "the run was interrupted"
    assert progress.chunks == len(done)


def test_time_that_is_used_up_ends_it():
    """No chunk begins after it."""
    progress = run(SerialExecutor(), 1, None, lambda start, chunk: result(chunk), Budget(seconds=1e-9))
    assert progress.recorder.exchanges == 0


def test_a_small_exploration(tmp_path):
    """Its record names the question, the seed and the case of what was new; it is no run of the history."""
    done = call("explore", "--cases", "40", "--operation", "createIntegration", "--report-dir", tmp_path)
    assert done.returncode == 0, done.stderr
    record = load_record(tmp_path)
    section = record.exploration
    assert 0 < section.cases <= 40
    assert section.new.keys() >= {"row", "keyword", "branch"}
    assert all(json.loads(case.case)["id"] == case.id for case in section.interesting if case.id)
    assert "first reached: " in done.stderr
    assert "of 40 cases" in done.stderr
    assert "history" not in done.stderr


_PARENT = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from storepact.run.explore.pool import end_with_parent
pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), end_with_parent)
print(pool.submit(os.getpid).result(), flush=True)
time.sleep(600)
"""


def test_processes_end_with_the_one_that_started_them():
    """Also if that is killed: the output, which they have in common, ends."""
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE) as parent:
        worker = int(parent.stdout.readline())
        parent.kill()
        try:
            assert parent.communicate(timeout=60) == (b"", None)
        except subprocess.TimeoutExpired:
            os.kill(worker, signal.SIGKILL)
            raise


def test_each_process_has_a_mock_of_its_own(tmp_path):
    """What a list holds, and so what a case is the first to reach, depends on its chunk alone."""
    with ExitStack() as resources:
        chosen = Settings(operation=("listIntegrations",), workers=2, report_dir=tmp_path)
        prepared = prepare_tests(chosen, {}, resources)
        chunk, *_ = make_chunks(explored_tests(prepared.whole_plan), prepared.document, 1, 5)
        elsewhere = replace(prepared, options=replace(prepared.options, base_url="http://127.0.0.1:9"))
        pool = resources.enter_context(open_pool(elsewhere))
        result = pool.submit(chunk).result()
    assert not result.ends
    assert result.evidence.exchanges > 0


def test_an_exploration_offers_journeys(tmp_path, monkeypatch):
    """With the steps of the story, their order, and what its responses were the first to show."""
    for module in (exploration, work):
        monkeypatch.setattr(module, "explored_tests", lambda plan: explored_tests(plan)[-1:])
    done = call("explore", "--cases", "2", "--workers", "1", "--report-dir", tmp_path)
    assert done.returncode == 0, done.stderr
    offers = load_record(tmp_path).exploration.interesting
    assert {offer.operation for offer in offers} == {""}
    first = msgspec.json.decode(offers[0].case, type=PinnedJourney)
    assert (first.id, first.journey, first.steps[0].rule) == (offers[0].id, 2, "create")
    assert content_id(first) == first.id
    assert {"row", "shape", "step"} <= {novelty.kind for novelty in offers[0].new}
    assert "step create 201" in {f"{novelty.kind} {novelty.what}" for novelty in offers[0].new}


def test_a_chunk_leaves_nothing_in_the_process(tmp_path, monkeypatch):
    """Neither the target with its connections nor the secrets: the memory does not grow with the chunks."""
    kept = []

    class Watched(work.Harness):
        def open(self):
            super().open()
            parts = (self, self.workspace, self.workspace.target, self.workspace.target.secrets)
            kept.extend(map(weakref.ref, parts))
            return self

    monkeypatch.setattr(work, "Harness", Watched)
    for module in (exploration, work):
        monkeypatch.setattr(module, "explored_tests", lambda plan: explored_tests(plan)[-3:])
    monkeypatch.setattr("storepact.run.explore.chunks.EXAMPLES", 2)
    thresholds = gc.get_threshold()
    gc.set_threshold(10_000_000)
    try:
        done = call("explore", "--cases", "12", "--workers", "1", "--report-dir", tmp_path)
        alive = [reference() for reference in kept if reference() is not None]
    finally:
        gc.set_threshold(*thresholds)
    assert done.returncode == 0, done.stderr
    assert len(kept) == 4 * len(TESTS[-3:])
    assert not alive


def test_an_exploration_has_findings(tmp_path, monkeypatch):
    """As any run."""

    def await_faulty_mock(starting, settings, faults=()):
        return await_mock(starting, settings, ("create-without-id",))

    monkeypatch.setattr(session, "await_mock", await_faulty_mock)
    done = call("explore", "--cases", "4", "--operation", "createIntegration", "--report-dir", tmp_path)
    assert done.returncode == 1, done.stdout
    assert load_record(tmp_path).findings
