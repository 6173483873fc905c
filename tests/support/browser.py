"""A headless Chromium for tests, where the machine has one."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

#: Continuous integration runs it as root, and without a network.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def start_browser():
    """Start the browser; it takes a second, so a file's tests share one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser, path, *, width=1280, height=900, dark=False):
    """Open a page from disk; `page.log` collects console messages, errors and requests to a network."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    try:
        page = context.new_page()
        page.log = []
        page.on("console", lambda message: page.log.append(message.text))
        page.on("pageerror", lambda error: page.log.append(str(error)))
        page.on(
            "request",
            lambda request: page.log.append(request.url) if not request.url.startswith("file:") else None,
        )
        page.goto(path.as_uri())
        yield page
    finally:
        context.close()
