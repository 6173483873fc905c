"""The HTTP client: errors, waits and addresses."""

from __future__ import annotations

import httpcore
import httpx
import pytest

from storepact.model.errors import RequestUnsendable, UsageError
from storepact.transport.addresses import base_url_of
from storepact.transport.connections import Connections
from storepact.transport.limit_headers import limit_pause
from storepact.transport.network_errors import NetworkError
from storepact.transport.route import Route
from storepact.transport.wire_requests import InvalidURL, make_request

ERRORS = [
    value for value in vars(httpcore).values() if isinstance(value, type) and issubclass(value, Exception)
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_of_the_library_becomes_ours(error, monkeypatch):
    """Every exception of the HTTP library is a failure of the network, or a request that nobody may send."""

    def fail(self, request):
        raise error

    monkeypatch.setattr(httpcore.ConnectionPool, "handle_request", fail)
    with pytest.raises((NetworkError, RequestUnsendable)):
        Connections("http://localhost", Route()).send(make_request("GET", "http://localhost/", ()), 1.0)


@pytest.mark.parametrize("method", ["GET", "POST", "patch", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("body", [None, b"", b"{}"])
@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"Accept", b"*/*"), (b"accept", b"text/plain")],
        [(b"hOST", b"elsewhere.example.com")],
        [(b"Content-length", b"7"), (b"A", b"b")],
        [(b"Transfer-Encoding", b"chunked")],
    ],
)
def test_request_has_the_headers_of_httpx(method, body, headers):
    """Host and Content-Length are added as httpx adds them, and in the same places."""
    for url in ("http://localhost:8080/a?b=%20c", "https://[::1]:443/", "https://b\u00fccher.example.com"):
        theirs, ours = (
            httpx.Request(method, url, headers=headers, content=body),
            make_request(method, url, headers, body),
        )
        assert ours.headers == theirs.headers.raw
        assert (ours.method.decode(), b"".join(ours.stream)) == (theirs.method, theirs.read())
        assert (ours.url.host, ours.url.port) == (theirs.url.raw_host, theirs.url.port)
        assert (ours.url.scheme, ours.url.target) == (theirs.url.raw_scheme, theirs.url.raw_path)


@pytest.mark.parametrize("base", ["http://localhost", "http://127.0.0.1:8080", "https://a.example.com:444"])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a/b",
        "/a/",
        "//a",
        "/a/../b",
        "/./a",
        "/a/..",
        "/.a/..b/a..",
        "/%41/%2f/%2F",
        "/100%",
        "/%zz",
        "/a b",
        "/'q'",
        "/a?b=c&d='e'",
        "/a#b",
        "/\u00e9",
        '/"<>^`{|}',
        "/a;b=c,d:@e!f$g&h(i)*+",
        "/~a/a-b_c.d",
        "/a\\b",
        "/[a]",
    ],
)
def test_url_is_sent_as_httpx_sends_it(base, path):
    """Plain URLs are read without httpx."""
    expected, sent = httpx.URL(base + path), make_request("GET", base + path, ())
    assert (sent.url.scheme, sent.url.host, sent.url.port, sent.url.target) == (
        expected.raw_scheme,
        expected.raw_host,
        expected.port,
        expected.raw_path,
    )
    assert dict(sent.headers)[b"Host"] == expected.netloc


@pytest.mark.parametrize(
    "url",
    ["http://localhost:80/a", "https://localhost:443", "http://localhost:8443", "http://localhost:64999/"],
)
def test_host_has_no_port_that_is_usual_for_its_scheme(url):
    """As httpx has it."""
    assert dict(make_request("GET", url, ()).headers)[b"Host"] == httpx.URL(url).netloc


@pytest.mark.parametrize("url", ["http://a:b/", "http://[::1", "http://a/\n"])
def test_text_that_is_no_url_is_an_error(url):
    """No error of httpx gets out."""
    with pytest.raises(InvalidURL):
        make_request("GET", url, ())


def test_limit_pause_reads_headers():
    """Retry-After counts seconds, resets are epoch milliseconds."""
    assert limit_pause((("Retry-After", "3"),), 0) == 3
    assert 2 < limit_pause((("X-Ratelimit-Reset", "1000002500"),), 1_000_000) < 3


@pytest.mark.parametrize(
    "text",
    [
        *("nonsense", "ftp://x", "http://", "http://u:p@x", "http://x:99999"),
        *(
            "http://a b",
            "http://a\tb",
            "http://x/\n",
            "http://x/?a=1",
            "http://x?",
            "http://x/#y",
            "http://x#",
        ),
    ],
)
def test_bad_target_is_refused(text):
    """A target needs an http(s) URL without credentials, and one that a path can follow."""
    with pytest.raises(UsageError):
        base_url_of(text)
