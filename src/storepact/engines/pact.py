"""Interactions of pacts, verified one by one by pact-python through a relay."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import certifi

from storepact.engines.pact_examples import move_examples
from storepact.engines.pact_mismatches import MismatchReader
from storepact.engines.pact_relay import STATES_PATH, Relay
from storepact.engines.provider_states import Setup, needs_writing, set_up_states
from storepact.engines.workspace import Workspace
from storepact.model.errors import PrerequisiteMissing, SetupFailed, Undetermined
from storepact.model.finding import Finding
from storepact.model.outcome import Reason
from storepact.model.story import SentRequest
from storepact.pacts import Interaction
from storepact.transport.interrupts import INTERRUPTS

#: Phrases of the verifier about rules that it cannot apply: the provider has no part in them.
_UNUSABLE_RULES = ("is not a valid regular expression", "No catalogue entry found")

#: Hosts of this machine, for NO_PROXY.
_LOOPBACK = ("127.0.0.1", "localhost")

#: How the reason begins why a failing interaction breaks nothing yet.
PENDING = "the pact calls it pending"


class PactEngine:
    """The verifier and its relay. Use as a context manager."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._relay = workspace, Relay(workspace)
        self._stack = ExitStack()

    def __enter__(self) -> PactEngine:
        with ExitStack() as stack:
            stack.enter_context(_environment_of_verifier(uses_tls=not self._workspace.target.is_mock))
            stack.enter_context(self._relay)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *details: object) -> None:
        self._stack.close()

    @property
    def requests(self) -> tuple[SentRequest, ...]:
        """The requests of the last interaction."""
        return () if self._relay.relayed is None else self._relay.relayed.reproduction.requests

    def verify(self, interaction: Interaction) -> list[Finding]:
        """Verify one interaction on the target; returns the promises that are broken.

        Raises:
            SetupFailed: a provider state is not known, or cannot be brought about.
            PrerequisiteMissing: this run lacks what it needs, or the documents allow the mismatch.
            Undetermined: the verifier reports no result.

        """
        self._require_access(interaction)
        return self._workspace.repeat_lost_requests(lambda: self._verify(interaction))

    def _verify(self, interaction: Interaction) -> list[Finding]:
        findings = self._verify_once(interaction)
        return [finding.with_(stale=self._relay.is_stale) for finding in findings]

    def _verify_once(self, interaction: Interaction) -> list[Finding]:
        setup = set_up_states(self._workspace, interaction)
        self._relay.expect(interaction, setup)
        result = self._run_verifier(interaction, move_examples(self._workspace, interaction, setup))
        if self._relay.error is not None:
            raise self._relay.error
        mismatch = result.get("mismatch")
        relayed, capacity = self._relay.relayed, self._workspace.capacity
        if mismatch is not None and relayed is not None and capacity.is_full(relayed.exchange):
            raise capacity.missing_room(self._workspace.scope)
        if mismatch is None:
            reader = self._reader(interaction)
            return list(reader.findings(reader.body_mismatches()))
        return self._judge(interaction, setup, mismatch)

    def _reader(self, interaction: Interaction) -> MismatchReader:
        workspace = self._workspace
        return MismatchReader(
            interaction,
            workspace.document,
            workspace.target.secrets,
            self._relay.relayed,
            workspace.family.api,
        )

    def _require_access(self, interaction: Interaction) -> None:
        """Make sure that the interaction is HTTP, and that its states may be set up.

        Raises:
            SetupFailed, PrerequisiteMissing: it is not, or they may not.

        """
        if not self._workspace.target.writable and (
            interaction.method != "GET" or needs_writing(self._workspace, interaction)
        ):
            raise PrerequisiteMissing(Reason.READ_ONLY)
        if not interaction.is_http:
            raise SetupFailed("it is about a message; this API speaks HTTP")

    def _judge(self, interaction: Interaction, setup: Setup, mismatch: Mapping[str, Any]) -> list[Finding]:
        """The findings of a failed verification."""
        reports = mismatch.get("mismatches") or ()
        for report in reports:
            if any(phrase in str(report.get("mismatch")) for phrase in _UNUSABLE_RULES):
                place = report.get("path") or report.get("key") or report.get("parameter") or ""
                problem = f"{place}: {report.get('mismatch')}"
                raise Undetermined(f"the pact has a rule that cannot be used: {problem}")
        if mismatch.get("type") != "mismatches":
            raise Undetermined(f"the verifier gave no result: {mismatch.get('message', 'no reason given')}")
        reader = self._reader(interaction)
        allowed, broken = reader.divide(reports, has_resource=setup.identifier is not None)
        if allowed and not broken:
            raise PrerequisiteMissing(
                Reason.OPTIONAL, f"{allowed}, as the documents allow; {interaction.consumer} relies on it"
            )
        findings = list(reader.findings(broken))
        if interaction.pending and findings:
            raise PrerequisiteMissing(
                Reason.PENDING, f"{PENDING}, and it does not hold yet: {findings[0].message}"
            )
        return findings

    def _run_verifier(self, interaction: Interaction, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """The verifier's result of one interaction; `mismatch` is in it where it failed.

        Raises:
            Undetermined: there is no such result.

        """
        results = self._verify_file(interaction.provider, _pact_of(interaction, raw))
        INTERRUPTS.check()
        verified = results.get("interactionResults") or []
        if len(verified) != 1:
            errors = [
                str(error.get("mismatch", {}).get("message", "")) for error in results.get("errors") or []
            ]
            reason = "; ".join(errors) or "no reason given"
            raise Undetermined(
                f"the verifier looked at {len(verified)} interactions instead of one: {reason}"
            )
        result: Mapping[str, Any] = verified[0]
        if result.get("result") != "OK" and "mismatch" not in result:
            raise Undetermined("the verifier reports a failure without a reason")
        return result

    def _verify_file(self, provider: str, pact: Mapping[str, Any]) -> Mapping[str, Any]:
        """Everything that the verifier reports about a pact."""
        from pact import Verifier

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "one.json")
            path.write_text(json.dumps(pact), encoding="utf-8")
            verifier = Verifier(provider, host="127.0.0.1")
            verifier.add_transport(url=self._relay.url).add_source(str(path)).set_request_timeout(
                int(self._workspace.target.timeout * 1000) + 5_000
            )
            verifier.set_coloured_output(enabled=False)
            verifier.state_handler(self._relay.url + STATES_PATH, teardown=False, body=True)
            with _no_output(), contextlib.suppress(RuntimeError):
                verifier.verify()
            results: Mapping[str, Any] = verifier.results
        return results


