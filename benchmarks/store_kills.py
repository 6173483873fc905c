"""Kill a redis-server and the mock that writes it, in turn, while changes arrive and a reader looks.

`python benchmarks/store_kills.py 50` prints how many changes had a response, how many of them the store lacks
at the end, how many reads showed a part of a change, and how long `_status` took to show that the store is
dead. The store keeps nothing over a restart, the mock has a file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from store_kills import CONTEXTS, INTERVAL, run_kills


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=50)
    with tempfile.TemporaryDirectory() as folder:
        figures = run_kills(Path(folder), parser.parse_args().kills)
    print(
        f"{figures.kills} kills: {figures.acknowledged:,} changes of {CONTEXTS} contexts had a response, "
        f"{figures.lost} of them are lost"
    )
    print(f"{figures.reads:,} reads of two contexts of one change, {figures.halves} showed a part of it")
    print(f"_status showed a dead store after at most {figures.slowest_status:.2f} s; heartbeat {INTERVAL} s")


if __name__ == "__main__":
    main()
