"""Traffic of other programs: every exchange judged like one of a run, with no request of our own."""