@contextmanager
def _environment_of_verifier(*, uses_tls: bool) -> Iterator[None]:
    """Have the verifier, which reads the environment, report nothing and need no proxy for the relay.

    `uses_tls` is whether this process may open a TLS connection. If not, the verifier reads one certificate
    instead of all that the machine trusts, as it would for each interaction anew.
    """
    changed = {"PACT_DO_NOT_TRACK": os.environ.get("PACT_DO_NOT_TRACK") or "true"}
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host.strip()]
        changed[name] = ",".join(dict.fromkeys((*hosts, *_LOOPBACK)))
    with tempfile.TemporaryDirectory() as folder:
        if not uses_tls:
            changed |= {"SSL_CERT_FILE": str(_write_certificate(Path(folder))), "SSL_CERT_DIR": folder}
        before = {name: os.environ.get(name) for name in changed}
        os.environ.update(changed)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _write_certificate(folder: Path) -> Path:
    """A PEM file with one certificate: the verifier's HTTP client does not start without any."""
    end = "-----END CERTIFICATE-----\n"
    bundle = Path(certifi.where()).read_text(encoding="ascii", errors="ignore")
    path = folder / "trusted.pem"
    path.write_text(bundle.partition(end)[0] + end, encoding="ascii")
    return path


def _pact_of(interaction: Interaction, raw: Mapping[str, Any]) -> dict[str, Any]:
    """A pact of this interaction alone; its status is a number, as the verifier needs it."""
    response = {**raw["response"], "status": interaction.status} if interaction.is_http else {}
    raw = {**raw, "response": response} if response else raw
    return {
        "consumer": {"name": interaction.consumer},
        "provider": {"name": interaction.provider},
        "interactions": [raw],
        "metadata": {"pactSpecification": {"version": interaction.version}},
    }


@contextlib.contextmanager
def _no_output() -> Iterator[None]:
    """Discard the verifier's own report, which its Rust core writes to the file descriptors."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved, null = (os.dup(1), os.dup(2)), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        os.dup2(null, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for descriptor in (*saved, null):
            os.close(descriptor)
