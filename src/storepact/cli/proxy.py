"""`storepact proxy`: a validating proxy between real clients and a provider."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from storepact.cli.run_output import print_run
from storepact.cli.traffic_options import USUAL_INPUTS, TrafficInputs, say
from storepact.model.outcome import Verdict
from storepact.model.values import lean_value

Target = Annotated[str, Parameter(help="The provider: commercial, federal, eu, or a URL.")]
Port = Annotated[
    int,
    Parameter(
        help="The port to listen on, on loopback; 0 takes a free one.", validator=Number(gte=0, lte=65_535)
    ),
]


@Parameter(name="*")
@lean_value(frozen=True)
class Reach:
    """How the provider is reached, each field an option."""

    ca_file: Annotated[
        Path | None, Parameter(help="A PEM file with certificates that are trusted beside the usual ones.")
    ] = None
    client_cert: Annotated[Path | None, Parameter(help="A PEM file with the client's certificate.")] = None
    client_key: Annotated[
        Path | None, Parameter(help="A PEM file with its key, if the certificate's file does not hold it.")
    ] = None
    proxy: Annotated[
        str | None,
        Parameter(
            metavar="URL",
            help="The proxy in front of the target: an http or https URL, or none; that of the environment, "
            "for other machines, if not given.",
        ),
    ] = None
    insecure_http: Annotated[bool, Parameter(help="Pass tokens to another machine over plain http.")] = False


_USUAL_REACH = Reach()


def proxy(
    *,
    target: Target,
    port: Port = 8081,
    inputs: TrafficInputs = USUAL_INPUTS,
    reach: Reach = _USUAL_REACH,
) -> Verdict:
    """Pass the requests of real clients to a provider, and judge every exchange, until Ctrl-C.

    Clients talk to http://127.0.0.1:PORT with their own tokens; answers pass unchanged. Exit codes: 0 every
    exchange was as promised, 1 there are findings, 2 wrong usage, 3 no exchange of this API.
    """
    settings = replace(inputs.settings(target), **vars(reach))
    from storepact.run.proxy import ProxyRun  # it imports the engines

    run = ProxyRun(settings, say, inputs.complete).run(port)
    print_run(run)
    return run.verdict
