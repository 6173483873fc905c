"""Curl lines of findings, pasted into a shell at a running mock."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request

#: What differs between two runs of the same lines on the same provider.
_VOLATILE = (
    (re.compile(r"(?mi)^(date|x-ratelimit-[a-z-]*(reset|remaining)|retry-after): ([0-9]+|.*GMT)$"), r"\1: …"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b1[0-9]{12}\b"), "MILLISECONDS"),
    (re.compile(r"127\.0\.0\.1:[0-9]+"), "HOST"),
)

#: An id of the mock; the same one has the same number wherever it is shown.
_ID = re.compile(r"[0-9a-f]{24}")

#: Where the lines of a run on the embedded mock point to.
SHOWN_URL = "http://127.0.0.1:8080"


def paste(running, lines, secret=None):
    """What the lines print at a mock, without what differs from run to run; their responses in order."""
    tokens = {f"STOREPACT_{name.upper()}_TOKEN": token for name, token in running.tokens.items()}
    if secret is not None:
        tokens |= {f"STOREPACT_SECRET_{number}": secret for number in (1, 2, 3)}
    result = subprocess.run(
        ["bash", "-c", "exec 2>&1; . /dev/stdin"],
        input=lines.replace(SHOWN_URL, running.url).encode("utf-8", "surrogatepass"),
        env={"PATH": os.environ["PATH"], "STOREPACT_TOKEN": running.tokens["writer"], **tokens},
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    text = result.stdout.decode("utf-8", "replace").replace("\r", "")
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    numbers: dict[str, int] = {}
    return _ID.sub(lambda match: f"ID{numbers.setdefault(match[0], len(numbers) + 1)}", text)


def count_resources(running, path):
    """How many resources a mock lists."""
    request = urllib.request.Request(running.url + path, headers=running.headers())
    with urllib.request.urlopen(request, timeout=10) as response:
        return len(json.load(response)["items"])
