"""`storepact contracts`: pacts compared with the OpenAPI document and exchanged with a broker."""

from cyclopts import App

from storepact.cli.commands import example_of

app = App(
    name="contracts", help="What consumers rely on, compared with the OpenAPI document; no target is needed."
)
for name in ("check", "impact", "publish", "can-i-deploy"):
    function = name.replace("-", "_")
    app.command(
        f"storepact.cli.contracts.{function}:{function}",
        name=name,
        version_flags=(),
        help_epilogue=example_of(f"contracts {name}"),
    )
