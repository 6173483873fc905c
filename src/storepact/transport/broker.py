"""A Pact Broker: fetches pacts and publishes results by its documented HTTP API (HAL).

The token is PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD, in the environment. It is
sent to the broker's own origin only, wherever the broker's links may lead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from storepact import __version__
from storepact.model.errors import BrokerFailed, UsageError
from storepact.model.tree import Json
from storepact.model.values import lean_value

TOKEN_VARIABLE = "PACT_BROKER_TOKEN"  # noqa: S105 - the name of a variable
_FOR_VERIFICATION = "pb:provider-pacts-for-verification"
_PUBLISH = "pb:publish-verification-results"
_BRANCH = "pb:pacticipant-branch-version"


@lean_value(frozen=True)
class FetchedPact:
    """A pact of a broker. `pending`: it has never been verified, and its failures do not count yet."""

    document: Mapping[str, Json]
    pending: bool
    publish_to: str | None
    """The URL for results; None if the broker accepts none."""
    file: str = ""
    """Its file name in reports."""

    @property
    def consumer(self) -> str:
        """The consumer's name; empty if the pact has none."""
        return str((self.document.get("consumer") or {}).get("name", ""))


@lean_value(frozen=True)
class Verification:
    """The result of verifying a pact with a version of the provider."""

    version: str
    tests: tuple[tuple[str, bool], ...]
    """The interactions that were verified: description, and whether the provider conforms."""

    @property
    def success(self) -> bool:
        """Whether every interaction conforms."""
        return all(success for _, success in self.tests)

    def to_json(self) -> dict[str, Json]:
        """The body of a request to the broker."""
        return {
            "success": self.success,
            "providerApplicationVersion": self.version,
            "verifiedBy": {"implementation": "storepact", "version": __version__},
            "testResults": [
                {"interactionDescription": description, "success": success}
                for description, success in self.tests
            ],
        }


def broker_url_of(text: str) -> str:
    """A broker's URL without a trailing slash.

    Raises:
        UsageError: not an http(s) URL, or one with credentials in it.

    """
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"{text!r} is not a broker: give a URL such as https://broker.example.com")
    if parts.username or parts.password:
        raise UsageError(f"the broker's URL holds credentials; give the token in {TOKEN_VARIABLE} instead")
    return text.rstrip("/")


class Broker:
    """A broker at a base URL. Use as a context manager."""

    def __init__(
        self, url: str, environment: Mapping[str, str] = os.environ, *, timeout: float = 10.0
    ) -> None:
        """`timeout` is in seconds, for each request."""
        self.url = broker_url_of(url)
        token = environment.get(TOKEN_VARIABLE, "").strip()
        name, password = (
            environment.get(f"PACT_BROKER_{part}", "").strip() for part in ("USERNAME", "PASSWORD")
        )
        import httpx  # takes a tenth of a second, and few runs have a broker

        headers = {"Accept": "application/hal+json, application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        basic = httpx.BasicAuth(name, password) if name and not token else None
        self._client = httpx.Client(headers=headers, auth=basic, timeout=timeout, follow_redirects=False)

    def __enter__(self) -> Broker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def __repr__(self) -> str:
        return f"Broker({self.url})"

    def greet(self) -> None:
        """Check that the broker responds and accepts the token.

        Raises:
            BrokerFailed: the broker cannot be reached, or refuses.

        """
        index = self._request("GET", f"{self.url}/")
        self._href(index, "self")

    def pacts(
        self, provider: str, selectors: Sequence[Mapping[str, Json]], branch: str | None = None
    ) -> Iterator[FetchedPact]:
        """The pacts that a provider has to verify. `branch` is the provider's, which decides what is pending.

        Raises:
            BrokerFailed: the broker cannot be reached, refuses, or sends something unexpected.

        """
        url = self._link(self._request("GET", f"{self.url}/"), _FOR_VERIFICATION, provider=provider)
        query: dict[str, Any] = {
            "consumerVersionSelectors": list(selectors),
            "includePendingStatus": branch is not None,
        }
        if branch is not None:
            query["providerVersionBranch"] = branch
        listing = self._request("POST", url, query)
        for pact in (listing.get("_embedded") or {}).get("pacts") or ():
            document = self._request("GET", self._href(pact, "self"))
            links = document.get("_links") or {}
            publish_to = (links.get(_PUBLISH) or {}).get("href")
            pending = bool((pact.get("verificationProperties") or {}).get("pending"))
            yield FetchedPact(document, pending, str(publish_to) if publish_to else None)

    def name_branch(self, provider: str, version: str, branch: str) -> None:
        """Record that a version of the provider belongs to a branch.

        Raises:
            BrokerFailed: as `pacts`.

        """
        index = self._request("GET", f"{self.url}/")
        self._request(
            "PUT", self._link(index, _BRANCH, pacticipant=provider, branch=branch, version=version), {}
        )

    def publish(self, pact: FetchedPact, verification: Verification) -> None:
        """Publish the result of verifying a pact.

        Raises:
            BrokerFailed: as `pacts`, or the broker accepts no results for this pact.

        """
        if pact.publish_to is None:
            raise BrokerFailed(self.url, f"it accepts no results for the pact of {pact.consumer!r}")
        self._request("POST", pact.publish_to, verification.to_json())

    def _link(self, document: Mapping[str, Any], name: str, **values: str) -> str:
        href = self._href(document, name)
        return re.sub(r"\{(\w+)\}", lambda match: quote(values.get(match.group(1), ""), safe=""), href)

    def _href(self, document: Mapping[str, Any], name: str) -> str:
        link = (document.get("_links") or {}).get(name)
        href = link.get("href") if isinstance(link, Mapping) else None
        if not isinstance(href, str):
            raise BrokerFailed(self.url, f"its response has no link {name!r}: is that a Pact Broker?")
        return href

    def _request(self, method: str, href: str, body: Any = None) -> dict[str, Any]:
        url = urljoin(f"{self.url}/", href)
        if urlsplit(url)[:2] != urlsplit(self.url)[:2]:
            raise BrokerFailed(
                self.url, f"its link leads to another place, {urlsplit(url).netloc}: no token is sent there"
            )
        with _translate_errors(self.url):
            response = (
                self._client.request(method, url, json=body)
                if body is not None
                else self._client.request(method, url)
            )
        if response.status_code in (401, 403):
            raise BrokerFailed(
                self.url, f"it refuses the token ({response.status_code}); check {TOKEN_VARIABLE}"
            )
        if response.status_code == 404:
            raise BrokerFailed(
                self.url,
                f"{method} {urlsplit(url).path} is not there (404): is the name right, and is that a broker?",
            )
        if not response.is_success:
            raise BrokerFailed(
                self.url, f"{method} {urlsplit(url).path} was answered with {response.status_code}"
            )
        if not response.content:
            return {}
        try:
            document = response.json()
        except ValueError:
            raise BrokerFailed(
                self.url, f"{method} {urlsplit(url).path} did not return JSON: is that a Pact Broker?"
            ) from None
        return document if isinstance(document, dict) else {}


@contextmanager
def _translate_errors(url: str) -> Iterator[None]:
    import httpx

    try:
        yield
    except httpx.TimeoutException:
        raise BrokerFailed(url, "it does not respond in time") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
        raise BrokerFailed(url, f"it cannot be reached: {error or type(error).__name__}") from None
