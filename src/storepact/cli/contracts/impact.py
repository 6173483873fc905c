"""`storepact contracts impact`: which consumers rely on what."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson, Contracts, FamilyName, OpenApi
from storepact.cli.output import print_json
from storepact.model.paths import data_path
from storepact.report.terminal import print_tables

Members = Annotated[
    str,
    Parameter(
        metavar="MEMBERS", help="Any of these: /version, _status/lastSync, 404, getIntegration, Retry-After."
    ),
]


def impact(
    *members: Members,
    openapi: OpenApi = None,
    contracts: Contracts = None,
    family: FamilyName = None,
    as_json: AsJson = False,
) -> None:
    """Print for each part of a response the consumers that rely on it, and those that do not."""
    from storepact.families import find_family
    from storepact.openapi.load import load_document
    from storepact.pacts.impact_map import map_impact
    from storepact.report import fit
    from storepact.run.contracts import collect_pacts

    document = load_document(openapi or data_path("openapi", find_family(family).document))
    result = map_impact(collect_pacts((), contracts), document, list(members))
    if as_json:
        print_json(result)
    else:
        print_tables([fit.rows(result)])
