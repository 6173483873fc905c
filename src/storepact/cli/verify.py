"""`storepact verify`: test a target."""

from __future__ import annotations

from contextlib import ExitStack

from storepact.cli.options import AsJson
from storepact.cli.run_options import takes_settings
from storepact.model.errors import UsageError
from storepact.model.outcome import Verdict
from storepact.run.options import VERIFY
from storepact.run.settings import Settings


@takes_settings(VERIFY)
def verify(*, as_json: AsJson = False, settings: Settings) -> Verdict:
    """Check a provider against the OpenAPI document and its consumers' pacts.

    Tokens come from the environment: STOREPACT_TOKEN may write, STOREPACT_READER_TOKEN (optional) may only
    read, PACT_BROKER_TOKEN is for --broker-url.
    """
    from storepact.run.settings_rules import check_settings  # what a wrong call does not need is not loaded

    check_settings(settings)
    if settings.dry_run and as_json:
        raise UsageError("--json prints the result of a run, and --dry-run makes none: leave out one of them")
    if settings.dry_run:
        return print_forecast(settings)
    return run_and_print(settings, as_json=as_json)


def run_and_print(settings: Settings, *, as_json: bool) -> Verdict:
    """Run the suites; the process of the mock starts while pytest and the engines are loaded."""
    from storepact.run.target import launch_mock

    with ExitStack() as resources:
        mock = launch_mock(resources, settings) if settings.is_mock else None
        from storepact.cli.run_output import print_run, untested_runs
        from storepact.run.launch import run_suites

        with untested_runs(as_json=as_json):
            run = run_suites(settings, mock=mock)
        print_run(run, as_json=as_json)
    return run.verdict


def print_forecast(settings: Settings) -> Verdict:
    """Print what a run would send."""
    from storepact.report.terminal import print_paragraphs
    from storepact.run.forecast import make_forecast  # it imports pytest and the engines

    print_paragraphs(make_forecast(settings).lines())
    return Verdict.CONFORMS
