"""How a target is reached: TLS, proxies, headers, tokens; what works, and what cannot be used."""

from __future__ import annotations

import datetime
import shlex
import socket
import ssl
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from commands import call
from fault_proxy import fault_proxy, head, passing
from forward_proxies import answering, http_proxy, proxy_server, socks_proxy
from short_run import settings_for, short_run
from small_provider import SmallProvider, handler_for, small_provider
from storepact.families.persistent_store.api import BASE
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.model.errors import UsageError
from storepact.transport import outages
from storepact.transport.client import Means, Target
from storepact.transport.credentials import Credentials, TokenSource
from storepact.transport.pacing import Limits, Pacer
from storepact.transport.redaction import Secrets
from storepact.transport.route import Route

LISTING = PreparedRequest(Case("list"), "GET", BASE, (), None)
TOKEN = "api-3c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f"
EXPIRED = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module", autouse=True)
def _no_long_pauses():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outages, "FIRST_PAUSE", 0.01)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        yield


@pytest.fixture(scope="module")
def authority():
    """A private certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def pem(authority, tmp_path_factory):
    """Files: the authority's certificate, a client's certificate with and without its key, another key."""
    folder = tmp_path_factory.mktemp("pem")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    client, other = authority.issue_cert("client@example.com"), authority.issue_cert("other.example.com")
    client.private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
    client.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    client.private_key_pem.write_to_path(str(folder / "key.pem"))
    other.private_key_pem.write_to_path(str(folder / "other-key.pem"))
    (folder / "none.pem").write_text("nothing\n")
    return folder


def server_context(certificate, authority=None) -> ssl.SSLContext:
    """A server's TLS context; with an authority it wants a certificate of the client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if authority is not None:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def lists_nothing(exchange):
    body = b'{"items": []}'
    return exchange.send(head(200, ("Content-Length", str(len(body)))) + body) or True


def tls_provider(certificate, authority=None):
    """A provider that lists nothing, over TLS."""
    return fault_proxy("", lambda exchange: lists_nothing, tls=server_context(certificate, authority))


def status(url: str, route: Route | None = None, **means) -> int:
    """The status of a list."""
    how = Means(route=route or Route(), **means)
    with Target(url, Credentials({Auth.WRITER: TOKEN}), Secrets(), means=how) as target:
        return target.send(LISTING).response.status


# what works


def test_private_authority(authority, pem, monkeypatch):
    """A certificate of a private authority is trusted with --ca-file or SSL_CERT_FILE, on loopback, too."""
    with tls_provider(authority.issue_cert("localhost", "127.0.0.1")) as provider:
        assert status(provider.url, Route(ca_file=pem / "ca.pem")) == 200
        monkeypatch.setenv("SSL_CERT_FILE", str(pem / "ca.pem"))
        assert status(provider.url, Route(proxy="none", client_cert=pem / "both.pem")) == 200


@pytest.mark.parametrize(("cert", "key"), [("both.pem", None), ("cert.pem", "key.pem")])
def test_client_certificate(authority, pem, cert, key):
    """A client's certificate and its key are in one file or in two."""
    route = Route(pem / "ca.pem", pem / cert, key and pem / key)
    with tls_provider(authority.issue_cert("127.0.0.1"), authority) as provider:
        assert status(provider.url, route) == 200


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
def test_proxy(authority, pem, scheme):
    """A proxy that is given is used for any target, plain or over TLS."""
    serve = http_proxy if scheme == "http" else socks_proxy
    with (
        proxy_server(serve) as (port, asked),
        small_provider() as plain,
        tls_provider(authority.issue_cert("127.0.0.1")) as secure,
    ):
        route = Route(pem / "ca.pem", proxy=f"{scheme}://127.0.0.1:{port}")
        assert (status(plain.url, route), status(secure.url, route)) == (200, 200)
    assert len(asked) == 2


def test_proxy_of_the_environment_and_its_exceptions(monkeypatch):
    """ALL_PROXY is for other machines, but not for those of NO_PROXY; --proxy none ignores it."""
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "intern.example.com")
    proxies = {
        url: Route().proxy_for(url)
        for url in ("https://a.example", "https://x.intern.example.com", "http://[::1]:1")
    }
    assert [None if proxy is None else proxy.url for proxy in proxies.values()] == [
        "socks5://127.0.0.1:9",
        None,
        None,
    ]
    assert Route(proxy="none").proxy_for("https://a.example") is None


