"""A PostgreSQL of its own for tests, where it is installed: on a free port of loopback, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

FOUND = (
    sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if Path("/usr/lib/postgresql").is_dir() else []
)
BINARIES = (
    FOUND[-1].parent
    if FOUND
    else (Path(shutil.which("initdb") or "").parent if shutil.which("initdb") else None)
)


def _account():
    """Who runs it: it refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


needs_postgresql = pytest.mark.skipif(
    BINARIES is None or (os.geteuid() == 0 and _account() is None), reason="postgresql is not installed"
)


@contextmanager
def serve_database():
    """Yields the URL of an empty database."""
    account = _account()
    with tempfile.TemporaryDirectory(prefix="storepact-pg-", dir="/tmp") as name:
        folder = Path(name)
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        told = (
            {"user": account.pw_name, "group": account.pw_gid, "extra_groups": []}
            if account is not None
            else {}
        )

        def run(*words):
            done = subprocess.run(
                [str(BINARIES / words[0]), *words[1:]],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                **told,
            )
            assert done.returncode == 0, done.stdout + done.stderr

        run(
            "initdb",
            "-D",
            f"{folder}/data",
            "-U",
            "storepact",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale",
            "C",
        )
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c max_connections=30"
        run("pg_ctl", "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "-t", "60", "start")
        try:
            yield f"postgresql://storepact@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
