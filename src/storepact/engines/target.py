"""Opening the target of a run."""

from __future__ import annotations

from storepact.engines.options import EngineOptions
from storepact.openapi.document import Document
from storepact.transport.client import Credentials, Target
from storepact.transport.redaction import Secrets


def open_target(options: EngineOptions, credentials: Credentials, document: Document) -> Target:
    """The target of a run; close it, or use it as a context manager."""
    return Target(
        options.base_url,
        credentials,
        Secrets(document.secret_members),
        name="mock" if options.is_mock else "",
        writable=options.writable,
        timeout=options.timeout,
    )
