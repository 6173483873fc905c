"""The history of runs, in SQLite and in PostgreSQL: kept, listed, shown again, compared, and never lost."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

import commands
import records
from postgres import needs_postgresql, serve_database
from storepact.history import columns, steps, store, tables
from storepact.history.packed import pack_record
from storepact.history.selection import select_record
from storepact.history.store import History, checked_url, default_url, suites_of
from storepact.history.urls import parse_url
from storepact.model.errors import HistoryDamaged, HistoryUnusable, UsageError
from storepact.model.outcome import SUITES
from storepact.record.store import dump, load_record
from storepact.report import history as report
from trend_runs import target_runs


@pytest.fixture(scope="module")
def postgresql():
    """One server for all tests of this file."""
    with serve_database() as url:
        yield url


def drop_tables(url):
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
    return drop_tables(request.getfixturevalue("postgresql"))


def green(day=1, **changes):
    return records.as_values(started=f"2026-11-{day:02d}T03:00:00+00:00", **changes)


def red(day=1, *findings, **changes):
    started = f"2026-11-{day:02d}T03:00:00+00:00"
    return records.as_values(*(findings or (records.finding(),)), started=started, **changes)


def test_kept_and_read_back(url):
    """What was put in comes out again, newest first, with its counts."""
    with History(url) as history:
        assert [
            history.add(green(1)),
            history.add(red(2)),
            history.add(green(3, target="https://other.example.com")),
        ] == [1, 2, 3]
        runs = history.runs()
        assert [run.id for run in runs] == [3, 2, 1]
        assert (runs[1].verdict, runs[1].findings, runs[1].causes, runs[1].covered, runs[1].described) == (
            "broken",
            1,
            1,
            3,
            4,
        )
        assert [run.id for run in history.runs(target="mock", limit=1)] == [2]
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
        assert history.latest_green(target="mock", before=green(2).started) == 1
        assert history.latest_green(target="eu") is None


def test_earlier_findings(url):
    """The findings of the last runs of a target with the same suites, the oldest first, none undetermined."""
    partial = [records.outcome("document")]
    with History(url) as history:
        for record in (
            red(1),
            green(2),
            red(3, outcomes=partial),
            red(4, target="eu"),
            red(5, verdict="undetermined"),
            red(6),
        ):
            history.add(record)
        earlier = history.earlier(target="mock", suites=suites_of(green().outcomes))
    assert [(run.started[8:10], sorted(run.fingerprints)) for run in earlier] == [
        ("01", ["0123456789ab"]),
        ("02", []),
        ("06", ["0123456789ab"]),
    ]


def test_an_older_history_is_brought_up_to_date(url):
    """The findings of one that the first version made are filled in from its records; all else stays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "STEPS", steps.STEPS[:1])
        with History(url) as history, history._database.connect(write=True) as connection:
            connection.execute(tables.runs.insert(), _values(red(1)))
            connection.execute(tables.records.insert(), {"run": 1, "record": pack_record(red(1))})
    with History(url) as history:
        assert history.record(1) == red(1)
        earlier = history.earlier(target="mock", suites=suites_of(green().outcomes))
        assert [sorted(run.fingerprints) for run in earlier] == [["0123456789ab"]]
        assert history.add(green(2)) == 2


#: What the first version made, word for word.
V1 = """
CREATE TABLE storepact_schema (version INTEGER NOT NULL);
CREATE TABLE storepact_runs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    started VARCHAR(40) NOT NULL, target VARCHAR(500) NOT NULL, suites VARCHAR(200) NOT NULL,
    verdict VARCHAR(20) NOT NULL, findings INTEGER NOT NULL, causes INTEGER NOT NULL,
    exchanges INTEGER NOT NULL, covered INTEGER NOT NULL, described INTEGER NOT NULL,
    not_verified INTEGER NOT NULL,
    seconds FLOAT NOT NULL, storepact VARCHAR(40) NOT NULL
);
CREATE INDEX ix_storepact_runs_started ON storepact_runs (started);
CREATE INDEX ix_storepact_runs_target ON storepact_runs (target);
CREATE TABLE storepact_records (
    run INTEGER NOT NULL PRIMARY KEY REFERENCES storepact_runs (id), record BLOB NOT NULL
);
INSERT INTO storepact_schema VALUES (1);
"""


