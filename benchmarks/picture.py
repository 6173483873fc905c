"""Make docs/images/report.png: the first screen of report.html of a provider with two faults.

Usage: python benchmarks/picture.py [RUN]

Without RUN (a report folder or run.json) it serves a mock with two faults and checks it, which takes a few
minutes. It needs Chromium on the machine, and playwright (`pip install .[dev]`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from storepact.record.store import load_record
from storepact.report import RenderOptions, html

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "report.png"

FAULTS = ("version-as-string", "no-beta-gate-on-delete")

PORT = 8197

#: Columns and rows of the picture, in pixels; and what README can take.
WIDTH, HEIGHT, MOST_BYTES = 1100, 760, 200_000

#: Tokens for the mock of this script, which nothing else accepts.
TOKENS = {
    "STOREPACT_TOKEN": "api-11111111-2222-3333-4444-555555555555",
    "STOREPACT_READER_TOKEN": "api-66666666-2222-3333-4444-555555555555",
}


def main() -> None:
    """Make the picture, and say how large it is."""
    if len(sys.argv) > 1:
        photograph(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as folder:
            photograph(make_run(Path(folder)))
    size = PICTURE.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{PICTURE} has {size:,} bytes; {MOST_BYTES:,} are allowed")
    print(f"{PICTURE}: {size:,} bytes")


def make_run(folder: Path) -> Path:
    """The report folder of a run against a mock with the faults."""
    command = [sys.executable, "-m", "storepact", "verify", "--target", f"http://127.0.0.1:{PORT}"]
    command += ["--allow-writes", "--allow-enable", "--history", "none", "--provider-version", "2026.11.3"]
    with mock():
        subprocess.run(
            [*command, "--report-dir", str(folder / "run")], env={**os.environ, **TOKENS}, check=False
        )
    return folder / "run"


@contextmanager
def mock() -> Iterator[None]:
    """A mock with the faults, for as long as the context lasts."""
    command = [sys.executable, "-m", "storepact", "mock", "--port", str(PORT)]
    command += [word for fault in FAULTS for word in ("--fault", fault)]
    command += ["--token", "writer=writer:STOREPACT_TOKEN", "--token", "reader=reader:STOREPACT_READER_TOKEN"]
    process = subprocess.Popen(
        command, env={**os.environ, **TOKENS}, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()  # it listens
        yield
    finally:
        process.terminate()
        process.wait()


def photograph(run: Path) -> None:
    """Save the first screen of the report of a run."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    PICTURE.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "report.html"
        page_file.write_text(html.render(load_record(run), RenderOptions()), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(page_file.as_uri())
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
