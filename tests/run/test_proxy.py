# ruff: noqa: E501 - answers in one line
"""`storepact proxy`: answers pass unchanged, and every exchange is judged."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import ssl
import threading
from contextlib import contextmanager
from multiprocessing import Pipe

import pytest
import trustme

from commands import call, start
from fault_proxy import fault_proxy, response
from forward_proxies import http_proxy, proxy_server
from har_files import Client
from storepact.transport.relay import Relay, RelayOptions, _loop_factory
from storepact.transport.relay_events import RelayStarted, RequestEnded
from storepact.transport.route import Route


def receive_request(connection):
    """One request with a body of known length."""
    stream = connection.makefile("rb")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return head
        head += line
    lengths = [
        line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    ]
    return head + stream.read(int(lengths[0]) if lengths else 0)


@contextmanager
def scripted_server(answer: bytes, *, closes=True):
    """A server that reads one request, sends these bytes and closes; `requests` are what it read."""
    listener = socket.create_server(("127.0.0.1", 0))
    requests = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                requests.append(receive_request(connection))
                connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
    listener.close()


@contextmanager
def run_relay_to(target, route=None):
    """A relay to a target, in a thread: its port, and a function that ends it and returns the exchanges."""
    import asyncio
    import pickle

    own, others = Pipe()

    def run():
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(Relay(RelayOptions(target, 0, route or Route()), others).run())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert own.poll(10)
    events = pickle.loads(own.recv_bytes())
    assert isinstance(events[0], RelayStarted), events

    def finish():
        own.send_bytes(b"stop")
        ended = []
        while own.poll(15):
            try:
                ended += [
                    event for event in pickle.loads(own.recv_bytes()) if isinstance(event, RequestEnded)
                ]
            except EOFError:
                break
        return ended

    yield events[0].port, finish
    thread.join(10)


def exchange(port, method="GET", path="/x", body=None, **headers):
    """The status, headers and body that a client gets through the relay."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        with connection.getresponse() as response:
            return response.status, response.getheaders(), response.read()


