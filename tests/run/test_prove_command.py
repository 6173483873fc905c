"""`storepact prove` on the command line: exit codes, files, wrong options, Ctrl-C."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import time
from pathlib import Path

import pytest

from commands import call, clean_environment, command, run
from local_mock import serve_locally
from recorded_runs import PART
from short_gate import with_scenarios, without_generated_cases
from storepact.run import prove
from storepact.run.prover import CLEAN, Prover
from storepact.transport.interrupts import Interrupts


def test_proof_succeeds(tmp_path):
    """Every fault caught, and no finding without a fault: exit 0. Two processes share the work."""
    done = run("prove", "--fault", "stale-read", "--workers", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 faults caught, no finding without a fault" in done.stdout


def test_proof_fails_without_a_check(tmp_path, monkeypatch):
    """Without a check the faults that only it catches are missed: exit 1, and every page has them."""
    without_generated_cases(monkeypatch)
    with_scenarios(monkeypatch, *PART, "access", "reader-sees-the-same", "list-and-get-agree")

    def run_in_this_process(options, workers, advance):
        with serve_locally() as running:
            return [Prover(options, running).test_fault(fault) for fault in (CLEAN, *options.faults)]

    monkeypatch.setattr(prove, "run_faults", run_in_this_process)
    options = ("--fault", "create-200", "--without", "SP303", "--fault", "access-too-generous")
    done = call("prove", *options, "--page", "teeth.md", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 of 2 faults caught" in done.stdout
    folder = tmp_path / "storepact-report"
    proof = json.loads((folder / "teeth.json").read_text(encoding="utf-8"))
    caught = {fault["fault"]: fault["caught"] for fault in proof["faults"]}
    assert caught == {"create-200": True, "access-too-generous": False}
    assert proof["clean"]["silent"]
    assert proof["command"].startswith("storepact prove --fault create-200 --without SP303")
    for page in (folder / "teeth.html", folder / "teeth.md", tmp_path / "teeth.md"):
        assert "MISSED" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fault", "stale-reed"), "did you mean 'stale-read'"),
        (("--without", "SP999"), "there is no check 'SP999'"),
        (("--allow-writes",), "go with --target"),
        (("--target", "mock", "--fault", "stale-read"), "do not go with --target"),
        (("--target", "http://127.0.0.1:9", "--allow-writes"), "STOREPACT_TOKEN"),
        (("--openapi", "nowhere.yaml", "--fault", "stale-read"), "nowhere.yaml"),
        (("--report-dir", "/proc/nowhere"), "cannot write reports"),
        (("--page", "nowhere/teeth.md"), "--page nowhere/teeth.md"),
        (("--detections", "nowhere/detections.json"), "--detections nowhere/detections.json"),
        (("--detections", "."), "--detections ."),
        (("--detections", "new.json", "--without", "SP602"), "does not go with --without"),
        (("--detections", "new.json", "--target", "mock"), "do not go with --target"),
    ],
)
def test_wrong_option_is_one_line(tmp_path, arguments, message):
    """A wrong option is one line on stderr and exit code 2, without a traceback."""
    done = call("prove", *arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_that_a_callback_drops_ends_a_proof(monkeypatch):
    """It is raised again while a proof waits for results."""
    interrupts = Interrupts()
    interrupts.pressed = True
    monkeypatch.setattr(prove, "INTERRUPTS", interrupts)
    with pytest.raises(KeyboardInterrupt):
        prove._next_result(queue.Queue(), ())


def test_interrupted_proof_leaves_no_process(tmp_path):
    """Ctrl-C ends a proof with exit code 3, and its mocks end, too."""
    process = subprocess.Popen(
        command("prove", "--workers", "2"),
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert "proving" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 3, out + err
    assert "Traceback" not in err
    deadline = time.monotonic() + 10
    while processes_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(process.pid) == []


def processes_of(session: int) -> list[str]:
    """Return the ids of the living processes of a session."""
    processes = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            processes.append(entry.parent.name)
    return processes
