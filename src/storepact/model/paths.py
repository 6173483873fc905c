"""Where the documents, contracts and suites are: in the checkout, or carried by the wheel."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGED = Path(__file__).parents[1] / "_data"
_CHECKOUT = Path(__file__).parents[3]


def data_path(*names: str) -> Path:
    """The path of something that ships with storepact, such as `place("openapi")`."""
    root = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    return root.joinpath(*names)


def accepted_path(contracts: Path | None) -> Path:
    """Where accepted findings are kept: beside the pacts that were named, else those of this folder, else ours."""
    if contracts is not None:
        return (contracts if contracts.is_dir() else contracts.parent) / "accepted.json"
    here = Path("contracts")
    if here.is_dir():
        return here / "accepted.json"
    return Path("accepted.json") if _PACKAGED.is_dir() else _CHECKOUT / "contracts" / "accepted.json"


def shown_path(path: Path) -> str:
    """A path as a repository's tools know it: relative where it is below this folder, else its last two names."""
    if "_data" in path.parts and (Path("openapi") / path.name).is_file():
        return f"openapi/{path.name}"  # the packaged one, in a checkout of the project
    told = os.path.relpath(path.absolute())
    return (
        "/".join(path.absolute().parts[-2:])
        if told.startswith("..") or os.path.isabs(told)
        else told.replace(os.sep, "/")
    )
