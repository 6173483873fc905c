"""Journals of earlier runs: damaged, forged, of other places. Only what carries their marks goes."""

from __future__ import annotations

import json
import os

import pytest

from small_provider import SmallProvider, serve_provider, small_provider
from storepact.engines import settling
from storepact.engines.preflight import run_preflight
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Auth
from storepact.model.errors import NotThisApi
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.run.engine_options import engine_options
from storepact.run.settings import Settings
from storepact.transport.credentials import Credentials

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
BASE = "/api/v2/integration-capabilities/big-segment-store"
COLLECTION = f"{BASE}/default/test/redis"
PLACE = {"projectKey": "default", "environmentKey": "test", "integrationKey": "redis"}
CREDENTIALS = Credentials({Auth.WRITER: "api-a-token-for-this-test"})
MARK, OTHER = "storepact-2611270415-k7f3", "storepact-2611270415-zzzz"


def creating(number=1, *, target=None, path=COLLECTION, mark=MARK):
    """A line before a create; the target is the test's where none is named."""
    return {"event": "creating", "n": number, "target": target, "path": path, "mark": mark}


def created(number=1, identifier="own"):
    """The line after a create."""
    return {"event": "created", "n": number, "id": identifier}


class Folder:
    """A report folder with the journal of an earlier run, and the provider that the run was on."""

    def __init__(self, path, provider):
        self.journal = path / "journal" / f"{MARK}.jsonl"
        self.journal.parent.mkdir()
        self.provider, self.path = provider, path
        provider.resources |= {
            "own": {"_id": "own", "name": f"{MARK} ordinary", **PLACE},
            "theirs": {"_id": "theirs", "name": "production", **PLACE},
        }

    def write(self, *lines, end="\n"):
        """Write lines of JSON, or texts as they are."""
        texts = [
            line if isinstance(line, str) else json.dumps({**line, **self._target_of(line)}) for line in lines
        ]
        self.journal.write_text("\n".join(texts) + end, encoding="utf-8", errors="surrogatepass")

    def _target_of(self, line):
        return {"target": self.provider.url} if "target" in line and line["target"] is None else {}

    def run(self):
        """The preflight of the next run in the folder."""
        settings = Settings(
            target=self.provider.url,
            report_dir=self.path,
            openapi=data_path("openapi", DEFAULT_FAMILY.document),
            allow_writes=True,
        )
        options = engine_options(settings, self.provider.url)
        preflight = run_preflight(options, DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
        assert "theirs" in self.provider.resources
        return preflight

    @property
    def files(self):
        return sorted(path.name for path in self.path.glob("journal/*"))


@pytest.fixture
def folder(tmp_path):
    """A folder whose journal is still empty."""
    with small_provider() as provider:
        yield Folder(tmp_path, provider)


FOREIGN = "does not carry the mark of this journal's run, and is left alone"
NO_PATH = "is no path of this API, and is left alone"


@pytest.mark.parametrize(
    ("path", "identifier", "problem"),
    [
        (COLLECTION, "theirs", FOREIGN),
        (COLLECTION, "..", NO_PATH),
        (COLLECTION, "../../../projects/default", NO_PATH),
        (f"{COLLECTION}/..", "own", NO_PATH),
        ("/api/v2/projects", "default", NO_PATH),
        (f"{BASE}/default/test", "redis", FOREIGN),
        ("https://elsewhere.example.com/x", "own", NO_PATH),
        (f"{BASE}/storepact-x\r\ny/test/redis", "own", NO_PATH),
        ("", "", None),
    ],
)
def test_forged_entry(folder, path, identifier, problem):
    """It deletes nothing, is a note with file and line, and later runs do not read the journal again."""
    folder.write(creating(1, path=path), created(1, identifier), creating(2), created(2))
    preflight = folder.run()
    assert "own" not in folder.provider.resources
    assert preflight.leftovers == ()
    if problem is not None:
        first, second = preflight.notes
        assert first.startswith(f"{folder.journal}, line 1: ")
        assert first.endswith(problem)
        assert first.isprintable()
        assert second.endswith(f"{MARK}.rejected, which no run reads")
        assert folder.files == [f"{MARK}.rejected"]
    assert folder.run().notes == ()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[1]",
        "{" * 100_000,
        "\x00\x00",
        "\ud800",
        '{"event": "creating", "n": 1}',
        '{"event": "created", "n": 9, "id": "own"}',
        '{"event": "created", "n": 1, "id": 5}',
        '{"event": "created", "n": 1, "id": "\\ud800"}',
        '{"event": "deleted", "n": 7, "id": "own"}',
        '{"event": "unheard of", "n": 1}',
        '{"event": "refused", "n": true}',
        '{"event": "refused", "n": 1.0}',
        '{"event": "refused", "n": 1e999}',
    ],
)
def test_damaged_line(folder, line):
    """What the line may have recorded is found by the mark; the note names the line."""
    folder.write(line, creating(2, path="/x"), {"event": "refused", "n": 2})
    preflight = folder.run()
    assert "own" not in folder.provider.resources
    assert preflight.leftovers == ()
    assert preflight.notes[0].startswith(f"{folder.journal}, line 1: cannot be read")
    assert folder.files == [f"{MARK}.rejected"]
    assert folder.run().notes == ()