@pytest.mark.parametrize(
    ("exceptions", "url", "is_used"),
    [
        ("", "https://a.example.com", True),
        ("", "http://127.0.0.1:1", True),
        ("b.example.com", "https://a.example.com", True),
        ("a.example.com", "https://a.example.com", False),
        ("A.example.com", "https://a.example.com:8443", False),
        ("example.com", "https://a.example.com", False),
        ("other.org, .example.com", "https://a.example.com", False),
        ("example.com", "https://anexample.com", True),
        ("a.example.com:8443", "https://a.example.com", True),
        ("*", "https://a.example.com", False),
        ("127.0.0.1", "http://127.0.0.1:1", False),
        ("10.0.0.0/8", "http://10.1.2.3", False),
        ("10.0.0.0/8", "http://11.1.2.3", True),
        ("::1", "http://[::1]:1", False),
        ("[::1]", "http://[::1]:1", False),
        ("fd00::/8", "http://[fd00::5]", False),
        ("no address/8,", "http://10.1.2.3", True),
    ],
)
def test_no_proxy_limits_a_given_proxy(exceptions, url, is_used, monkeypatch):
    """Hosts of NO_PROXY are reached directly even with --proxy, as curl does it."""
    monkeypatch.setenv("NO_PROXY", exceptions)
    proxy = Route(proxy="http://proxy.example.com:3128").proxy_for(url)
    assert (proxy is not None) is is_used


def test_ipv6():
    """A target may have an address of IPv6."""
    provider = SmallProvider()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ThreadingHTTPServer, "address_family", socket.AF_INET6)
        server = ThreadingHTTPServer(("::1", 0), handler_for(provider))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        assert status(f"http://[::1]:{server.server_address[1]}") == 200
    finally:
        server.shutdown()
        server.server_close()


def test_headers_and_user_agent():
    """Further headers are sent; the User-Agent has the version."""
    received = []

    class Noting(SmallProvider):
        def respond(self, method, path, headers, body):
            received.append(dict(headers))
            return super().respond(method, path, headers, body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(Noting()))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        assert status(url, Route(header=("X-Team: stores",)), run_mark="storepact-1-2") == 200
    finally:
        server.shutdown()
        server.server_close()
    assert received[0]["X-Team"] == "stores"
    assert received[0]["User-Agent"].startswith("storepact/")
    assert "storepact-1-2" in received[0]["User-Agent"]


@pytest.mark.parametrize("kind", ["file", "command"])
def test_token_is_renewed_once(tmp_path, kind):
    """A 401 has the token read again; where it is the same one, the 401 stands."""
    file = tmp_path / "token"
    file.write_text("api-new\n")
    script = f"print(open({str(file)!r}).read())"
    command = shlex.join([sys.executable, "-c", script])
    source = TokenSource(file=file) if kind == "file" else TokenSource(command=command)
    received = []

    def choose(exchange):
        received.append(dict(exchange.headers)["Authorization"])
        refused = head(401, ("Content-Length", "0"))
        return lists_nothing if received[-1] == "api-new" else lambda it: it.send(refused) or True

    with fault_proxy("", choose) as provider:
        assert status(provider.url, renewal=source) == 200
        assert received == [TOKEN, "api-new"]
        file.write_text(TOKEN)
        assert status(provider.url, renewal=source) == 401
        assert received[2:] == [TOKEN]


# what cannot be reached: undetermined, after few requests, with a reason


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


REFUSAL = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n"
TUNNEL = b"HTTP/1.1 200 OK\r\n\r\n"
METHOD, CONNECTED = b"\x05\x00", b"\x05\x00\x00\x01" + bytes(6)

