"""`storepact config`: the configuration as it counts, and its schema."""

from cyclopts import App

from storepact.cli.commands import example_of

app = App(name="config", help="Show the configuration and where each value comes from; print its schema.")
for name in ("show", "schema"):
    app.command(f"storepact.cli.config.{name}:{name}", name=name, help_epilogue=example_of(f"config {name}"))
