"""The exit codes of `contracts check`, without its output."""

from __future__ import annotations

import json

from storepact.model.errors import StorepactError
from storepact.openapi.load import load_document
from storepact.pacts import Level, collect_contracts
from storepact.pacts.check import compare_contracts

FITS, UNFIT, UNUSABLE = 0, 1, 2
JSON = "application/json"


def check(tmp_path, operation, request=None, response=None, *, path="/boxes", template=None, **more):
    """The exit code of a pact of one interaction beside a document of one operation."""
    method, version = more.pop("method", "get"), more.pop("version", "3.0.0")
    document = {
        "openapi": more.pop("openapi", "3.0.3"),
        "info": {"title": "shop", "version": "1"},
        "paths": {template or path: {method: {"responses": {"200": {"description": "d"}}, **operation}}},
        **more,
    }
    pact = {
        "consumer": {"name": "till"},
        "provider": {"name": "shop"},
        "interactions": [
            {
                "description": "an exchange",
                "request": {"method": method.upper(), "path": path, **(request or {})},
                "response": {"status": 200, **(response or {})},
            }
        ],
        "metadata": {"pactSpecification": {"version": version}},
    }
    return verdict(tmp_path, json.dumps(document), json.dumps(pact))


def verdict(folder, document, pact):
    (folder / "openapi.json").write_text(document)
    (folder / "pact.json").write_text(pact)
    return verdict_of(folder / "openapi.json", folder / "pact.json")


def verdict_of(document, pact):
    """The exit code of `contracts check`, without its output."""
    try:
        loaded = load_document(document)
        result = compare_contracts(collect_contracts([pact], lenient=True), loaded, "shop", whole=False)
    except StorepactError as error:
        is_one_line = "\n" not in str(error)
        return error.exit_code if is_one_line else str(error)
    disagreements = [item for c in result.contracts for i in c.interactions for item in i.disagreements]
    assert result.fits() == all(item.level is not Level.ERROR for item in disagreements)
    return FITS if result.fits() else UNFIT
