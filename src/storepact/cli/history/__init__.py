"""`storepact history`: the runs that are kept, one of them again, and how they went over time."""

from cyclopts import App

from storepact.cli.commands import example_of
from storepact.cli.history.runs import list_runs

app = App(
    name="history",
    help="List the runs that were kept, show one again, draw trends.",
    help_epilogue=example_of("history"),
)
app.default(list_runs)
app.command("storepact.cli.history.show:show", name="show", help_epilogue=example_of("history show"))
app.command("storepact.cli.history.trends:trends", name="trends", help_epilogue=example_of("history trends"))
