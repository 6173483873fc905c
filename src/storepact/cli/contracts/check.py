"""`storepact contracts check`: compare pacts with the OpenAPI document."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson, Contracts, FamilyName, OpenApi, PactFiles
from storepact.cli.output import print_comparison, print_text
from storepact.model.outcome import Verdict
from storepact.model.presentation import presentation
from storepact.report.terminal import width_of_output

Strict = Annotated[bool, Parameter(help="Let warnings fail, too.")]
ProviderStates = Annotated[
    bool, Parameter(help="List the provider states that a target can be brought into, and nothing else.")
]
Notes = Annotated[bool, Parameter(help="Show differences that affect no consumer, too.")]


def check(
    *files: PactFiles,
    openapi: OpenApi = None,
    contracts: Contracts = None,
    family: FamilyName = None,
    strict: Strict = False,
    notes: Notes = False,
    provider_states: ProviderStates = False,
    as_json: AsJson = False,
) -> Verdict:
    """Compare pacts with the document: what is relied on and not described, what is described and not used.

    Exit codes: 0 every pact fits, 1 one does not, 2 a file cannot be used, 3 there was nothing to compare.
    """
    from storepact.pacts.contract_check import require_readable
    from storepact.report import fit, github
    from storepact.run.contracts import check_pacts, list_states

    if provider_states:
        print_text(fit.provider_states(list_states(family), width_of_output()))
        return Verdict.CONFORMS
    result = check_pacts(files, contracts, openapi, family)
    verdict = Verdict.CONFORMS if result.fits(strict=strict) else Verdict.BROKEN
    whole = partial(fit.render, notes=notes or presentation().verbose, strict=strict)
    titles = partial(fit.render, strict=strict, quiet=True)
    print_comparison(result, verdict, whole, titles, as_json=as_json)
    github.publish_contract_check(result, to_stderr=as_json)
    if verdict is Verdict.CONFORMS:
        require_readable(result)
    return verdict
