"""The gate on a running mock, as tests hold it."""

from __future__ import annotations

from contextlib import contextmanager

from storepact.engines.harness import Harness
from storepact.engines.shrink_budget import distribute
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Auth
from storepact.model.paths import data_path
from storepact.run.engine_options import engine_options
from storepact.run.settings import Settings
from storepact.transport.credentials import Credentials

SCENARIOS = {scenario.name: scenario for scenario in DEFAULT_FAMILY.scenarios}


@contextmanager
def gate(running, *, roles=None, target="mock", family=DEFAULT_FAMILY, **settings):
    """A harness for a mock that runs; `roles` are the tokens that it is given."""
    tokens = {Auth(name): token for name, token in running.tokens.items() if roles is None or name in roles}
    places = {"openapi": data_path("openapi", DEFAULT_FAMILY.document), "contracts": data_path("contracts")}
    changes = {
        name: settings.pop(name)
        for name in ("shrink", "excluded_checks", "worker", "corpus")
        if name in settings
    }
    options = engine_options(Settings(target=target, **{**places, **settings}), running.url, **changes)
    with Harness(options, family, Credentials(tokens)) as harness:
        yield harness


def play_scenario(running, name, **how):
    """The findings of one scenario, shown by less."""
    with gate(running, **how) as harness:
        return shrink_findings(harness, harness.run_scenario(SCENARIOS[name]))


def shrink_findings(harness, findings):
    """The findings of a test, each as the run shows it after its last test."""
    smaller = harness.shrink(distribute(harness.shrink_queue.offers, harness.recorder.exchanges))
    by_fingerprint = {finding.fingerprint: finding for finding in smaller}
    return [by_fingerprint.get(finding.fingerprint, finding) for finding in findings]
