"""The history of runs, in SQLite and in PostgreSQL: kept, listed, shown again, compared with, and never lost."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

import records
from postgres import needs_postgresql, served
from storepact.errors import HistoryDamaged, HistoryUnusable, UsageError
from storepact.history import tables
from storepact.history.selecting import resolved
from storepact.history.store import History, checked_url, default_url, suites_of
from storepact.record.store import dump, load_record
from storepact.report import history as report


@pytest.fixture(scope="module")
def postgresql():
    """One server for all tests of this file."""
    with served() as url:
        yield url


def emptied(url):
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        tables.metadata.drop_all(connection)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql)])
def url(request, tmp_path):
    """An empty history, of both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'history.db'}"
    return emptied(request.getfixturevalue("postgresql"))


def green(day=1, **more):
    return records.record(started=f"2026-11-{day:02d}T03:00:00+00:00", **more)


def red(day=1, *findings, **more):
    return records.record(*(findings or (records.finding(),)), started=f"2026-11-{day:02d}T03:00:00+00:00", **more)


def test_kept_and_read_back(url):
    """What was put in comes out again, newest first, with its counts."""
    with History(url) as history:
        assert [history.add(green(1)), history.add(red(2)), history.add(green(3, target="https://other.example.com"))] == [1, 2, 3]
        runs = history.runs()
        assert [each.id for each in runs] == [3, 2, 1]
        assert (runs[1].verdict, runs[1].findings, runs[1].causes, runs[1].covered, runs[1].described) == ("broken", 1, 1, 3, 4)
        assert [each.id for each in history.runs(target="mock", limit=1)] == [2]
        assert history.record(2) == red(2)
    with History(url, readonly=True) as again:
        assert len(again.runs()) == 3


def test_latest_green(url):
    """The last run that conforms: of one target, and begun before another one."""
    with History(url) as history:
        for record in (green(1), green(2), red(3), green(4, target="https://other.example.com")):
            history.add(record)
        assert history.latest_green() == 4
        assert history.latest_green(target="mock") == 2
        assert history.latest_green(target="mock", before=green(2)["started"]) == 1
        assert history.latest_green(target="eu") is None


def test_earlier_findings(url):
    """What the last runs of a target found that were asked the same, the oldest first; undetermined ones say nothing."""
    partial = [records.outcome("document")]
    with History(url) as history:
        for record in (red(1), green(2), red(3, outcomes=partial), red(4, target="eu"), red(5, verdict="undetermined"), red(6)):
            history.add(record)
        told = history.earlier(target="mock", suites=suites_of(green()))
    assert [(each.started[8:10], sorted(each.fingerprints)) for each in told] == [
        ("01", ["0123456789ab"]), ("02", []), ("06", ["0123456789ab"]),
    ]  # fmt: skip


def test_an_older_history_is_brought_up_to_date(url):
    """One that was made by the first version: its findings are filled in from its records, nothing else changes."""
    older = tables.STEPS[:1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "STEPS", older)
        with History(url) as history, history._connected(write=True) as connection:
            connection.execute(tables.runs.insert(), _values(red(1)))
            connection.execute(tables.records.insert(), {"run": 1, "record": tables.packed(red(1))})
    with History(url) as history:
        assert history.record(1) == red(1)
        told = history.earlier(target="mock", suites=suites_of(green()))
        assert [sorted(each.fingerprints) for each in told] == [["0123456789ab"]]
        assert history.add(green(2)) == 2


def _values(record):
    return {
        "started": record["started"], "target": record["target"], "suites": suites_of(record), "verdict": record["verdict"],
        "findings": 1, "causes": 1, "exchanges": 1, "covered": 1, "described": 1, "not_verified": 0, "seconds": 1.0, "storepact": "0",
    }  # fmt: skip


def test_a_newer_history_is_left_alone(url):
    """One line, and nothing is changed."""
    with History(url) as history, history._connected(write=True) as connection:
        connection.execute(tables.schema.update().values(version=99))
    with pytest.raises(HistoryUnusable, match=r"newer storepact \(version 99, this one knows 2\): upgrade it"):
        History(url)


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
import records
from storepact.history.store import History
for number in range(int(sys.argv[3])):
    with History(sys.argv[2]) as history:
        history.add(records.record(started=f"2026-11-24T03:00:{number % 60:02d}+00:00", seed=number))
