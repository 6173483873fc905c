"""The request budget: portions, what is kept back for the clean-up, and what is never exceeded."""

from __future__ import annotations

import pytest

from storepact.model.errors import BudgetExhausted
from storepact.run.explore.ledger import Ledger, WorkerAllowance, portions
from storepact.transport.pacing import Limits, Pacer


class Waiting(list):
    """A queue of a scheduler in this process."""

    name = "queue"

    def put(self, value):
        self.append(value)

    def get(self, timeout=None, *, batch=False):
        if batch:
            values, self[:] = list(self), []
            return values
        return self.pop(0)

    def qsize(self):
        return len(self)


@pytest.mark.parametrize("workers", [1, 3, 50])
@pytest.mark.parametrize("total", [-3, 0, 1, 2, 9, 10, 11, 399, 4_000, 4_001, 1_000_003])
def test_portions_are_the_whole_budget(total, workers):
    """Several for each worker, where there is enough; not so many that handing them out takes long."""
    sizes = portions(total, workers)
    assert sum(sizes) == max(total, 0)
    assert len(sizes) <= 401 + (total < 4_000) * total
    assert min(sizes, default=1) >= 1
    assert len(sizes) >= min(max(total, 0), 2 * workers) or total >= 40 * workers


def test_creates_keep_requests_for_their_clean_up():
    """A create is refused where its delete would not be possible; what was deleted keeps none."""
    pacer = Pacer(Limits(max_requests=9))
    pacer.keep_back(1)
    pacer.admit("create")
    pacer.keep_back(2)
    pacer.admit("create")
    with pytest.raises(BudgetExhausted):
        pacer.keep_back(3)
    pacer.admit("get")
    with pytest.raises(BudgetExhausted):
        pacer.admit("get")
    pacer.admit("delete", exempt=True)
    pacer.let_go(1)
    for _ in range(2):
        pacer.admit("get")
    with pytest.raises(BudgetExhausted):
        pacer.admit("get")
    for _ in range(3):
        pacer.admit("delete", exempt=True)


def test_processes_keep_back_together(tmp_path):
    """What a process has kept counts for the others, also once the process is gone."""
    limits = Limits(max_requests=8, reserve=1)
    first, second = (Pacer(limits, tmp_path / "pace.json") for _ in range(2))
    first.keep_back(1)
    first.admit("create")
    del first
    for _ in range(3):
        second.admit("get")
    with pytest.raises(BudgetExhausted, match="--max-requests 8 is"):
        second.admit("get")


def test_an_allowance_is_taken_as_it_is_needed():
    """What is not sent is given back; what a lost worker had taken counts as spent."""
    queue = Waiting(portions(20, 1))
    ledger = Ledger(Waiting(), queue, 20)
    lost = WorkerAllowance(queue)
    assert lost.begin()
    allowance = WorkerAllowance(queue)
    assert allowance.begin()
    pacer = Pacer(Limits(max_requests=20, allowance=allowance))
    for _ in range(7):
        pacer.admit("get")
    assert allowance.granted == 10
    allowance.give_back(7)
    assert sum(queue) == 20 - 5 - 7
    assert ledger.lost_requests(7) == 5


def test_an_allowance_that_is_used_up():
    """The limit of all processes is named."""
    pacer = Pacer(Limits(max_requests=20, allowance=WorkerAllowance(Waiting([1]))))
    pacer.admit("get")
    with pytest.raises(BudgetExhausted, match="--max-requests 20 is used up"):
        pacer.admit("get")
