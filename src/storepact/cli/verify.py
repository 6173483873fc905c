"""`storepact verify`: test a target."""

from __future__ import annotations

from storepact.cli.run_options import takes_settings
from storepact.cli.run_output import print_run
from storepact.model.outcome import Verdict
from storepact.report.terminal import print_paragraphs
from storepact.run.options import VERIFY
from storepact.run.settings import Settings
from storepact.run.settings_rules import check_settings


@takes_settings(VERIFY)
def verify(settings: Settings) -> Verdict:
    """Check a provider against the OpenAPI document and its consumers' pacts.

    Tokens come from the environment: STOREPACT_TOKEN may write, STOREPACT_READER_TOKEN (optional) may only
    read, PACT_BROKER_TOKEN is for --broker-url.
    """
    check_settings(settings)
    if settings.dry_run:
        return print_forecast(settings)
    from storepact.run.launch import run_suites  # it imports pytest and the engines

    run = run_suites(settings)
    print_run(run)
    return run.verdict


def print_forecast(settings: Settings) -> Verdict:
    """Print what a run would send."""
    from storepact.run.forecast import make_forecast  # it imports pytest and the engines

    print_paragraphs(make_forecast(settings).lines())
    return Verdict.CONFORMS
