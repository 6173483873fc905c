"""`storepact prove` catches every fault of the catalogue."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

import pytest

from pasted import count_resources, paste
from storepact.families import mock_definition
from storepact.families.persistent_store.api import BASE
from storepact.mock.serve import serve
from storepact.run.prove import proven_checks
from storepact.run.target import MOCK_CONDITIONS
from thinned import thinned_prover
from witnesses import WITNESSES

CATALOGUE = mock_definition().faults

#: test_store_suite has those of stores.
FAULTS = {fault.name: fault for fault in CATALOGUE if not fault.suite}

#: test_witnesses runs the gate to its end on the others.
UNWITNESSED = [name for name in FAULTS if name not in WITNESSES.values()]
PAGE = Path(__file__).parents[2] / "docs" / "teeth.md"


#: Faults that need a secret of another shape than the made-up one: its reader sets STOREPACT_SECRET_1.
SECRETS = {
    "short-password-shown": "x7-q",
    "long-password-shown": "0123456789abcdef" * 5,
    "password-from-symbol": "abcdef!ghijk+lmnop",
    "passwords-of-32-refused": "0123456789abcdef" * 2,
    "passwords-need-digits": "abcdefghijklmnop",
    "passwords-need-letters": "0123456789012345",
    "emoji-in-passwords-fail": "0123456789 \U0001f511",
}

#: Faults that show at every n-th request: their lines are a loop once the repetitions have been counted.
OF_HISTORY = {"third-forgets"}

#: Faults about what was deleted before: their lines delete what they create, and show them the second time.
OF_DELETED = {"deleted-stores-taken"}

#: Stories of more requests are shrunk before they are pasted: each line starts curl twice.
MOST_REQUESTS = 8


@pytest.fixture(scope="module")
def prover():
    """A prover that stops at the first finding and runs every sixteenth of the generated cases."""
    with thinned_prover() as thinned:
        yield thinned


@pytest.fixture(scope="module")
def faulty():
    """A mock in a process of its own, for curl."""
    with serve(conditions=MOCK_CONDITIONS) as running:
        yield running


@pytest.fixture(scope="module")
def conformant():
    """A mock without a fault."""
    with serve(conditions=MOCK_CONDITIONS) as running:
        yield running


@pytest.fixture(scope="module")
def result_of(prover):
    """Return the result of the gate against the mock with a fault; each is worked out once."""
    return functools.cache(prover.test_fault)


@pytest.fixture(scope="module")
def shrinking_prover():
    """A prover that shrinks the story of the first finding."""
    with thinned_prover(shrink=True) as thinned:
        yield thinned


@pytest.fixture(scope="module")
def lines_of(result_of, shrinking_prover):
    """Return the curl lines of the gate's first finding on the mock with a fault."""

    def lines(name):
        whole = result_of(name).curl
        if whole.count("curl ") <= MOST_REQUESTS and name not in OF_HISTORY:
            return whole
        return shrinking_prover.test_fault(name).curl

    return lines


@pytest.mark.parametrize("name", UNWITNESSED)
def test_fault_is_caught(result_of, name):
    """The gate has a finding on the mock with this fault."""
    result = result_of(name)
    assert result.caught, result.trouble


@pytest.fixture(scope="module")
def conformant_output(conformant):
    """Return what lines print at a mock without a fault, which they leave empty; each is run once."""

    @functools.cache
    def print_lines(lines, secret):
        conformant.configure()
        printed = paste(conformant, lines, secret)
        assert count_resources(conformant, BASE) == 0, lines
        return printed

    return print_lines


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", FAULTS)
def test_lines_show_the_fault(faulty, conformant_output, lines_of, name):
    """The finding's curl lines print something else at the mock with the fault, and leave nothing behind."""
    lines, secret = lines_of(name), SECRETS.get(name)
    faulty.configure(faults=[name])
    if name in OF_DELETED:
        paste(faulty, lines, secret)
    assert paste(faulty, lines, secret) != conformant_output(lines, secret), lines


def test_committed_page_has_every_fault():
    """docs/teeth.md was made with this catalogue, and no fault was missed."""
    page = PAGE.read_text(encoding="utf-8")
    assert not [fault.name for fault in CATALOGUE if f"`{fault.name}`" not in page]
    assert "MISSED" not in page
    assert "$ storepact prove" in page


def test_committed_page_explains_every_fault():
    """docs/teeth.md explains each fault as the catalogue does."""
    page = PAGE.read_text(encoding="utf-8").replace("\\", "")
    assert not [fault.name for fault in CATALOGUE if f"| {fault.explanation} |" not in page]


def test_committed_page_has_every_check():
    """docs/teeth.md was made with these checks."""
    page = PAGE.read_text(encoding="utf-8")
    assert not [check.code for check in proven_checks() if f"| {check.code} `{check.name}`" not in page]
