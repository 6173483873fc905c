"""The suites' harness is a pytest plugin; nothing else happens here."""

pytest_plugins = ["storepact.run.plugin"]
