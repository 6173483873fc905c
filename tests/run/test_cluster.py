"""`storepact explore --scheduler`: chunks on a Dask cluster, and a worker that is killed in the middle."""

from __future__ import annotations

import os
import signal
import socket
import struct
import threading
from dataclasses import replace

import pytest

from commands import call
from small_provider import small_provider
from storepact.model.case import Auth
from storepact.model.errors import Undetermined
from storepact.run.explore.exploration import explore
from storepact.run.explore.tasks import Budget
from storepact.run.merge import merge_shards
from storepact.run.settings import Settings

distributed = pytest.importorskip(
    "distributed", reason="distributed is not installed: pip install 'storepact[dask]'"
)

from storepact.run.explore.cluster import greet, remote_start  # noqa: E402
from storepact.run.workers import decode_start, encode_message  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def cluster():
    """Three processes of this machine, with a token in their environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STOREPACT_TOKEN", "writer-of-the-cluster-1")
        with distributed.LocalCluster(
            n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster:
            yield cluster


class Killer:
    """Kills a worker of a cluster once, after the first result; has the digests of the cases."""

    def __init__(self, cluster=None):
        self.cluster, self.victims, self.digests = cluster, [], set()

    def __call__(self, progress, seconds):
        self.digests = progress.digests
        if self.cluster is None or not progress.generated or self.victims:
            return
        with distributed.Client(self.cluster.scheduler_address, set_as_default=False) as client:
            self.victims.extend(client.run(os.getpid).values())
        os.kill(self.victims[-1], signal.SIGKILL)


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
    budget, killer, watcher = Budget(cases=60), Killer(cluster), Killer()
    several = explore(settings(tmp_path / "several"), budget, killer, cluster.scheduler_address)
    assert len(killer.victims) == 3
    alone = explore(settings(tmp_path / "alone"), budget, watcher)
    assert evidence(several) == evidence(alone)
    assert killer.digests == watcher.digests
    assert several.record.exploration.workers == 3


def test_shards_on_a_cluster_are_the_whole_exploration(cluster, tmp_path, monkeypatch):
    """A worker of the first shard is lost: merged, both have what one process explores without shards."""
    monkeypatch.setattr("storepact.run.explore.chunks.EXAMPLES", 3)
    budget, killer = Budget(cases=24), Killer(cluster)
    for number, advance in ((1, killer), (2, Killer())):
        part = replace(settings(tmp_path / f"s{number}"), shard=f"{number}/2")
        explore(part, budget, advance, cluster.scheduler_address)
    assert killer.victims
    alone = explore(settings(tmp_path / "alone"), budget, Killer())
    merged = merge_shards(
        [tmp_path / "s2", tmp_path / "s1"], Settings(report_dir=tmp_path / "all", history="none")
    )
    assert evidence(merged) == evidence(alone)


def live_settings(provider, folder, **changes):
    """Settings of a run against a provider of this process."""
    return Settings(
        target=provider.url, project="p", environment="e", allow_writes=True, report_dir=folder,
        max_network_errors=100, **changes,
    )  # fmt: skip


@pytest.fixture
def writer(monkeypatch):
    """The token that the workers have, too."""
    monkeypatch.setenv("STOREPACT_TOKEN", "writer-of-the-cluster-1")


def test_no_request_above_the_budget(cluster, tmp_path, writer):
    """Of three workers, one of which is lost in the middle: clean-up included, and nothing is left."""
    most = 120
    with small_provider() as provider:
        options = live_settings(
            provider, tmp_path, max_requests=most, operation=("deleteIntegration", "getIntegration")
        )
        run = explore(options, Budget(seconds=120), Killer(cluster), cluster.scheduler_address)
        sent, left = len(provider.requests), len(provider.resources)
    assert left == 0
    assert most / 2 < sent <= most
    (reason,) = run.record.reasons
    assert reason.startswith(f"the exploration ended early: --max-requests {most} is used up")
    section = run.record.exploration
    assert run.record.traffic.requests <= sent <= run.record.traffic.requests + (section.lost_requests or 0)


def test_a_scheduler_that_is_not_there(tmp_path, monkeypatch):
    """Exit code 3 within a time, with what to do."""
    monkeypatch.setattr("storepact.run.explore.cluster.TIMEOUT", 1)
    words = ("--cases", "5", "--scheduler", "tcp://127.0.0.1:1", "--report-dir", tmp_path)
    done = call("explore", *words)
    assert done.returncode == 3, done.stderr
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


OTHER_SERVERS = {
    "silent": None,
    "ends at once": b"",
    "of HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "of SMTP": b"220 mail.example.com\r\n",
    "large numbers": b"\xff" * 64,
    "no numbers": bytes(64),
    "a message in no form": struct.pack("<QQQ", 46, 1, 30) + b"x" * 30,
}


@pytest.mark.parametrize("name", OTHER_SERVERS)
def test_a_server_that_is_no_scheduler(monkeypatch, capfd, name):
    """It ends in time, with what to do and without a traceback, whatever the server sends."""
    monkeypatch.setattr("storepact.run.explore.cluster.TIMEOUT", 1)
    first, ends = OTHER_SERVERS[name], threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection = server.accept()[0]
            with connection:
                connection.sendall(first or b"")
                if first != b"":
                    ends.wait(30)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with pytest.raises(Undetermined, match="no Dask scheduler answers at"):
                greet(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        finally:
            ends.set()
            thread.join()
    assert "Traceback" not in capfd.readouterr().err


def test_a_worker_is_no_scheduler(cluster):
    """Its address is refused, where a client would wait for ever."""
    greet(cluster.scheduler_address)
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        (worker, *_) = client.scheduler_info()["workers"]
    with pytest.raises(Undetermined, match="no Dask scheduler answers at"):
        greet(worker)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense://x",
        "http://127.0.0.1:1",
        "tcp://",
        "tcp://127.0.0.1:abc",
        "tls://127.0.0.1:1",
        "tcp://h:0",
    ],
)
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
        preflight = replace(prepared.preflight, token="api-renewed")
        text = encode_message(remote_start(replace(prepared, preflight=preflight), 3))
    assert prepared.credentials.tokens[Auth.WRITER] not in text
    assert "api-renewed" not in text, "the preflight's, where the target has refused the first one"
    start = decode_start(text)
    assert (start.tokens, start.options.limits.rate, start.options.pace) == ({}, 2.0, None)
    assert start.variables[Auth.WRITER] == "STOREPACT_TOKEN"
