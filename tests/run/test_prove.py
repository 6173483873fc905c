"""The proof that the gate has teeth: every fault of the catalogue is caught, and every check is needed for one of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storepact.checks import EXCHANGE_CHECKS
from storepact.families import mock_definition
from thinned import thinned_prover

FAULTS = {fault.name: fault for fault in mock_definition().faults}


@pytest.fixture(scope="module")
def prover():
    """A prover that stops at the first finding; of what is generated it asks every sixteenth."""
    with thinned_prover() as thin:
        yield thin


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught(prover, name):
    """The gate finds something about the mock with this fault; what it asks stops there."""
    bite = prover.bite(name)
    assert bite.caught, bite.trouble


# the command


def storepact(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STOREPACT_")}
    return subprocess.run(
        [sys.executable, "-m", "storepact", *arguments],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_prove_is_content(tmp_path):
    """Every fault caught, and no finding without a fault: exit 0."""
    done = storepact(tmp_path, "prove", "--fault", "stale-read", "--workers", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 faults caught, no finding without a fault" in done.stdout


def test_prove_fails_without_checks(tmp_path):
    """Take checks away, and the faults that only they catch are missed: exit 1, and the matrix tells it."""
    sample = {"SP303": "access-too-generous"}
    options = [option for code, name in sample.items() for option in ("--without", code, "--fault", name)]
    done = storepact(tmp_path, "prove", "--fault", "create-200", *options, "--page", "teeth.md")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 of 2 faults caught" in done.stdout
    folder = tmp_path / "storepact-report"
    proof = json.loads((folder / "teeth.json").read_text(encoding="utf-8"))
    assert {fault["fault"]: fault["caught"] for fault in proof["faults"]} == {
        "create-200": True,
        **dict.fromkeys(sample.values(), False),
    }
    assert proof["clean"]["silent"]
    assert proof["command"].startswith("storepact prove --fault create-200 --without SP303")
    for page in (folder / "teeth.html", folder / "teeth.md", tmp_path / "teeth.md"):
        assert "MISSED" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fault", "stale-reed"), "did you mean 'stale-read'"),
        (("--without", "SP999"), "there is no check 'SP999'"),
        (("--allow-writes",), "go with --target"),
        (("--target", "mock", "--fault", "stale-read"), "do not go with --target"),
        (("--target", "http://127.0.0.1:9", "--allow-writes"), "STOREPACT_TOKEN"),
        (("--openapi", "nowhere.yaml", "--fault", "stale-read"), "nowhere.yaml"),
        (("--report-dir", "/proc/nowhere"), "cannot write reports"),
        (("--page", "nowhere/teeth.md"), "--page nowhere/teeth.md"),
    ],
)
def test_prove_tells_what_is_wrong_with_the_call(tmp_path, arguments, words):
    """One line, exit 2, no traceback."""
    done = storepact(tmp_path, "prove", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_interrupted_proof_leaves_no_process(tmp_path):
    """Ctrl-C ends it with exit 3, and its mocks end with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "storepact", "prove", "--workers", "2"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    assert "proving" in first
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 3, out + err
    assert "Traceback" not in err
    deadline = time.monotonic() + 10
    while _of_session(process.pid) and time.monotonic() < deadline:
        pass
    assert _of_session(process.pid) == []


def _of_session(session: int) -> list[str]:
    """The processes that still belong to a session."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(entry.parent.name)
    return found


def test_committed_page_knows_every_fault_and_check():
    """docs/teeth.md was made with this catalogue and these checks, and nothing was missed."""
    page = (Path(__file__).parents[2] / "docs" / "teeth.md").read_text(encoding="utf-8")
    assert not [name for name in FAULTS if f"`{name}`" not in page]
    assert not [check.code for check in EXCHANGE_CHECKS if f"| {check.code} `{check.name}`" not in page]
    assert "MISSED" not in page
    assert "$ storepact prove" in page


# does the mock lie?


def test_target_like_the_mock_shows_no_difference(tmp_path):
    """Two mocks of one kind answer alike: no difference, exit 0."""
    done = storepact(tmp_path, "prove", "--target", "mock")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no difference" in done.stdout


def test_differences_that_are_allowed_are_listed(tmp_path, provider_mock):
    """What a target chooses otherwise is listed, with an example, and the choices that bring the mock nearer are named."""
    provider_mock.configure(
        choices={"unknown-kind": "400", "default-name": "empty", "config-in-list": "absent"}
    )
    done = storepact(
        tmp_path,
        "prove",
        "--target",
        provider_mock.url,
        "--allow-writes",
        STOREPACT_TOKEN=provider_mock.tokens["writer"],
        STOREPACT_READER_TOKEN=provider_mock.tokens["reader"],
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "storepact-report" / "differences.json").read_text(encoding="utf-8"))
    told = {(row["where"], row["mock"], row["target"]) for row in found["differences"]}
    assert ("create: status", "404", "400") in told
    assert ("create 201: /name", '"Redis"', '""') in told
    assert ("list 200: /items/*/config/host", "absent") in {(where, target) for where, _, target in told}
    assert found["nearer"]["choices"]["unknown-kind"] == "400"
    assert found["nearer"]["choices"]["default-name"] == "empty"
    assert found["nearer"]["after"] < found["nearer"]["before"]
    assert "environments-apart" in found["left_out"]


def test_target_that_breaks_a_promise_is_not_just_different(tmp_path, provider_mock):
    """A finding on the target is no choice: exit 1."""
    provider_mock.configure(faults=["version-jumps"])
    tokens = {"STOREPACT_TOKEN": provider_mock.tokens["writer"]}
    done = storepact(tmp_path, "prove", "--target", provider_mock.url, "--allow-writes", **tokens)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "SP606" in done.stdout