PROXIES = {
    "a proxy that does not run": (None, "http"),
    "a proxy that refuses the tunnel": (answering(REFUSAL % 403), "http"),
    "a proxy that asks for credentials": (answering(REFUSAL % 407), "http"),
    "a proxy that cannot connect": (answering(REFUSAL % 502), "http"),
    "a proxy that is none": (answering(b"+PONG\r\n"), "http"),
    "a proxy that closes": (answering(), "http"),
    "a proxy that resets": (answering(is_reset=True), "http"),
    "a proxy that hangs": (answering(seconds=3), "http"),
    "a proxy that breaks off": (answering(b"HTTP/1.1 200 Conn"), "http"),
    "a proxy that connects, and closes": (answering(TUNNEL, b""), "http"),
    "a proxy that connects, and resets": (answering(TUNNEL, b"", is_reset=True), "http"),
    "a proxy that connects, and hangs": (answering(TUNNEL, seconds=3), "http"),
    "a proxy that connects to another port": (answering(TUNNEL, b"+PONG\r\n"), "http"),
    "a proxy with a head of 2 MB": (answering(b"HTTP/1.1 200 OK\r\nX: " + b"x" * (2 << 20)), "http"),
    "a SOCKS proxy that refuses": (answering(METHOD, b"\x05\x02\x00\x01" + bytes(6)), "socks5"),
    "a SOCKS proxy that is none": (answering(b"HTTP/1.1 400 X\r\n\r\n"), "socks5"),
    "a SOCKS proxy that asks for credentials": (answering(b"\x05\x02"), "socks5"),
    "a SOCKS proxy that closes": (answering(), "socks5"),
    "a SOCKS proxy that resets": (answering(is_reset=True), "socks5"),
    "a SOCKS proxy that hangs": (answering(METHOD, seconds=3), "socks5"),
    "a SOCKS proxy that breaks off": (answering(METHOD, CONNECTED[:3]), "socks5"),
    "a SOCKS proxy that connects, and closes": (answering(METHOD, CONNECTED, b""), "socks5"),
    "a SOCKS proxy that connects to another port": (answering(METHOD, CONNECTED, b"+PONG\r\n"), "socks5"),
}

#: What only the proxy can have sent, where it was asked to connect: later ones may be the target's.
OF_THE_PROXY = {name for name in PROXIES if "hangs" not in name and "proxy that connects" not in name}


def unreachable(url: str, folder: Path, *options: str):
    """The record of a run on a target that cannot be reached."""
    settings = settings_for(url, folder, "--timeout", "2", *options)
    record = short_run(settings, {"STOREPACT_TOKEN": TOKEN}).record
    assert (record.verdict, record.exit_code, record.findings) == ("undetermined", 3, ())
    assert record.traffic.requests <= 3
    return record


@pytest.mark.parametrize("name", PROXIES)
@pytest.mark.parametrize("target", ["http", "https"])
def test_unusable_proxy(name, target, tmp_path):
    """A proxy that does not do its work is named; until it has connected, each failure is its own."""
    serve, scheme = PROXIES[name]
    with proxy_server(serve or answering()) as (port, _):
        port = port if serve else closed_port()
        options = ("--proxy", f"{scheme}://127.0.0.1:{port}", "--timeout", "0.5")
        record = unreachable(f"{target}://127.0.0.1:9", tmp_path, *options)
    assert f"127.0.0.1:9 through the proxy {scheme}://127.0.0.1:{port}" in record.reasons[0]
    is_tunnel = target == "https" or scheme == "socks5"
    is_certain = (is_tunnel and name in OF_THE_PROXY) or name in (
        "a proxy that does not run",
        "a proxy that asks for credentials",
    )
    assert ("check --proxy" in record.reasons[0]) is ("proxy" in record.traffic.failures) is is_certain


@pytest.mark.parametrize("target", ["http", "https"])
def test_proxy_ends_in_the_middle(target, authority, pem, tmp_path, provider_mock_process):
    """A proxy that connects no more in the middle of a run is named; what it refuses was not sent."""
    number = count(1)

    def serve(connection, asked):
        (http_proxy if next(number) <= 2 else answering(REFUSAL % 407))(connection, asked)

    def choose(exchange):
        ends = exchange.number % 6 == 0
        return (lambda it: it.send(it.forward()) and False) if ends else passing

    provider_mock_process.configure()
    certificate = server_context(authority.issue_cert("127.0.0.1")) if target == "https" else None
    with (
        proxy_server(serve) as (port, asked),
        fault_proxy(provider_mock_process.url, choose, tls=certificate) as provider,
    ):
        words = ("--proxy", f"http://127.0.0.1:{port}", "--ca-file", str(pem / "ca.pem"))
        words = (*words, "--patience", "0.3", "--timeout", "0.5")
        tokens = {"STOREPACT_TOKEN": provider_mock_process.tokens["writer"]}
        record = short_run(settings_for(provider.url, tmp_path, *words), tokens).record
    assert (record.verdict, record.findings) == ("undetermined", ())
    assert "proxy" in record.traffic.failures
    assert f"through the proxy http://127.0.0.1:{port}" in record.reasons[0]
    assert (record.traffic.requests, len(asked)) < (40, 30)