"""


def test_two_processes_lose_nothing(url):
    """Both begin with an empty history, and write as fast as they can."""
    each = 40
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parent), url, str(each)]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for writer in writers:
        _, said = writer.communicate(timeout=120)
        assert (writer.returncode, said) == (0, "")
    with History(url) as history:
        assert sorted(run.id for run in history.runs()) == list(range(1, 2 * each + 1))
        assert sorted(history.record(number)["seed"] for number in range(1, 2 * each + 1)) == sorted([*range(each), *range(each)])


def test_a_damaged_file_is_set_aside(tmp_path):
    """Reported, kept under another name, never overwritten; the next run begins a new one."""
    path = tmp_path / "history.db"
    path.write_bytes(b"this was a database once" * 100)
    with pytest.raises(HistoryDamaged, match="is damaged; it was set aside as") as caught:
        History(str(path))
    assert not path.exists()
    assert Path(str(caught.value.aside)).read_bytes().startswith(b"this was a database once")
    with History(str(path)) as history:
        assert history.add(green()) == 1


def test_a_file_that_is_damaged_inside_is_set_aside(tmp_path):
    """Not only one whose first page is wrong."""
    path = tmp_path / "history.db"
    with History(str(path)) as history:
        for day in range(1, 29):
            history.add(red(day))
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(bytes(content))
    with pytest.raises(HistoryDamaged):
        _read_all(path)
    assert not path.exists()


def _read_all(path):
    with History(str(path)) as history:
        history.runs()
        history.record(3)


def test_somebody_elses_database_is_left_alone(tmp_path):
    """It gets our tables beside its own only where it is named; a table of ours that is another one is said."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE storepact_schema (colour TEXT)")
    connection.close()
    with pytest.raises(HistoryUnusable, match="is a database of somebody else"):
        History(str(path))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("postgresql://me:geheim@db/x", "holds a password"),
        ("postgresql://db/x?user=me&password=geheim", "holds a password"),
        ("http://[", "no database URL"),
        ("postgresql://me@h:port/x", "no database URL"),
    ],
)
def test_urls_in_arguments(told, words):
    """A password does not belong there."""
    with pytest.raises(UsageError, match=words) as caught:
        checked_url(told)
    assert "geheim" not in str(caught.value)


def test_passwords_are_never_shown():
    """Neither by the history nor by its errors."""
    with pytest.raises(HistoryUnusable) as caught:
        History("postgresql://me:geheim@127.0.0.1:1/x")
    assert "geheim" not in str(caught.value)
    with pytest.raises(HistoryUnusable, match="neither SQLite nor PostgreSQL"):
        History("mysql://me:geheim@h/x")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://127.0.0.1:1/x?user=me&password=geheim",
        "postgresql://me:ge/he@im#geheim@127.0.0.1:1/x",
        "postgresql://me:geheim@h:notaport/x",
        "postgresql://me:ge@geheim@127.0.0.1:1/x",
    ],
)
def test_nothing_of_a_password_is_shown(url):
    """However the URL is written, or miswritten."""
    with pytest.raises(HistoryUnusable) as caught:
        History(url)
    assert "geheim" not in str(caught.value)
    assert "im#" not in str(caught.value)


def test_where_runs_are_kept():
    """As the environment says, else in the state folder."""
    assert default_url({"STOREPACT_HISTORY": "postgresql://x/y"}) == "postgresql://x/y"
    assert default_url({"XDG_STATE_HOME": "/s"}) == "sqlite:////s/storepact/history.db"
    assert default_url({}).endswith("/.local/state/storepact/history.db")


def test_selectors(tmp_path, url):
    """A file, the latest green run, a number."""
    (tmp_path / "run.json").write_text(dump(red(9)))
    with History(url) as history:
        history.add(green(1))
        history.add(red(2))

    def opened():
        return History(url)

    def one(selector):
        return resolved(selector, opened, load_record, target="mock", before=None)

    assert one(str(tmp_path / "run.json")) == one(str(tmp_path)) == red(9)
    assert (one("latest-green"), one("2")) == (green(1), red(2))
    with pytest.raises(UsageError, match="there is no run 7"):
        one("7")
    with pytest.raises(UsageError, match="there is no green run of eu"):
        resolved("latest-green", opened, load_record, target="eu", before=None)


# the command line


