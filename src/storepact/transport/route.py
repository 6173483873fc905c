"""How a target is reached: trusted certificates, a client's certificate, a proxy, further headers."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from storepact.model.errors import UsageError
from storepact.model.files import check_no_named_pipe
from storepact.model.values import lean_value
from storepact.transport.addresses import is_loopback

#: The variable with the passphrase of the client's key.
PASSPHRASE_VARIABLE = "STOREPACT_CLIENT_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable

#: The value of `--proxy` that ignores the proxies of the environment.
NO_PROXY = "none"

_SCHEMES = ("http", "https", "socks5", "socks5h")

#: Headers that a run sends itself, or that belong to one connection.
_OWN_HEADERS = frozenset(
    {
        "accept",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@lean_value(frozen=True)
class Proxy:
    """A proxy. `credentials` are never shown."""

    url: str
    """Without credentials."""
    credentials: tuple[str, str] | None = None

    def __repr__(self) -> str:
        return f"Proxy({self.url})"

    @property
    def speaks_socks(self) -> bool:
        """Whether it is a SOCKS proxy."""
        return self.url.startswith("socks")


@lean_value(frozen=True)
class Route:
    """The means by which a target is reached, as the user has given them."""

    ca_file: Path | None = None
    """A PEM file with certificates that are trusted beside the usual ones."""
    client_cert: Path | None = None
    """A PEM file with the client's certificate."""
    client_key: Path | None = None
    """A PEM file with its key; None if the certificate's file holds it."""
    proxy: str | None = None
    """The proxy's URL, `none` for no proxy; None for those of the environment."""
    header: tuple[str, ...] = ()
    """Further headers of every request, as `Name: value`."""

    def __repr__(self) -> str:
        return f"Route(proxy={self.proxy is not None}, header={len(self.header)})"

    def check(self) -> None:
        """Make sure that every file, header and proxy can be used.

        Raises:
            UsageError: one of them cannot.

        """
        if self.client_key is not None and self.client_cert is None:
            raise UsageError("--client-key is a key without its certificate: give --client-cert, too")
        if self.ca_file is not None or self.client_cert is not None:
            self.tls_context()
        if self.proxy not in (None, NO_PROXY):
            proxy_of(self.proxy or "", "--proxy")
        list(self.headers())

    def headers(self) -> Iterator[tuple[str, str]]:
        """The further headers, by name.

        Raises:
            UsageError: one is not written as `Name: value`, or belongs to the run itself.

        """
        for text in self.header:
            name, separator, value = text.partition(":")
            name, value = name.strip(), value.strip()
            if not separator or not _TOKEN.fullmatch(name) or not value:
                raise UsageError(f"--header {name[:40]!r} is not a header: write it as 'Name: value'")
            if not value.isprintable() or not value.isascii():
                raise UsageError(f"--header {name}: its value holds a character that no header can hold")
            if name.lower() in _OWN_HEADERS:
                raise UsageError(f"--header {name}: the run sends this header itself")
            yield name, value

    def tls_context(self) -> ssl.SSLContext:
        """The TLS context of connections; one per process and route, for reading certificates takes long.

        Raises:
            UsageError: a file of certificates cannot be used.

        """
        variables = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        return _tls_context(self.ca_file, self.client_cert, self.client_key, *variables)

    def proxy_for(self, base_url: str) -> Proxy | None:
        """The proxy for a target: the given one, else for other machines that of the environment.

        The variable NO_PROXY names the exceptions to both, as it does for curl.

        Raises:
            UsageError: it is not the URL of a proxy.

        """
        if self.proxy == NO_PROXY or _needs_no_proxy(base_url):
            return None
        if self.proxy is not None:
            return proxy_of(self.proxy, "--proxy")
        if is_loopback(base_url):
            return None
        proxies = getproxies()
        for scheme in (urlsplit(base_url).scheme, "all"):
            if proxies.get(scheme):
                return proxy_of(proxies[scheme], f"{scheme.upper()}_PROXY")
        return None


def _needs_no_proxy(base_url: str) -> bool:
    """Whether NO_PROXY lists the host of a URL: by its name, a domain of it, its address or a network."""
    parts = urlsplit(base_url)
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return True
    try:
        address = ip_address(parts.hostname or "")
    except ValueError:
        return False
    for entry in getproxies().get("no", "").split(","):
        with suppress(ValueError):  # most entries are names
            if address in ip_network(entry.strip().strip("[]"), strict=False):
                return True
    return False


def proxy_of(text: str, source: str) -> Proxy:
    """The proxy that a URL names; `source` is the option or variable that holds it.

    Raises:
        UsageError: it is no URL, or of another scheme.

    """
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in _SCHEMES or not parts.hostname or port == 0:
        schemes = ", ".join(f"{scheme}://" for scheme in _SCHEMES)
        raise UsageError(f"{source} is not the URL of a proxy: give HOST:PORT after one of {schemes}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}.get(parts.scheme, 1080)
    credentials = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return Proxy(f"{parts.scheme.removesuffix('h')}://{host}:{port or default}", credentials)


def _is_encrypted(key: Path) -> bool:
    """Whether a PEM file holds a key that a passphrase opens."""
    try:
        return b"ENCRYPTED" in key.read_bytes()
    except OSError:
        return False


@cache
def _tls_context(
    ca_file: Path | None, cert: Path | None, key: Path | None, file: str | None, folder: str | None
) -> ssl.SSLContext:
    """`file` and `folder` are the values of SSL_CERT_FILE and SSL_CERT_DIR."""
    _refuse_pipes({"SSL_CERT_FILE": file, "--ca-file": ca_file, "--client-cert": cert, "--client-key": key})
    context = _system_context(file, folder)
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ValueError) as error:
            raise UsageError(_problem("--ca-file", ca_file, "a PEM file with certificates", error)) from None
    if cert is not None:
        passphrase = os.environ.get(PASSPHRASE_VARIABLE, "")
        try:
            context.load_cert_chain(cert, key, password=passphrase)
        except (OSError, ValueError) as error:
            what = "a PEM file with a certificate and its key; --client-key names a key apart"
            if key is not None:
                what = f"a certificate whose key is in {key}"
            if _is_encrypted(key or cert):
                what += f"; {PASSPHRASE_VARIABLE} has to hold the passphrase of the key"
            raise UsageError(_problem("--client-cert", cert, what, error)) from None
    return context


def _refuse_pipes(sources: Mapping[str, Path | str | None]) -> None:
    """Refuse named pipes: OpenSSL would wait until something writes to them.

    Raises:
        UsageError: one of the files is a pipe.

    """
    for source, path in sources.items():
        try:
            check_no_named_pipe(path)
        except OSError as error:
            raise UsageError(_problem(source, path, "a file", error)) from None


def _system_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Trust what SSL_CERT_FILE or SSL_CERT_DIR hold, else the usual certificates.

    Raises:
        UsageError: a variable names what cannot be read.

    """
    try:
        if file or folder:
            return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except (OSError, ValueError) as error:
        name = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        raise UsageError(_problem(name, file or folder, "a PEM file with certificates", error)) from None
    import httpx  # takes a tenth of a second, and few targets need it here

    return httpx.create_ssl_context(trust_env=False)


def _problem(source: str, path: object, what: str, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else None
    return f"{source} {path}: {reason or f'it is not {what}'}"
