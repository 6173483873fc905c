"""Make the package storepact_mock from the modules of src/storepact that the mock imports.

The names of the modules get another root, so that it can be installed beside storepact. Packages that
only group modules lose the contents of their `__init__`.
"""

from __future__ import annotations

import ast
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCE = ROOT / "src"
OLD, NEW = "storepact", "storepact_mock"

#: Where the mock begins: the fixture, `serve`, and the process that it starts.
ENTRIES = (f"{OLD}.mock.fixture", f"{OLD}.mock.serve", f"{OLD}.run.mock_process")

#: Packages whose `__init__` stays empty.
GROUPS = (f"{OLD}.families", f"{OLD}.families.persistent_store", f"{OLD}.run")

#: The beginning of a name of these modules.
_NAMES = re.compile(rf"\b{OLD}\.(?=(?:families|mock|model|openapi|run|transport)\b)")

INIT = f'''"""The mock of the persistent store integrations API: `serve` starts one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from {NEW}.mock.options import MockOptions
    from {NEW}.mock.serve import RunningMock, serve

__all__ = ["MockOptions", "RunningMock", "serve"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from {NEW}.mock import serve as module  # the plugin of pytest is loaded without it

    return getattr(module, name)
'''


def modules() -> dict[str, Path]:
    """The modules that the mock imports, with their files."""
    found: dict[str, Path] = {}
    waiting = list(ENTRIES)
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if name in found or path is None:
            continue
        found[name] = path
        parts = name.split(".")
        waiting += [".".join(parts[:count]) for count in range(2, len(parts))]
        if name not in GROUPS:
            waiting += [other for other in _imports(path) if other.startswith(f"{OLD}.")]
    return found


def foreign() -> set[str]:
    """The packages of others that these modules import."""
    names = {
        name.partition(".")[0]
        for module, path in modules().items()
        if module not in GROUPS
        for name in _imports(path)
    }
    return names - {OLD} - set(sys.stdlib_module_names)


def _file_of(name: str) -> Path | None:
    path = SOURCE.joinpath(*name.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def _imports(path: Path) -> Iterator[str]:
    """The names that a module imports, except for type checkers."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def generate(folder: Path) -> Path:
    """Write the package below a folder, and return its path."""
    package = folder / NEW
    for name, path in modules().items():
        target = package / path.relative_to(SOURCE / OLD)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        if name in GROUPS:
            text = f'"""{ast.get_docstring(ast.parse(text)) or ""}"""\n'
        target.write_text(_NAMES.sub(f"{NEW}.", text), encoding="utf-8")
    (package / "__init__.py").write_text(INIT, encoding="utf-8")
    (package / "py.typed").write_text("", encoding="utf-8")
    data = package / "_data" / "openapi"
    data.mkdir(parents=True)
    for document in (ROOT / "openapi").glob("*.yaml"):
        shutil.copy(document, data / document.name)
    return package


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # the tests of storepact use the functions above
    pass
else:

    class CustomBuildHook(BuildHookInterface):
        """Puts the generated package into the wheel."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Generate the package."""
            self._folder = tempfile.mkdtemp(prefix="storepact-mock-")
            build_data["force_include"][str(generate(Path(self._folder)))] = NEW

        def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
            """Remove what was generated."""
            shutil.rmtree(self._folder, ignore_errors=True)
