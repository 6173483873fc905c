"""`storepact store`: the stores that integrations write to and SDKs read."""

from cyclopts import App

from storepact.cli.commands import GROUPS, example_of

app = App(name="store", help=GROUPS["store"].summary)
app.command("storepact.cli.store.check:check", name="check", help_epilogue=example_of("store check"))
