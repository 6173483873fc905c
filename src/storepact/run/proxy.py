"""The validating proxy: a relay in a process of its own, its copies judged here, findings as they come up."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import FrameType

from storepact.engines.traffic.reception import Ticket
from storepact.model.errors import UsageError
from storepact.model.traffic import Treatment
from storepact.record.store import usable_folder
from storepact.run.finish import FinishedRun
from storepact.run.settings import Settings
from storepact.run.settings_rules import check_settings
from storepact.run.target import resolve_url
from storepact.run.traffic import TrafficRun, describe_finding
from storepact.transport.relay import RelayOptions, run_relay
from storepact.transport.relay_events import Event, RelayFailed, RelayStarted, RequestBegan, RequestEnded

#: By how much the judging gives way to the relay, where both need the same core.
_NICENESS = 10


@dataclass
class ProxyRun:
    """Judges what a relay copies, until it is stopped."""

    settings: Settings
    say: Callable[[str], None]
    """Receives a line for the user, as things happen."""
    complete: bool = False
    _open: dict[int, Ticket] = field(default_factory=dict)

    def run(self, port: int) -> FinishedRun:
        """Relay and judge until Ctrl-C or SIGTERM; then write the record and the reports.

        Raises:
            UsageError: the target is none, or the port cannot be listened on.
            ReportFolderUnusable: the reports could not be written at the end.
            NothingTested: no exchange could be judged.

        """
        check_settings(self.settings)
        url = resolve_url(self.settings)
        _check_proxy(self.settings, url)
        usable_folder(self.settings.report_dir, private=True)
        run = TrafficRun(self.settings, self.settings.target, self.complete)
        context = get_context("spawn")
        own, others = context.Pipe()
        options = RelayOptions(url, port, self.settings.route)
        process = context.Process(target=run_relay, args=(options, others), daemon=True)
        with _signals(lambda: own.send_bytes(b"stop")):
            process.start()
            others.close()
            os.nice(_NICENESS)
            try:
                self._judge(run, own, url)
            finally:
                process.join(10)
        return run.finish()

    def _judge(self, run: TrafficRun, events: Connection, url: str) -> None:
        while True:
            try:
                batch: list[Event] = pickle.loads(events.recv_bytes())  # noqa: S301 - from our own process
            except (EOFError, OSError):
                return
            for event in batch:
                self._take(run, event, url)

    def _take(self, run: TrafficRun, event: Event, url: str) -> None:
        match event:
            case RelayStarted(port):
                self.say(f"http://127.0.0.1:{port} passes everything to {url}; Ctrl-C ends it")
            case RelayFailed(problem):
                raise UsageError(
                    f"cannot listen on this port of 127.0.0.1: {problem}; name another with --port"
                )
            case RequestBegan(number):
                self._open[number] = run.judge.begin(event.request, f"request {number}")
            case RequestEnded():
                self._end(run, event)

    def _end(self, run: TrafficRun, event: RequestEnded) -> None:
        ticket = self._open.pop(event.number)
        run.judge.complete_request(ticket, event.request)
        earlier = set(run.recorder.findings)
        judgement = run.judge.finish(ticket, event.response)
        if event.skipped:
            judgement = replace(judgement, treatment=Treatment.SKIPPED)
        run.observe(event.request, judgement)
        if event.problem:
            self.say(f"request {event.number}: no whole answer from the target ({event.problem})")
        for finding in judgement.findings:
            if finding.fingerprint not in earlier:
                earlier.add(finding.fingerprint)
                path = "" if finding.exchange is None else finding.exchange.request.path
                self.say(f"{describe_finding(finding)} (request {event.number}, {path})")


def _check_proxy(settings: Settings, url: str) -> None:
    """Refuse the proxies that the relay cannot use.

    Raises:
        UsageError: it is a SOCKS proxy, or the URL of none.

    """
    proxy = settings.route.proxy_for(url)
    if proxy is not None and proxy.speaks_socks:
        raise UsageError(
            f"storepact proxy cannot pass through a SOCKS proxy ({proxy.url}): name an http proxy with "
            "--proxy, or none"
        )


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first Ctrl-C or SIGTERM; the second one ends the process."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    earlier = {number: signal.getsignal(number) for number in numbers}

    def handle(number: int, frame: FrameType | None) -> None:
        for signum, handler in earlier.items():
            signal.signal(signum, handler)
        stop()

    for number in numbers:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
