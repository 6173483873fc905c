"""The runs of targets as a history reads them, from a list of runs."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from storepact.history import tables
from storepact.history.rows import LibraryRows
from storepact.history.trends import read_target_runs
from storepact.report.history import POINTS, TABLE_RUNS


def target_runs(runs, points=POINTS, newest=TABLE_RUNS):
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        tables.metadata.create_all(connection, tables=[tables.runs])
        connection.execute(tables.runs.insert(), [asdict(run) for run in runs])
        read = read_target_runs(LibraryRows(connection), None, points, newest)
    engine.dispose()
    return read