MALFORMED = {
    "a length that is too small": b"Content-Length: 1\r\n\r\n{}",
    "a length that is too large": b"Content-Length: 90\r\n\r\n{}",
    "a length that is no number": b"Content-Length: two\r\n\r\n{}",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_first_response_is_malformed(name, tmp_path):
    """A target that responds with a wrong length is reached: its response is malformed, not its address."""
    data = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + MALFORMED[name]
    with proxy_server(answering(data)) as (port, _):
        (reason, *_) = unreachable(f"http://127.0.0.1:{port}", tmp_path).reasons
    assert "its response cannot be read" in reason
    assert "compare its Content-Length" in reason
    assert "check the address" not in reason


def test_first_response_is_too_large(tmp_path):
    """A target whose list is too large is reached: its size is the reason, not its address."""
    data = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000000\r\n\r\n"
    with proxy_server(answering(data)) as (port, _):
        (reason, *_) = unreachable(f"http://127.0.0.1:{port}", tmp_path).reasons
    assert "--max-body-size" in reason
    assert "check the address" not in reason


def test_first_response_is_interim_only(tmp_path):
    """Interim responses are no response, and the message says that they came."""
    data = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    with proxy_server(answering(data, seconds=1.0)) as (port, _):
        (reason, *_) = unreachable(f"http://127.0.0.1:{port}", tmp_path, "--timeout", "0.3").reasons
    assert "within 0.3 s (nothing but interim responses (1xx))" in reason


def test_names_and_ports_that_are_not_there(tmp_path):
    """A name without an address, a port that nobody listens at."""
    assert "dns" in unreachable("https://nowhere.invalid", tmp_path).traffic.failures
    assert "refused" in unreachable(f"http://127.0.0.1:{closed_port()}", tmp_path).traffic.failures


@pytest.mark.parametrize("kind", ["unknown authority", "expired", "another name", "wants a certificate"])
def test_certificates(authority, pem, kind, tmp_path):
    """What is wrong with a certificate is said; nothing is sent, least of all the token."""
    certificate = authority.issue_cert(
        "other.example.com" if kind == "another name" else "127.0.0.1",
        not_before=EXPIRED,
        not_after=EXPIRED + datetime.timedelta(days=1) if kind == "expired" else None,
    )
    demands = authority if kind == "wants a certificate" else None
    options = () if kind == "unknown authority" else ("--ca-file", str(pem / "ca.pem"))
    with tls_provider(certificate, demands) as provider:
        record = unreachable(provider.url, tmp_path, *options)
        assert provider.requests == []
    assert set(record.traffic.failures) <= {"tls", "reset", "cut"}
    if "tls" in record.traffic.failures:
        assert ("--client-cert" if demands else "--ca-file") in record.reasons[0]


@pytest.mark.parametrize("speaks", ["plain http", "TLS"])
def test_wrong_scheme(authority, speaks, tmp_path):
    """A port that speaks TLS is no http target, and the other way round."""
    if speaks == "plain http":
        with small_provider() as provider:
            record = unreachable(provider.url.replace("http:", "https:"), tmp_path)
        assert set(record.traffic.failures) == {"tls"}
    else:
        with tls_provider(authority.issue_cert("127.0.0.1")) as provider:
            record = unreachable(provider.url.replace("https:", "http:"), tmp_path)
        assert set(record.traffic.failures) <= {"malformed", "cut", "reset"}


# bad input: exit code 2, one line


def bad_options(folder: Path) -> dict[str, tuple[str, ...]]:
    """Options that cannot be used."""
    return {
        "a CA file that is not there": ("--ca-file", f"{folder}/nowhere.pem"),
        "a CA file that is none": ("--ca-file", f"{folder}/none.pem"),
        "a CA file that is a folder": ("--ca-file", f"{folder}"),
        "a certificate that is not there": ("--client-cert", f"{folder}/nowhere.pem"),
        "a certificate without its key": ("--client-cert", f"{folder}/cert.pem"),
        "a certificate with another's key": (
            "--client-cert", f"{folder}/cert.pem", "--client-key", f"{folder}/other-key.pem",
        ),
        "a key without its certificate": ("--client-key", f"{folder}/key.pem"),
        "a proxy of an unknown scheme": ("--proxy", "ftp://proxy.example.com"),
        "a proxy without a host": ("--proxy", "http://"),
        "a proxy with a port that is none": ("--proxy", "http://proxy:http"),
        "a header without a value": ("--header", "X-Team"),
        "a header with a blank in its name": ("--header", "X Team: y"),
        "a header of the run itself": ("--header", "Authorization: api-1"),
        "a header with a line break": ("--header", "X-Team: a\r\nX-Other: b"),
        "a negative rate": ("--rate", "-1"),
        "no rate": ("--rate", "0"),
        "no requests": ("--max-requests", "0"),
        "words for a number of requests": ("--max-requests", "few"),
        "a deadline in the past": ("--deadline", "-1"),
        "impatience": ("--patience", "-1"),
        "a negative time to settle": ("--settle", "-1"),
        "a day to settle": ("--settle", "86400"),
        "words for a time to settle": ("--settle", "soon"),
        "more than all": ("--max-network-errors", "101"),
        "a token file that is not there": ("--token-file", f"{folder}/nowhere"),
        "a token file that is empty": ("--token-file", "/dev/null"),
        "a token command that is not there": ("--token-command", "no-such-command-anywhere"),
        "a token command that fails": ("--token-command", "false"),
        "a token command that prints nothing": ("--token-command", "true"),
        "a token command with an open quote": ("--token-command", "echo '"),
        "a token from two places": ("--token-command", "echo x", "--token-file", f"{folder}/none.pem"),
        "plain http to another machine": ("--target", "http://provider.example.com"),
    }  # fmt: skip


@pytest.mark.parametrize("name", bad_options(Path()))
def test_bad_option(name, pem, tmp_path):
    """An option that cannot be used: one line that says so, exit code 2, nothing is sent."""
    options = bad_options(pem)[name]
    target = () if "--target" in options else ("--target", f"http://127.0.0.1:{closed_port()}")
    done = call("verify", *target, *options, cwd=tmp_path, environment={"STOREPACT_TOKEN": TOKEN})
    message = done.stdout + done.stderr
    assert (done.returncode, "Traceback" in message, TOKEN in message) == (2, False, False), message
    assert options[-2].lstrip("-").split("-")[0] in message.lower() or name.startswith("plain http"), message


@pytest.mark.parametrize(
    "name",
    [
        "a key without its certificate",
        "a certificate without its key",
        "a header without a value",
        "a proxy without a host",
        "a token from two places",
    ],
)
def test_cleanup_refuses_bad_options(name, pem, tmp_path):
    """What a run refuses before it sends anything, the cleanup refuses as well."""
    options = ("--target", f"http://127.0.0.1:{closed_port()}", *bad_options(pem)[name])
    done = call("cleanup", "--dry-run", *options, cwd=tmp_path, environment={"STOREPACT_TOKEN": TOKEN})
    assert (done.returncode, TOKEN in done.stdout + done.stderr) == (2, False), done.stderr


def test_variable_that_names_no_certificates(monkeypatch):
    """SSL_CERT_FILE and ALL_PROXY that cannot be used are named; http on loopback needs neither."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(UsageError, match=r"SSL_CERT_FILE /nowhere/ca\.pem: No such file"):
        status("https://127.0.0.1:9", Route(header=("X-Only: here",)), limits=Limits())
    monkeypatch.setenv("ALL_PROXY", "gopher://proxy.example.com")
    with pytest.raises(UsageError, match="ALL_PROXY is not the URL of a proxy"):
        status("http://a.example")
    with small_provider() as provider:
        assert status(provider.url) == 200


def test_exchange_ends_before_the_pace_is_noted(monkeypatch):
    """A process that waits for the file of the common pace makes no exchange look later than it was."""
    noted, ends = [], []
    monkeypatch.setattr(Pacer, "observe", lambda *_: noted.append(time.time()))
    with (
        fault_proxy("", lambda exchange: lists_nothing) as provider,
        Target(provider.url, Credentials({Auth.WRITER: TOKEN}), Secrets(), means=Means()) as target,
    ):
        target.observe = lambda exchange, ended: ends.append(ended)
        target.send(LISTING)
    assert ends[0] <= noted[0]


def test_key_whose_passphrase_is_not_there(pem, tmp_path, monkeypatch):
    """The message names the variable."""
    key = serialization.load_pem_private_key((pem / "key.pem").read_bytes(), None)
    secret = serialization.BestAvailableEncryption(b"open sesame")
    locked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, secret
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    monkeypatch.delenv("STOREPACT_CLIENT_KEY_PASSPHRASE", raising=False)
    route = Route(client_cert=pem / "cert.pem", client_key=tmp_path / "locked.pem")
    with pytest.raises(UsageError, match="STOREPACT_CLIENT_KEY_PASSPHRASE"):
        route.tls_context()
