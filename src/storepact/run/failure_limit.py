"""The end of a run after so many findings (`--max-failures`)."""

from __future__ import annotations

import pytest

from storepact.model.counts import many
from storepact.model.outcome import Reason, sentence_of
from storepact.record.recorder import Recorder
from storepact.run.session import PreparedRun


class FailureLimit:
    """Stops pytest when the recorder has as many open findings as allowed, after the test that runs."""

    def __init__(self, most: int | None) -> None:
        """`most` is None where any number is allowed."""
        self._most = most
        self._session: pytest.Session | None = None
        self._prepared: PreparedRun | None = None
        self.is_reached = False

    def attach(self, session: pytest.Session, prepared: PreparedRun) -> None:
        """Set the session to stop, and the run whose accepted findings do not count."""
        self._session, self._prepared = session, prepared

    def check(self, recorder: Recorder) -> None:
        """Stop the session, and its workers, if the limit is reached."""
        if self._most is None or self._session is None or self.is_reached:
            return
        if self._count(recorder) >= self._most:
            self.is_reached = True
            self._session.shouldstop = "as many findings as --max-failures allows"
            distribution = self._session.config.pluginmanager.get_plugin("dsession")
            if distribution is not None:
                distribution.shouldstop = self._session.shouldstop

    def _count(self, recorder: Recorder) -> int:
        """The number of findings that are not accepted."""
        prepared = self._prepared
        entries = () if prepared is None else prepared.acceptances
        accepted = {entry.fingerprint for entry in entries if prepared and entry.holds(prepared.today)}
        return sum(
            accepted.isdisjoint((finding.fingerprint, finding.former))
            for finding in recorder.findings.values()
        )

    def record_rest(self, recorder: Recorder) -> str:
        """Record the tests that were not run; returns why the run has ended, empty if it was not for this."""
        if not self.is_reached or self._prepared is None:
            return ""
        done = {(outcome.suite, outcome.label) for outcome in recorder.outcomes}
        for test in self._prepared.plan.tests:
            if test.suite in self._prepared.settings.suites and (test.suite, test.label) not in done:
                recorder.cannot_verify(
                    f"{test.suite}: {test.label}", sentence_of(Reason.MAX_FAILURES), Reason.MAX_FAILURES
                )
        return f"the run ended after {many(self._count(recorder), 'finding')} (--max-failures {self._most})"
