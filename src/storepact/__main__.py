"""`python -m storepact`."""

from storepact.cli.main import main

main()
