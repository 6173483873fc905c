"""`storepact corpus`: the pinned cases and journeys that the gate sends every time."""

from cyclopts import App

from storepact.cli.commands import GROUPS, example_of

app = App(name="corpus", help=GROUPS["corpus"].summary)
for command in ("refresh", "adopt", "minimize", "stats"):
    app.command(
        f"storepact.cli.corpus.{command}:{command}",
        name=command,
        help_epilogue=example_of(f"corpus {command}"),
    )