ANSWERS = {
    "with a length": (b"HTTP/1.1 200 Fine\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", b"hello"),
    "chunked": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", b"hello"),
    "until the end": (b"HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nhello", b"hello"),
    "without a body": (b"HTTP/1.1 204 No Content\r\nX-A: 1\r\nConnection: close\r\n\r\n", b""),
    "a redirect": (b"HTTP/1.1 302 Found\r\nLocation: /y\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", b""),
    "compressed wrongly": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", b"hello"),
    "a failure": (b"HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length: 3\r\nConnection: close\r\n\r\n<b>", b"<b>"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_passes_unchanged(name):
    """Status, every header in its order, and the body as it was sent; nothing is added."""
    answer, body = ANSWERS[name]
    with scripted_server(answer) as (url, _), run_relay_to(url) as (port, finish):
        status, headers, content = exchange(port)
        exchanges = finish()
    assert (status, content) == (int(answer.split()[1]), body)
    sent = [line.split(": ", 1) for line in answer.decode().split("\r\n\r\n")[0].split("\r\n")[1:]]
    hops = ("connection", "transfer-encoding")
    assert [pair for pair in headers if pair[0].lower() not in hops] == [
        tuple(pair) for pair in sent if pair[0].lower() not in hops
    ]
    assert exchanges[0].response.response.status == status


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
def test_request_passes_unchanged(method):
    """Method, path, query, headers and body; the client's own token, and nothing of the relay's."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with scripted_server(answer) as (url, requests), run_relay_to(url) as (port, finish):
        body = b'{"a": 1}' if method in ("POST", "PATCH") else None
        exchange(port, method, "/a%2Fb//c?d=%20e&d", body, Authorization="token-1", **{"X-B": "7"})
        exchanges = finish()
    head, _, content = requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == f"{method} /a%2Fb//c?d=%20e&d HTTP/1.1"
    names = {line.partition(":")[0].lower() for line in lines[1:]}
    assert (
        {"authorization", "x-b", "host"}
        <= names
        <= {"authorization", "x-b", "host", "accept-encoding", "content-length"}
    )
    assert content == (body or b"")
    assert exchanges[0].request.request.body == body


def test_large_bodies_pass_both_ways():
    """Bodies of 20 MB are passed as they come; what is too long to be copied is not judged."""
    large = b"x" * 20_000_000
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(large) + large
    with scripted_server(answer) as (url, requests), run_relay_to(url) as (port, finish):
        _, _, content = exchange(port, "POST", body=large)
        exchanges = finish()
    assert content == large
    assert requests[0].endswith(large)
    assert not exchanges[0].request.has_body
    assert not exchanges[0].response.has_body


def test_client_may_wait_for_100_continue():
    """A client that expects it gets 100 at once, and sends its body then."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    with scripted_server(answer) as (url, requests), run_relay_to(url) as (port, finish):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(
                b"POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
            )
            assert connection.recv(1000).startswith(b"HTTP/1.1 100")
            connection.sendall(b"body")
            content = b"".join(iter(lambda: connection.recv(1000), b""))
        finish()
    assert content.endswith(b"ok")
    assert requests[0].endswith(b"body")


def test_target_without_an_answer_is_told_in_own_words():
    """502 with a header of the proxy's own; it is not the provider's answer, and not judged."""
    for target in ("http://127.0.0.1:1", None):
        with scripted_server(b"") as (url, _), run_relay_to(target or url) as (port, finish):
            status, headers, content = exchange(port)
            exchanges = finish()
        assert status == 502
        assert dict(headers)["X-Storepact-Proxy"]
        assert "storepact proxy" in json.loads(content)["message"]
        assert exchanges[0].response is None


def answers_ok(exchange):
    return exchange.send(response(200, b"ok")) or True


@pytest.mark.parametrize("through_proxy", [False, True])
def test_client_certificate(tmp_path, through_proxy):
    """A target that wants a client's certificate gets it, directly and through a tunnel; without it: 502."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    client = authority.issue_cert("client@example.com")
    client.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    client.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    own = (tmp_path / "ca.pem", tmp_path / "cert.pem", tmp_path / "key.pem")
    with (
        fault_proxy("", lambda exchange: answers_ok, tls=context) as provider,
        proxy_server(http_proxy) as (port, tunnels),
    ):
        proxy = f"http://127.0.0.1:{port}" if through_proxy else None
        for route, expected in ((Route(*own, proxy), 200), (Route(own[0], proxy=proxy), 502)):
            with run_relay_to(provider.url, route) as (own_port, finish):
                assert exchange(own_port)[0] == expected
                finish()
    assert bool(tunnels) is through_proxy


def test_answer_that_is_cut_is_cut_for_the_client():
    """A client sees that a body is not whole."""
    with (
        scripted_server(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello") as (url, _),
        run_relay_to(url) as (port, finish),
    ):
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            exchange(port)
        assert finish()[0].response is None


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CLOSES = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n"

#: What a client sends, what the target answers, what the client gets, and the statuses that are judged.
BYTES = {
    "two requests at once": (GET + LAST, OK, (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200", b"ok"), [200, 200]),
    "HEAD, then another request": (GET.replace(b"GET", b"HEAD") + LAST, OK, (b"Content-Length: 2\r\n\r\nHTTP/1.1 200", b"ok"), [200, 200]),
    "HTTP/1.0": (b"GET /x HTTP/1.0\r\n\r\n", CHUNKED, (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok",), [200]),
    "HTTP/1.0 that stays": (b"GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + LAST, OK, (b"Connection: keep-alive\r\n\r\nokHTTP/1.1 200",), [200, 200]),
    "trailers": (LAST, CHUNKED, (b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n",), [200]),
    "early hints": (LAST, b"HTTP/1.1 103 Early\r\nLink: a\r\n\r\n" + OK, (b"HTTP/1.1 200 OK\r\nContent-Length: 2",), [200]),
    "an offer of HTTP/2": (
        LAST.replace(b"close", b"Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA") + LAST, OK, (b"okHTTP/1.1 200 OK",), [200, 200]
    ),
    "malformed": (b"GET /x HTTP/1.1\r\nContent-Length: -\r\n\r\n", OK, (b"HTTP/1.1 400", b"X-Storepact-Proxy"), []),
    "a tunnel": (b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", OK, (b"HTTP/1.1 501",), []),
    "a head without an end": (b"GET / HTTP/1.1\r\nA: " + b"a" * 1_100_000 + b"\r\n\r\n", OK, (b"HTTP/1.1 400",), []),
    "answered too early": (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", b"HTTP/1.1 413 Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", (b"HTTP/1.1 413 Large",), [413]),
    "malformed answer": (LAST, b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok", (b"HTTP/1.1 502", b"malformed"), [None]),
    "chunks of a request": (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n0\r\n\r\n", CLOSES, (b"ok",), [200]),
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_clients_and_targets_send(name):
    """What is unusual and allowed passes; what is not is refused, and ends the connection."""
    sent, answer, expected, statuses = BYTES[name]
    with scripted_server(answer) as (url, _), run_relay_to(url) as (port, finish):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(sent)
            if name == "answered too early":
                content = connection.recv(1000)
            else:
                content = b"".join(iter(lambda: connection.recv(100_000), b""))
        exchanges = finish()
    assert all(part in content for part in expected), content
    assert [made.response and made.response.response.status for made in exchanges] == statuses


def test_request_that_is_not_whole_is_not_waited_for():
    """A client that leaves ends its exchange: nothing is judged."""
    with scripted_server(OK) as (url, _), run_relay_to(url) as (port, finish):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        exchange(port)  # the target answers it once the other one has ended
        exchanges = finish()
    assert [made.response is None for made in exchanges] == [True, False]
    assert not exchanges[0].request.has_body


def test_plain_http_through_a_proxy():
    """The proxy gets the URL and its own credentials; the target's answer passes."""
    with scripted_server(CLOSES) as (url, requests):
        route = Route(proxy=url.replace("http://", "http://user:pass@"))
        with run_relay_to("http://target.example.com:81", route) as (port, finish):
            assert exchange(port, path="/x?y")[0] == 200
            finish()
    assert requests[0].startswith(b"GET http://target.example.com:81/x?y HTTP/1.1\r\n")
    assert b"\r\nHost: target.example.com:81\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n" in requests[0]


def test_judging_that_falls_behind_delays_no_answer(monkeypatch):
    """Beyond what may wait, answers pass and are not copied; the exchange says so."""
    monkeypatch.setattr("storepact.transport.relay_events.MOST_WAITING", -1)
    with scripted_server(OK) as (url, _), run_relay_to(url) as (port, finish):
        assert exchange(port, "POST", body=b"abc")[2] == b"ok"
        exchanges = finish()
    assert (exchanges[0].skipped, exchanges[0].response, exchanges[0].request.request.body) == (
        True,
        None,
        None,
    )


def test_findings_come_up_live_and_in_the_record(tmp_path, provider_mock):
    """Real exchanges through the command: the answers of the mock, the finding as a line, then the reports."""
    provider_mock.configure(faults=["stale-read"])
    with start("proxy", "--target", provider_mock.url, "--port", "0", cwd=tmp_path) as process:
        port = process.stdout.readline().split()[0].rpartition(":")[2]
        client = Client(provider_mock)
        client.url = f"http://127.0.0.1:{port}"
        client.story()
        assert [made["response"]["status"] for made in client.entries][:3] == [201, 200, 200]
        line = process.stdout.readline()
        assert "SP6" in line
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 1, output + errors
    record = json.loads((tmp_path / "storepact-traffic" / "run.json").read_text())
    assert record["exchanges_total"] == len(client.entries)
    assert "SP602" in {row["code"] for row in record["findings"]}
    assert provider_mock.tokens["writer"] not in json.dumps(record) + output + errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--target", "nowhere"), "not a target"),
        (("--target", "mock"), "storepact mock"),
        (("--target", "http://api.example.com"), "--insecure-http"),
        (("--target", "http://127.0.0.1:1", "--port", "70000"), "--port"),
        (("--target", "http://127.0.0.1:1", "--client-key", "key.pem"), "--client-cert"),
        (("--target", "http://127.0.0.1:1", "--client-cert", "nowhere.pem"), "nowhere.pem"),
        (("--target", "http://127.0.0.1:1", "--proxy", "socks5://127.0.0.1:9"), "SOCKS"),
        (("--target", "http://127.0.0.1:1", "--proxy", "ftp://127.0.0.1:9"), "--proxy"),
        ((), "--target"),
    ],
)
def test_wrong_options(tmp_path, options, message):
    """Each is refused with what to do."""
    done = call("proxy", *options, cwd=tmp_path)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


def test_report_folder_that_cannot_be_written(tmp_path):
    """It is refused before anything is relayed: what is judged until the end would be lost."""
    (tmp_path / "taken").write_text("")
    options = ("--target", "http://127.0.0.1:1", "--port", "0", "--report-dir", "taken")
    done = call("proxy", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "--report-dir" in done.stderr