def storepact(folder, *arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STOREPACT_")}
    done = subprocess.run(
        [sys.executable, "-m", "storepact", *map(str, arguments)],
        cwd=folder, env={**clean, "COLUMNS": "160", "XDG_STATE_HOME": str(folder / "state"), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def kept(tmp_path):
    """A folder whose history has three runs: green, broken, broken."""
    with History(str(tmp_path / "state" / "storepact" / "history.db")) as history:
        for record in (green(1), red(2), red(3)):
            history.add(record)
    return tmp_path


def test_list(kept):
    """A row a run, the newest first, and how they went."""
    done = storepact(kept, "history")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[1].split("\t")[:4] == ["3", "2026-11-03 03:00:00 UTC", "mock", "broken"]
    assert lines[-3].split() == ["findings", "▁██", "0", "to", "1"]
    told = json.loads(storepact(kept, "history", "--limit", "2", "--json").stdout)
    assert [each["id"] for each in told["runs"]] == [3, 2]
    assert "no runs of eu" in storepact(kept, "history", "--target", "eu").stdout


def test_show(kept):
    """A run again: as text, as its record, with every report."""
    done = storepact(kept, "history", "show", "2", "--report-dir", "again")
    assert (done.returncode, "BROKEN" in done.stdout) == (0, True)
    assert load_record(kept / "again") == red(2)
    assert {"report.html", "junit.xml", "run.json"} <= {path.name for path in (kept / "again").iterdir()}
    assert json.loads(storepact(kept, "history", "show", "1", "--json").stdout) == green(1)
    assert storepact(kept, "history", "show", "latest-green").stdout.splitlines()[-1].startswith("CONFORMS")
    none = storepact(kept, "history", "show", "17")
    assert (none.returncode, "there is no run 17" in none.stderr) == (2, True)


def test_trends(kept):
    """A page with plots; the same runs make the same bytes."""
    assert storepact(kept, "history", "trends", "--report-dir", "out").returncode == 0
    page = (kept / "out" / "trends.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    with History(str(kept / "state" / "storepact" / "history.db")) as history:
        assert report.render_html(history.runs()) == page


def test_trends_of_ten_thousand_runs_stay_readable(tmp_path):
    """Three hundred points, each the worst of its neighbours."""
    from storepact.history.store import Run

    runs = [
        Run(number, "2026-11-24T03:00:00+00:00", "mock", "document", "conforms", int(number == 5_000), 0, 9, 3, 4, 0, 1.0, "0")
        for number in range(10_000, 0, -1)
    ]
    page = report.render_html(runs)
    assert len(page) < 1_000_000
    assert "Each point stands for 34 runs" in page


def test_compare_with_the_history(kept):
    """`latest-green` and numbers stand for files."""
    (kept / "run.json").write_text(dump(red(4)))
    done = storepact(kept, "compare", "latest-green", "run.json")
    assert (done.returncode, "base of 2026-11-01" in done.stdout) == (1, True)
    assert storepact(kept, "compare", "2", "3").returncode == 0
    wrong = storepact(kept, "compare", "8", "3")
    assert (wrong.returncode, "there is no run 8" in wrong.stderr) == (2, True)


def test_every_run_is_kept(tmp_path):
    """In the state folder; the second one says how long what it finds has been there."""
    for number in (1, 2):
        done = storepact(tmp_path, "verify", "--suite", "document")
        assert (done.returncode, f"run {number} in the history" in done.stderr) == (0, True)
    assert storepact(tmp_path, "verify", "--suite", "document", "--history", "none").returncode == 0
    assert len(json.loads(storepact(tmp_path, "history", "--json").stdout)["runs"]) == 2
    green_again = storepact(tmp_path, "verify", "--suite", "document", "--baseline", "latest-green")
    assert (green_again.returncode, "Nothing changed." in green_again.stdout) == (0, True)


@pytest.mark.parametrize("which", ["damaged", "newer", "readonly"])
def test_a_history_that_cannot_be_used_is_one_line(tmp_path, which):
    """Reading says so and ends with 2; a run says so and keeps its verdict, for its history is not what it is about."""
    state = tmp_path / "state" / "storepact"
    path = state / "history.db"
    with History(str(path)) as history:
        history.add(green())
        if which == "newer":
            with history._connected(write=True) as connection:
                connection.execute(tables.schema.update().values(version=99))
    words = {"damaged": "set aside as", "newer": "upgrade it", "readonly": "may only be read"}[which]
    if which == "damaged":
        path.write_bytes(b"x" * 5_000)
    if which == "readonly":
        path.chmod(0o444)
        if os.geteuid() == 0:
            pytest.skip("root may write everywhere")
    if which != "readonly":
        listed = storepact(tmp_path, "history")
        assert (listed.returncode, words in listed.stderr, len(listed.stderr.splitlines())) == (2, True, 1)
    if which == "damaged":
        path.write_bytes(b"x" * 5_000)
    done = storepact(tmp_path, "verify", "--suite", "document")
    assert (done.returncode, words in done.stderr) == (0, True)
    assert "CONFORMS" in done.stdout
    if which == "newer":
        asked_for = storepact(tmp_path, "verify", "--suite", "document", "--history", path)
        assert (asked_for.returncode, words in asked_for.stderr) == (2, True)


def test_readonly_is_one_line(tmp_path, monkeypatch):
    """Whoever runs this, the database's own word for it becomes ours."""
    path = tmp_path / "history.db"
    with History(str(path)) as history:
        history.add(green())
        history.prove_writable()
        with history._connected(write=False) as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
            with pytest.raises(HistoryUnusable, match="may only be read"), history._translating():
                connection.execute(tables.runs.delete())


def test_an_empty_place_has_no_history(tmp_path):
    """Nothing is made by looking."""
    done = storepact(tmp_path, "history")
    assert (done.returncode, "there is none yet" in done.stderr) == (2, True)
    assert not (tmp_path / "state").exists()
