"""`storepact history`: the runs that are kept, one of them again, and how they went over time."""

from cyclopts import App

from storepact.cli.history.runs import list_runs

app = App(name="history", help="List the runs that were kept, show one again, draw trends.")
app.default(list_runs)
app.command("storepact.cli.history.show:show", name="show")
app.command("storepact.cli.history.trends:trends", name="trends")
