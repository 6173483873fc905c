"""Runs: settings, plan, session, the pytest plugin, the record's assembly, the nightly job, prove and fidelity."""
