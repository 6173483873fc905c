"""Runs: settings, plan, session, pytest plugin, assembly of the record, nightly job, prove and fidelity."""
