"""The command line: one module for each command; `main` makes the exit code."""