def create_v1(url):
    """A history as the first version created it, in the dialect of its database."""
    is_sqlite = url.startswith("sqlite")
    path = url.removeprefix("sqlite:///")
    if is_sqlite:
        Path(path).parent.mkdir(parents=True)
    engine = sa.create_engine(url if is_sqlite else sa.make_url(url).set(drivername="postgresql+psycopg"))
    script = V1
    if not is_sqlite:
        script = V1.replace("INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "SERIAL PRIMARY KEY")
        script = script.replace("BLOB", "BYTEA")
    with engine.begin() as connection:
        for statement in filter(str.strip, script.split(";")):
            connection.execute(sa.text(statement))
    engine.dispose()


@pytest.mark.parametrize("prepare", [lambda url: None, create_v1], ids=["fresh", "v1"])
def test_a_column_can_be_added(url, prepare, monkeypatch):
    """A column and a step are enough: for a new history, and for one that the first version made."""
    prepare(url)
    column = columns.Column("seed", int, lambda record: record.seed)
    every = (*columns.COLUMNS, column)

    def add_seed(connection):
        connection.execute(sa.text("ALTER TABLE storepact_runs ADD COLUMN seed INTEGER NOT NULL DEFAULT 0"))

    table = tables.runs_table(every, sa.MetaData())
    monkeypatch.setattr(steps, "STEPS", (*steps.STEPS, add_seed))
    monkeypatch.setattr(tables, "runs", table)
    monkeypatch.setattr(store, "COLUMNS", every)
    with History(url) as history:
        assert history.add(green(seed=7)) == 1
        with history._database.connect(write=False) as connection:
            assert connection.execute(sa.select(table.c.seed)).scalar() == 7
    with History(url) as history:
        assert history._version == 3


@pytest.mark.parametrize("prepare", [lambda url: None, create_v1], ids=["fresh", "v1"])
def test_steps_end_at_todays_tables(url, prepare):
    """Whichever way a history came to be, its tables have today's columns."""
    prepare(url)
    with History(url) as history:
        inspector = sa.inspect(history._database.engine)
        for table in (tables.runs, tables.records, tables.findings):
            assert [column["name"] for column in inspector.get_columns(table.name)] == table.c.keys()


def test_a_file_is_made_as_the_steps_make_it(tmp_path, monkeypatch):
    """The tables that are made without SQLAlchemy are the same, but for blanks and their order."""
    schemas = []
    for version in (steps.FILE_VERSION, 99):
        monkeypatch.setattr(steps, "FILE_VERSION", version)
        path = tmp_path / f"{version}.db"
        History(str(path)).close()
        with sqlite3.connect(path) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master")
            schemas.append({name: "".join((sql or "").split()) for name, sql in rows})
        connection.close()
    assert schemas[0] == schemas[1]


def test_a_file_needs_no_sqlalchemy(tmp_path):
    """What the end of a run and a list do takes less time than its import."""
    script = (
        "import sys, records\n"
        "from storepact.history.store import History\n"
        "for _ in range(2):\n"
        "    with History(sys.argv[1]) as history:\n"
        "        history.add(records.as_values(records.finding()))\n"
        "        history.earlier(target='mock', suites='document')\n"
        "with History(sys.argv[1], readonly=True) as history:\n"
        "    history.target_runs(target=None, points=2, newest=2)\n"
        "    history.record(2), history.latest_green()\n"
        "    assert len(history.runs()) == 2\n"
        "assert 'sqlalchemy' not in sys.modules\n"
    )
    support = str(Path(records.__file__).parent)
    environment = {**os.environ, "PYTHONPATH": support}
    command = [sys.executable, "-c", script, str(tmp_path / "history.db")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_complete_runs():
    """A run is complete if every suite ran, however many others did."""
    run = columns.Run(1, *(None,) * len(columns.COLUMNS))
    assert replace(run, suites=",".join(SUITES)).is_complete
    assert replace(run, suites=",".join((*SUITES, "more"))).is_complete
    assert not replace(run, suites="a,b,c,d,e").is_complete


def _values(record):
    return {
        "started": record.started,
        "target": record.target,
        "suites": suites_of(record.outcomes),
        "verdict": record.verdict,
        **dict.fromkeys(("findings", "causes", "exchanges", "covered", "described"), 1),
        "not_verified": 0,
        "seconds": 1.0,
        "storepact": "0",
    }


def test_a_newer_history_is_left_alone(url):
    """One line, and nothing is changed."""
    with History(url) as history, history._database.connect(write=True) as connection:
        connection.execute(tables.schema.update().values(version=99))
    with pytest.raises(
        HistoryUnusable, match=r"newer storepact \(version 99, this one knows 2\): upgrade it"
    ):
        History(url)


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
import records
from storepact.history.store import History
for number in range(int(sys.argv[3])):
    with History(sys.argv[2]) as history:
        history.add(records.as_values(started=f"2026-11-24T03:00:{number % 60:02d}+00:00", seed=number))
"""


def test_two_processes_lose_nothing(url):
    """Both begin with an empty history, and write as fast as they can."""
    count = 40
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parents[1] / "support"), url, str(count)]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for writer in writers:
        _, said = writer.communicate(timeout=120)
        assert (writer.returncode, said) == (0, "")
    with History(url) as history:
        assert sorted(run.id for run in history.runs()) == list(range(1, 2 * count + 1))
        assert sorted(history.record(number).seed for number in range(1, 2 * count + 1)) == sorted(
            [*range(count), *range(count)]
        )


def test_a_damaged_file_is_set_aside(tmp_path):
    """Reported, kept under another name, never overwritten; the next run begins a new one."""
    path = tmp_path / "history.db"
    path.write_bytes(b"\xff this was a database once" * 100)
    with pytest.raises(HistoryDamaged, match="is damaged; it was set aside as") as caught:
        History(str(path))
    assert not path.exists()
    assert Path(str(caught.value.aside)).read_bytes().startswith(b"\xff this was a database once")
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


@pytest.mark.parametrize("readonly", [True, False])
@pytest.mark.parametrize(
    "sql", ["CREATE TABLE users (name TEXT)", "CREATE TABLE storepact_schema (colour TEXT)"]
)
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_somebody_elses_database_is_left_alone(tmp_path, readonly, sql, journal):
    """It never gets our tables beside its own; nor where one of its tables has a name of ours."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute(sql)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(
        HistoryUnusable, match="is a database of another program; name another file with --history"
    ):
        History(str(path), readonly=readonly)
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["other.db"]


def test_an_older_history_is_read_as_it_is(tmp_path):
    """A reader of one that the first version made writes nothing, and knows all that is in it."""
    path = tmp_path / "history.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "STEPS", steps.STEPS[:1])
        with History(str(path)) as history, history._database.connect(write=True) as connection:
            connection.execute(tables.runs.insert(), _values(red(1)))
            connection.execute(tables.records.insert(), {"run": 1, "record": pack_record(red(1))})
    before = path.read_bytes()
    with History(str(path), readonly=True) as history:
        assert [run.id for run in history.runs()] == [1]
        assert history.record(1) == red(1)
        earlier = history.earlier(target="mock", suites=suites_of(green().outcomes))
    assert [sorted(run.fingerprints) for run in earlier] == [["0123456789ab"]]
    assert path.read_bytes() == before


def test_readers_cannot_write(tmp_path):
    """Not even if they tried: the file is opened so."""
    path = tmp_path / "history.db"
    History(str(path)).close()
    with History(str(path), readonly=True) as history, pytest.raises(HistoryUnusable):
        history.add(green())


def test_a_reader_makes_no_tables(url):
    """What is empty stays empty: a file is not even made, a team's database gets nothing."""
    with pytest.raises(HistoryUnusable, match="there is none yet"):
        History(url, readonly=True)
    with pytest.raises(HistoryUnusable, match="there is none yet"):
        History(url, readonly=True)


def test_an_empty_file_has_no_history(tmp_path):
    """A reader leaves it as it is; a writer begins one there."""
    path = tmp_path / "history.db"
    path.touch()
    with pytest.raises(HistoryUnusable, match="there is none yet"):
        History(str(path), readonly=True)
    assert path.read_bytes() == b""
    with History(str(path)) as history:
        assert history.add(green()) == 1


@needs_postgresql
def test_a_teams_database_may_hold_other_tables(postgresql):
    """Ours stand beside theirs, and theirs stay."""
    url = drop_tables(postgresql)
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE theirs (colour TEXT)"))
    try:
        with History(url) as history:
            assert history.add(green()) == 1
        assert {"theirs", "storepact_runs"} <= set(sa.inspect(engine).get_table_names())
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE theirs"))
        engine.dispose()


@pytest.mark.parametrize("readonly", [True, False])
def test_a_folder_is_no_history(tmp_path, readonly):
    """A file in it is."""
    with pytest.raises(HistoryUnusable, match="is a folder; name a file in it with --history"):
        History(str(tmp_path), readonly=readonly)


@pytest.mark.parametrize("readonly", [True, False])
@pytest.mark.parametrize("text", ["# Read me\n\nIt is a text, é.\n", "x", "é" * 60_000])
def test_a_text_is_no_history_and_is_not_moved(tmp_path, readonly, text):
    """Somebody named the wrong file: it stays where it is."""
    path = tmp_path / "README.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(HistoryUnusable, match="is no history but a text; name another file with --history"):
        History(str(path), readonly=readonly)
    assert path.read_text(encoding="utf-8") == text


def test_what_a_broken_off_writer_left_is_not_mended_by_a_reader(tmp_path):
    """That would be writing: the reader says so, the next writer does it."""
    path = tmp_path / "history.db"
    with History(str(path)) as history:
        history.add(green())
    subprocess.run([sys.executable, "-c", BREAKS_OFF, str(path)], check=False)
    before = path.read_bytes()
    with pytest.raises(
        HistoryUnusable,
        match="was left unfinished by a run that broke off; the next `storepact verify` repairs it",
    ):
        History(str(path), readonly=True)
    assert path.read_bytes() == before
    with History(str(path)) as history:
        assert history.record(1) == green()


BREAKS_OFF = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("CREATE TABLE half (way TEXT)")
for _ in range(500):
    connection.execute("INSERT INTO half VALUES (?)", ("x" * 1_000,))
os._exit(1)
"""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:geheim@db/x", "holds a password"),
        ("postgresql://db/x?user=me&password=geheim", "holds a password"),
        ("http://[", "no database URL"),
        ("postgresql://me@h:port/x", "no database URL"),
    ],
)
def test_urls_in_arguments(url, words):
    """A password does not belong there."""
    with pytest.raises(UsageError, match=words) as caught:
        checked_url(url)
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
        "postgresql://me:ge@geheim/he@127.0.0.1:1/x",
        "postgresql://me:geheim/x",
        "postgresql://127.0.0.1:1/x?password=ge@geheim",
        "postgresql://me:a b@geheim/x",
        "postgresql://me:geheim@127.0.0.1:1/x?geheim=1",
        "postgresql://me:geheim@127.0.0.1:1/x?sslmode=geheim",
        "postgresql//me:geheim@h/x",
        "postgresql:/me:geheim@h/x",
        "host=h password=geheim",
        "geheim://me:geheim@h/x",
        "sqlite://me:geheim@h/x",
        "mysql://me:geheim@h/x",
    ],
)
@pytest.mark.parametrize("readonly", [True, False])
def test_nothing_of_a_password_is_shown(url, readonly, tmp_path, monkeypatch):
    """However the URL is written, or miswritten; and no file is made that is called so."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HistoryUnusable) as caught:
        History(url, readonly=readonly)
    assert "geheim" not in str(caught.value)
    assert "im#" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_words_of_the_driver_are_not_repeated():
    """It may have taken a password apart, and repeat a part of it."""
    with pytest.raises(HistoryUnusable) as caught:
        History("postgresql://me:xxonneYY@127.0.0.1:1/x")
    assert "Connection refused" not in str(caught.value)
    assert "check its host, name, user and password" in str(caught.value)


def test_postgres_is_postgresql():
    """Its other scheme means the same, in arguments and in the environment."""
    with pytest.raises(HistoryUnusable, match=r"postgresql.*://me@127.0.0.1:1/x: it cannot be reached"):
        History("postgres://me@127.0.0.1:1/x")
    assert checked_url("postgres://me@127.0.0.1:1/x") == "postgres://me@127.0.0.1:1/x"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://h/x",
        "postgresql://me@h:5432/x",
        "postgresql://me:ge%40he%2Fim@h/x",
        "postgresql://me:ge/h:e#im@h-1.example.com/x?sslmode=require",
        "postgresql+psycopg://me@[::1]:5432/x",
        "postgresql:///x?host=/var/run/postgresql",
    ],
)
def test_urls_that_mean_one_thing(url):
    """These are taken."""
    assert parse_url(url).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("name", ["history.db", "a/b c.db", "50%41.db"])
