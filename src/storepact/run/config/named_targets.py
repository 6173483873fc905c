"""Targets with a name: `[targets.staging]` in the configuration file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE
from storepact.model.errors import ConfigUnusable, UnknownName
from storepact.model.values import lean_value
from storepact.run.config.file import ConfigFile, Toml
from storepact.run.run_settings import MOCK

#: The table of the file, and the key of a target's URL.
TARGETS, URL = "targets", "url"


@lean_value(frozen=True)
class NamedTarget:
    """A target of the configuration file."""

    name: str
    table: Mapping[str, Toml]
    where: str
    """The file, and the line of its table."""

    def text(self, key: str) -> str:
        """A value as it stands in the file; empty if it is not there."""
        value = self.table.get(key, "")
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return str(value).lower() if isinstance(value, bool) else str(value)

    def token_source(self, key: str = "token-env") -> str:
        """What the token is read from: a variable, a file, a command."""
        if key == "token-env":
            for source in ("token-file", "token-command"):
                if source in self.table:
                    return source
        return self.text(key) or (TOKEN_VARIABLE if key == "token-env" else READER_VARIABLE)


def named_targets(file: ConfigFile | None) -> Iterator[NamedTarget]:
    """Every target of a file, in its order.

    Raises:
        ConfigUnusable: one has the mock's name.

    """
    tables = file.find(TARGETS) if file else None
    if file is None or not isinstance(tables, Mapping):
        return
    for name, table in tables.items():
        where = file.where(TARGETS, name)
        if name == MOCK or urlsplit(name).scheme:
            raise ConfigUnusable(where, f"a target cannot be called {name!r}: choose another name")
        if isinstance(table, Mapping):
            yield NamedTarget(name, table, where)


def find_target(file: ConfigFile | None, name: str) -> NamedTarget | None:
    """The target of a name; None if it is the mock, a URL, or a host of the API.

    Raises:
        UnknownName: it is none of them, and the file has named targets.

    """
    targets = {target.name: target for target in named_targets(file)}
    if name in targets or not targets or name == MOCK or "://" in name:
        return targets.get(name)
    from storepact.families import find_family  # takes long, and is not needed for a name that exists

    hosts = [*find_family().api.hosts]
    if name in hosts or "." in name or ":" in name:
        return None
    raise UnknownName("target", name, [*targets, MOCK, *hosts])
