"""Where the documents, contracts and suites are: in the checkout, or carried by the wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGED = Path(__file__).parents[1] / "_data"
_CHECKOUT = Path(__file__).parents[3]


def place(*names: str) -> Path:
    """The path of something that ships with storepact, such as `place("openapi")`."""
    root = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    return root.joinpath(*names)


def accepted_place(contracts: Path | None) -> Path:
    """Where accepted findings are kept: beside the pacts that were named, else those of this folder, else ours."""
    if contracts is not None:
        return (contracts if contracts.is_dir() else contracts.parent) / "accepted.json"
    here = Path("contracts")
    if here.is_dir():
        return here / "accepted.json"
    return Path("accepted.json") if _PACKAGED.is_dir() else _CHECKOUT / "contracts" / "accepted.json"