def test_files_are_taken_as_they_are_called(tmp_path, monkeypatch, name):
    """A per cent sign or a blank in a name is one."""
    monkeypatch.chdir(tmp_path)
    with History(checked_url(name)) as history:
        assert history.add(green()) == 1
    with History(name, readonly=True) as history:
        assert len(history.runs()) == 1
    assert (tmp_path / name).is_file()


@pytest.mark.parametrize("name", ["me@work.db", "a=b.db", "a:b.db", "a?b.db"])
def test_odd_names_of_files_need_their_scheme(tmp_path, monkeypatch, name):
    """They could be half a URL; sqlite:/// says that they are files."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="is no database URL"):
        checked_url(name)
    with History("sqlite:///" + name.replace("?", "%3F")) as history:
        history.add(green())
    assert (tmp_path / name).is_file()


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

    def open_history():
        return History(url)

    def select(selector):
        return select_record(selector, open_history, load_record, target="mock", before=None)

    assert select(str(tmp_path / "run.json")) == select(str(tmp_path)) == red(9)
    assert (select("latest-green"), select("2")) == (green(1), red(2))
    with pytest.raises(UsageError, match="there is no run 7"):
        select("7")
    for digits in ("9" * 23, "9" * 5_000):
        with pytest.raises(UsageError, match="there is no run 99999"):
            select(digits)
    with pytest.raises(UsageError, match="there is no green run of eu"):
        select_record("latest-green", open_history, load_record, target="eu", before=None)


# the command line


def storepact(folder, *arguments, **environment):
    environment = {"COLUMNS": "160", "XDG_STATE_HOME": str(folder / "state"), **environment}
    done = commands.call(*arguments, cwd=folder, environment=environment)
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def history_folder(tmp_path):
    """A folder whose history has three runs: green, broken, broken."""
    with History(str(tmp_path / "state" / "storepact" / "history.db")) as history:
        for record in (green(1), red(2), red(3)):
            history.add(record)
    return tmp_path


def test_list(history_folder):
    """A row a run, the newest first, and how they went."""
    done = storepact(history_folder, "history")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[1].split("\t")[:4] == ["3", "2026-11-03 03:00:00 UTC", "mock", "broken"]
    assert lines[-3].split() == ["findings", "▁██", "0", "to", "1"]
    listed = json.loads(storepact(history_folder, "history", "--limit", "2", "--json").stdout)
    assert [run["id"] for run in listed["runs"]] == [3, 2]
    assert "no runs of eu" in storepact(history_folder, "history", "--target", "eu").stdout


def test_show(history_folder):
    """A run again: as text, as its record, with every report."""
    done = storepact(history_folder, "history", "show", "2", "--report-dir", "again")
    assert (done.returncode, "BROKEN" in done.stdout) == (0, True)
    assert load_record(history_folder / "again") == red(2)
    assert {"report.html", "junit.xml", "run.json"} <= {
        path.name for path in (history_folder / "again").iterdir()
    }
    assert json.loads(storepact(history_folder, "history", "show", "1", "--json").stdout) == records.plain(
        green(1)
    )
    assert (
        storepact(history_folder, "history", "show", "latest-green")
        .stdout.splitlines()[-1]
        .startswith("CONFORMS")
    )
    none = storepact(history_folder, "history", "show", "17")
    assert (none.returncode, "there is no run 17" in none.stderr) == (2, True)


@pytest.mark.parametrize(
    "number", ["99999999999999999999999", "9223372036854775808", "\u00b2", "-1", "1.5", "9" * 5_000]
)
def test_numbers_that_no_run_has(history_folder, number):
    """However large or odd, it is the usual line."""
    done = storepact(history_folder, "history", "show", "--", number)
    assert (done.returncode, "there is no run" in done.stderr, len(done.stderr.splitlines())) == (2, True, 1)


def test_trends(history_folder):
    """A page with plots; the same runs make the same bytes."""
    assert storepact(history_folder, "history", "trends", "--report-dir", "out").returncode == 0
    page = (history_folder / "out" / "trends.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    with History(str(history_folder / "state" / "storepact" / "history.db")) as history:
        assert report.render_html(history.target_runs(target=None, points=300, newest=100)) == page


def test_trends_of_ten_thousand_runs_stay_readable(tmp_path):
    """At most 300 points, each the worst of several runs."""
    from storepact.history.store import Run

    runs = [
        Run(
            number,
            "2026-11-24T03:00:00+00:00",
            "mock",
            "document",
            "conforms",
            int(number == 5_000),
            0,
            9,
            3,
            4,
            0,
            1.0,
            "0",
        )
        for number in range(10_000, 0, -1)
    ]
    page = report.render_html(target_runs(runs))
    assert len(page) < 1_000_000
    assert "Each point is the worst of 34 runs." in page


def test_compare_with_the_history(history_folder):
    """`latest-green` and numbers stand for files."""
    (history_folder / "run.json").write_text(dump(red(4)))
    done = storepact(history_folder, "compare", "latest-green", "run.json")
    assert (done.returncode, "base of 2026-11-01" in done.stdout) == (1, True)
    assert storepact(history_folder, "compare", "2", "3").returncode == 0
    wrong = storepact(history_folder, "compare", "8", "3")
    assert (wrong.returncode, "there is no run 8" in wrong.stderr) == (2, True)


def test_every_run_is_kept(tmp_path):
    """In the state folder; the first one has nothing green to be compared with, and says so."""
    first = storepact(tmp_path, "verify", "--suite", "document", "--baseline", "latest-green")
    assert (first.returncode, "this run is compared with nothing" in first.stderr) == (0, True)
    assert storepact(tmp_path, "compare", "latest-green", "storepact-report").returncode == 2
    for number in (2, 3):
        done = storepact(tmp_path, "verify", "--suite", "document")
        assert (done.returncode, f"run {number} in the history" in done.stderr) == (0, True)
    assert storepact(tmp_path, "verify", "--suite", "document", "--history", "none").returncode == 0
    assert len(json.loads(storepact(tmp_path, "history", "--json").stdout)["runs"]) == 3
    green_again = storepact(tmp_path, "verify", "--suite", "document", "--baseline", "latest-green")
    assert (green_again.returncode, "Nothing changed." in green_again.stdout) == (0, True)


@pytest.mark.parametrize("source", ["--history", "STOREPACT_HISTORY"])
@pytest.mark.parametrize(
    "words",
    [
        "history",
        "history show 1",
        "history show latest-green",
        "history trends",
        "compare latest-green run.json",
        "compare 1 run.json",
        "compare run.json 1",
        "verify --suite document --baseline latest-green",
        "verify --suite document --baseline 3",
        "tripwire",
    ],
)
def test_without_a_history(tmp_path, words, source):
    """Whoever needs the history is told that none is kept, and which setting says so."""
    (tmp_path / "run.json").write_text(dump(green()))
    arguments = [*words.split(), *(["--history", "none"] if source == "--history" else [])]
    environment = {"STOREPACT_HISTORY": "none"} if source == "STOREPACT_HISTORY" else {}
    done = commands.call(*arguments, cwd=tmp_path, environment=environment)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.endswith(f"and no history is kept: {source} is none\n")


def test_files_are_compared_without_a_history(tmp_path):
    """Two records that are files need none."""
    (tmp_path / "run.json").write_text(dump(green()))
    done = commands.call("compare", "run.json", "run.json", "--history", "none", cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Nothing changed.")


@pytest.mark.parametrize("which", ["damaged", "newer", "readonly"])
def test_a_history_that_cannot_be_used_is_one_line(tmp_path, which):
    """Reading says so and ends with 2; a run says so and keeps its verdict."""
    state = tmp_path / "state" / "storepact"
    path = state / "history.db"
    with History(str(path)) as history:
        history.add(green())
        if which == "newer":
            with history._database.connect(write=True) as connection:
                connection.execute(tables.schema.update().values(version=99))
    words = {"damaged": "set aside as", "newer": "upgrade it", "readonly": "may only be read"}[which]
    if which == "damaged":
        path.write_bytes(b"\xff" * 5_000)
    if which == "readonly":
        path.chmod(0o444)
        if os.geteuid() == 0:
            pytest.skip("root may write everywhere")
    if which != "readonly":
        listed = storepact(tmp_path, "history")
        assert (listed.returncode, words in listed.stderr, len(listed.stderr.splitlines())) == (2, True, 1)
    if which == "damaged":
        path.write_bytes(b"\xff" * 5_000)
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
        with history._database.connect(write=False) as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
            with (
                pytest.raises(HistoryUnusable, match="may only be read"),
                history._database.translate_errors(),
            ):
                connection.execute(tables.runs.delete())


def test_a_run_puts_nothing_into_somebody_elses_database(tmp_path):
    """An option that names it is refused; where the environment names it, the verdict stays."""
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE users (name TEXT)")
    connection.close()
    before = (tmp_path / "other.db").read_bytes()
    asked_for = storepact(tmp_path, "verify", "--suite", "document", "--history", "other.db")
    assert (asked_for.returncode, asked_for.stderr.count("is a database of another program")) == (2, 1)
    done = storepact(tmp_path, "verify", "--suite", "document", STOREPACT_HISTORY="other.db")
    assert (
        done.returncode,
        "CONFORMS" in done.stdout,
        done.stderr.count("is a database of another program"),
    ) == (0, True, 1)
    assert (tmp_path / "other.db").read_bytes() == before


def test_an_empty_place_has_no_history(tmp_path):
    """Nothing is made by looking."""
    done = storepact(tmp_path, "history")
    assert (done.returncode, "there is none yet" in done.stderr) == (2, True)
    assert not (tmp_path / "state").exists()