def test_many_damaged_lines(folder):
    """A note names a few of them."""
    folder.write(*["x"] * 1_000)
    assert "lines 1, 2, 3, 4, 5 and 995 more: cannot be read" in folder.run().notes[0]


def test_incomplete_last_line(folder):
    """A killed run leaves it; nothing had been sent for it, so that it is no damage."""
    folder.write(creating(), created(), '{"event": "crea', end="")
    assert folder.run().notes == ()
    assert "own" not in folder.provider.resources
    assert not folder.journal.parent.exists()


def test_mark_of_another_run(folder):
    """An entry belongs to the run that the file is named after."""
    folder.write(creating(mark=OTHER), created(1, "theirs"))
    preflight = folder.run()
    assert preflight.leftovers == ()
    assert preflight.notes[0].endswith("line 1: names the mark of another run, and is left alone")


@pytest.mark.parametrize("place", [{"target": "https://x.example.com"}, {"path": f"{BASE}/a/b/redis"}])
def test_entry_of_another_place(folder, place):
    """It waits for a run there, and says so; it is no reason to doubt this run."""
    folder.write(creating(**place), created(1, "own"))
    preflight = folder.run()
    assert preflight.leftovers == ()
    assert "what is at another target, project or environment" in preflight.notes[0]
    assert folder.files == [f"{MARK}.jsonl"]


def test_forged_entries_without_end(folder):
    """Thousands of them cost a run few requests."""
    lines = [line for n in range(5_000) for line in (creating(n), created(n, f"id{n}"))]
    folder.write(*lines, creating(9_999), created(9_999))
    preflight = folder.run()
    assert len(folder.provider.requests) < 700
    assert "own" not in folder.provider.resources
    assert "too many entries" in preflight.notes[0]


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "loop", "large"])
def test_what_is_no_journal(folder, kind):
    """It is left alone, and named in each run; what carries the mark is found in the list."""
    path = folder.journal
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "link":
            path.symlink_to(folder.path)
        case "loop":
            path.symlink_to(path)
        case "large":
            path.touch()
            os.truncate(path, 65 * 1024 * 1024)
    for _ in range(2):
        preflight = folder.run()
        assert preflight.leftovers == ()
        assert preflight.notes[0].startswith(f"{path} is ")
        assert folder.files == [path.name]
    assert "own" not in folder.provider.resources


def test_name_without_a_mark(folder):
    """A file with another name is no journal; nothing is deleted for it."""
    folder.write(creating(), created())
    folder.journal.rename(folder.journal.with_name("journal.jsonl"))
    (note,) = folder.run().notes
    assert "has no mark of a run in its name" in note
    assert "own" in folder.provider.resources


class Unreadable(SmallProvider):
    """A provider that does not let single resources be read."""

    def respond(self, method, path, headers, body):
        if method == "GET" and path.endswith(("/own", "/theirs")):
            return 403, {"code": "forbidden", "message": "no"}
        return super().respond(method, path, headers, body)


def test_resource_that_cannot_be_read(tmp_path):
    """It may be the earlier run's: it is a leftover, and the journal stays."""
    provider = Unreadable()
    with serve_provider(provider) as provider.url:
        folder = Folder(tmp_path, provider)
        folder.write(creating(), created())
        preflight = folder.run()
        assert "it is not known whose it is" in preflight.leftovers[0]
        assert preflight.notes == ()
        assert folder.files == [f"{MARK}.jsonl"]


class Idle(SmallProvider):
    """A provider, or a gateway before it, that answers every delete with a status, and does nothing."""

    def __init__(self, status):
        super().__init__()
        self.status = status

    def respond(self, method, path, headers, body):
        if method == "DELETE":
            return self.status, {"code": "not_found", "message": "no route"}
        return super().respond(method, path, headers, body)


@pytest.mark.parametrize("status", [404, 200])
def test_delete_without_effect(tmp_path, monkeypatch, status):
    """What can be read after its delete is not gone: it is a leftover, and the journal stays."""
    monkeypatch.setattr(settling, "_PROBING", (0.0,))
    provider = Idle(status)
    with serve_provider(provider) as provider.url:
        folder = Folder(tmp_path, provider)
        folder.write(creating(), created())
        last = folder.run().leftovers[-1]
        assert last.endswith(f"/own: its delete was answered with {status}, and it is still there")
        assert folder.files == [f"{MARK}.jsonl"]


def test_service_of_another_kind(tmp_path):
    """Where the target is not this API the journal is left as it is."""
    provider = SmallProvider()
    provider.respond = lambda *request: (200, {"status": "ok"})
    with serve_provider(provider) as provider.url:
        folder = Folder(tmp_path, provider)
        folder.write("damaged")
        with pytest.raises(NotThisApi):
            folder.run()
        assert folder.files == [f"{MARK}.jsonl"]
