"""Paths of the documents, contracts and suites: in the checkout, or inside the installed package."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGED = Path(__file__).parents[1] / "_data"
_CHECKOUT = Path(__file__).parents[3]


def data_path(*names: str) -> Path:
    """The path of something that ships with storepact, such as `data_path("openapi")`."""
    root = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    return root.joinpath(*names)


def accepted_path(contracts: Path | None) -> Path:
    """The file of accepted findings: beside the given pacts, those of this folder, or the shipped ones."""
    if contracts is not None:
        return (contracts if contracts.is_dir() else contracts.parent) / "accepted.json"
    default = Path("contracts")
    if default.is_dir():
        return default / "accepted.json"
    return Path("accepted.json") if _PACKAGED.is_dir() else _CHECKOUT / "contracts" / "accepted.json"


def repository_path(path: Path) -> str | None:
    """A file's path from the root of the user's repository; None if the repository does not have it.

    The root is the nearest folder above this one with a `.git`, else this folder. What ships with an
    installed storepact is no part of it, wherever that is installed.
    """
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    file = path.resolve()
    if not file.is_file() or not file.is_relative_to(root.resolve()) or file.is_relative_to(_PACKAGED):
        return None
    return file.relative_to(root.resolve()).as_posix()


def shown_path(path: Path) -> str:
    """A path as the tools of a repository need it: relative if below this folder, else its last two names."""
    if "_data" in path.parts and (Path("openapi") / path.name).is_file():
        return f"openapi/{path.name}"  # the packaged one, in a checkout of the project
    relative = os.path.relpath(path.absolute())
    if relative.startswith("..") or os.path.isabs(relative):
        return "/".join(path.absolute().parts[-2:])
    return relative.replace(os.sep, "/")
