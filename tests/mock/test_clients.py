"""Clients as they are out of the box can use the mock; one that is not installed is skipped."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from storepact.families.persistent_store.api import BASE

PATH = f"{BASE}/default/test/redis"
BODY = {"config": {"host": "client.example.com"}, "name": "ordinary – ü", "tags": ["a"]}
FOLDER = Path(__file__).parents[1] / "data" / "clients"


def statuses(*command):
    """Run a client; returns the last words of its output."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    result = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, encoding="utf-8"
    )
    return result.stdout.split()


def module_or_skip(name):
    """Return a module, or skip."""
    return pytest.importorskip(name, reason=f"{name} is not installed")


def names(running):
    """Return the names that the list has."""
    request = urllib.request.Request(running.url + BASE, headers=running.headers())
    with urllib.request.urlopen(request, timeout=10) as response:
        return [item["name"] for item in json.load(response)["items"]]


def by_curl(running, *options):
    """Create with curl."""
    lines = [f"-H{name}: {value}" for name, value in running.headers().items()]
    return statuses(
        "curl", "-sS", *options, "-o", "/dev/null", "-w", "%{http_code}", *lines,
        "-H", "Content-Type: application/json", "--data-binary", json.dumps(BODY), running.url + PATH,
    )  # fmt: skip


def by_wget(running):
    """Create with wget, which prints nothing where it gets a 2xx."""
    lines = [f"--header={name}: {value}" for name, value in running.headers().items()]
    return statuses(
        "wget", "-qO-", *lines, "--header=Content-Type: application/json",
        f"--post-data={json.dumps(BODY)}", running.url + PATH,
    ) and ["201"]  # fmt: skip


def by_httpie(running):
    """Create with httpie, which adds blanks and headers of its own."""
    lines = [f"{name}: {value}" for name, value in running.headers().items()]
    module_or_skip("httpie")
    status = statuses(
        *(sys.executable, "-m", "httpie", "--ignore-stdin", "--print=h"),
        *("POST", running.url + PATH, *lines, "--raw", json.dumps(BODY)),
    )
    return status[1:2]


def by_requests(running):
    """Create with requests."""
    post = module_or_skip("requests").post
    return [str(post(running.url + PATH, json=BODY, headers=running.headers(), timeout=10).status_code)]


def by_aiohttp(running):
    """Create with aiohttp."""
    aiohttp, asyncio = module_or_skip("aiohttp"), importlib.import_module("asyncio")

    async def post():
        async with (
            aiohttp.ClientSession(headers=running.headers()) as session,
            session.post(running.url + PATH, json=BODY) as response,
        ):
            return [str(response.status)]

    return asyncio.run(post())


def by_urllib(running):
    """Create with Python's own client, which closes its connection."""
    headers = {**running.headers(), "Content-Type": "application/json"}
    request = urllib.request.Request(running.url + PATH, json.dumps(BODY).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return [str(response.status)]


def by_node(running):
    """Create with Node's fetch and with its http, in chunks."""
    token = running.tokens["writer"]
    return statuses("node", str(FOLDER / "client.mjs"), running.url, token, PATH, json.dumps(BODY))


def by_java(running):
    """Create and list with the JDK's client, which offers h2c."""
    if shutil.which("javac") is None:
        pytest.skip("javac is not installed")
    options = ("-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", str(FOLDER / "Client.java"))
    return statuses("java", *options, running.url, running.tokens["writer"], PATH, json.dumps(BODY))


CLIENTS = {
    "curl": by_curl,
    "curl-http2": lambda running: by_curl(running, "--http2"),
    "curl-chunks": lambda running: by_curl(running, "-H", "Transfer-Encoding: chunked"),
    "curl-compressed": lambda running: by_curl(running, "--compressed"),
    "curl-http1.0": lambda running: by_curl(running, "--http1.0"),
    "wget": by_wget,
    "httpie": by_httpie,
    "requests": by_requests,
    "aiohttp": by_aiohttp,
    "urllib": by_urllib,
    "node": by_node,
    "java": by_java,
}


@pytest.mark.parametrize("client", CLIENTS)
def test_client_creates(provider_mock, client):
    """Each create of a client gets 201, and its body has arrived."""
    results = CLIENTS[client](provider_mock)
    assert set(results) <= {"200", "201"}
    assert results.count("201") == len(names(provider_mock)) >= 1
    assert set(names(provider_mock)) == {BODY["name"]}
