"""`storepact explore --scheduler`: chunks on a Dask cluster, and a worker that is killed in the middle."""

from __future__ import annotations

import os
import signal

import pytest

from commands import call
from storepact.model.case import Auth
from storepact.run.explore.exploration import explore
from storepact.run.explore.tasks import Budget
from storepact.run.settings import Settings

distributed = pytest.importorskip(
    "distributed", reason="distributed is not installed: pip install 'storepact[dask]'"
)

from storepact.run.explore.cluster import remote_start  # noqa: E402
from storepact.run.workers import decode_start, encode_message  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def cluster():
    """Two processes of this machine."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


def evidence(run):
    """What may not depend on processes and losses."""
    record = run.record
    section = record.exploration
    return (
        section.cases, section.repeated, section.rounds, section.interesting, record.verdict,
        record.exchanges_total, {outcome.name: outcome.status for outcome in record.outcomes},
    )  # fmt: skip


def settings(folder):
    return Settings(operation=("createIntegration",), report_dir=folder)


def test_a_killed_worker_loses_no_case(cluster, tmp_path):
    """Its chunk runs again; cases, findings and what is new are those of one process."""
    budget, victims = Budget(cases=60), []

    def kill_once(progress, seconds):
        if progress.generated and not victims:
            with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
                victims.extend(client.run(os.getpid).values())
            os.kill(victims[0], signal.SIGKILL)

    several = explore(settings(tmp_path / "several"), budget, kill_once, cluster.scheduler_address)
    assert len(victims) == 2
    alone = explore(settings(tmp_path / "alone"), budget, lambda progress, seconds: None)
    assert evidence(several) == evidence(alone)
    assert several.record.exploration.workers == 2


def test_a_scheduler_that_is_not_there(tmp_path, monkeypatch):
    """Exit code 3 within a time, with what to do."""
    monkeypatch.setattr("storepact.run.explore.cluster.TIMEOUT", 1)
    words = ("--cases", "5", "--scheduler", "tcp://127.0.0.1:1", "--report-dir", tmp_path)
    done = call("explore", *words)
    assert done.returncode == 3, done.stderr
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["", "nonsense://x", "http://127.0.0.1:1"])
def test_what_is_no_address(tmp_path, monkeypatch, address):
    """Never a traceback."""
    monkeypatch.setattr("storepact.run.explore.cluster.TIMEOUT", 1)
    done = call("explore", "--cases", "5", f"--scheduler={address}", "--report-dir", tmp_path)
    assert done.returncode in (2, 3), done.stderr
    assert "internal error" not in done.stderr


def test_tasks_have_no_secrets(tmp_path):
    """A worker takes tokens from its environment; the rate is divided."""
    from contextlib import ExitStack

    from storepact.run.session import prepare

    with ExitStack() as resources:
        prepared = prepare(Settings(report_dir=tmp_path, rate=6.0), {}, resources)
        text = encode_message(remote_start(prepared, 3))
    assert prepared.credentials.tokens[Auth.WRITER] not in text
    start = decode_start(text)
    assert (start.tokens, start.options.limits.rate, start.options.pace) == ({}, 2.0, None)
    assert start.variables[Auth.WRITER] == "STOREPACT_TOKEN"
