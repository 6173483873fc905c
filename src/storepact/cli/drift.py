"""`storepact drift`: compare our OpenAPI document with the published one."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from storepact.cli.options import AsJson, Contracts, FamilyName, OpenApi, OptionalReportDir, Provider
from storepact.cli.output import print_comparison, print_text
from storepact.model.outcome import Verdict
from storepact.model.paths import data_path

Published = Annotated[
    str,
    Parameter(metavar="PUBLISHED", help="The provider's published OpenAPI document: a file or a URL."),
]
Timeout = Annotated[
    float, Parameter(help="Seconds that the whole download of a URL may take.", validator=Number(gte=0.1))
]
PrintAcceptances = Annotated[
    bool,
    Parameter(
        help="Print the entries for disagreements.yaml that would accept what no decision explains, and "
        "nothing else.",
    ),
]


def drift(  # noqa: PLR0913 - the parameters of a command are its options
    published: Published,
    /,
    *,
    openapi: OpenApi = None,
    contracts: Contracts = None,
    provider: Provider = None,
    family: FamilyName = None,
    report_dir: OptionalReportDir = None,
    as_json: AsJson = False,
    print_acceptances: PrintAcceptances = False,
    timeout: Timeout = 30.0,
) -> Verdict:
    """Compare our document with the published one: what changed, whom it breaks, which decision explains it.

    Exit codes: 0 nothing breaks that no decision explains, 1 something does, 2 a document cannot be used, 3
    a URL does not respond.
    """
    from storepact.families import find_family
    from storepact.record.store import usable_folder
    from storepact.report import drift as report
    from storepact.report import github, write_files
    from storepact.report.acceptances import acceptances
    from storepact.run.drift import drift as compare_documents
    from storepact.run.drift import verdict

    if report_dir is not None:
        usable_folder(report_dir)
    ours = openapi or data_path("openapi", find_family(family).document)
    folder, name = contracts or data_path("contracts"), provider or find_family(family).provider
    record = compare_documents(published, ours, folder, name, timeout=timeout)
    if report_dir is not None:
        beside = "report.html" if (report_dir / "report.html").is_file() else ""
        write_files(report.render_files(record, beside), report_dir)
    if print_acceptances:
        print_text(acceptances(record))
    else:
        print_comparison(record, verdict(record), report.render, report.render_titles, as_json=as_json)
    github.publish_drift(record, ours, to_stderr=as_json or print_acceptances)
    return verdict(record)
