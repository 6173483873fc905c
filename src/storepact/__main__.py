"""`python -m storepact`."""

from storepact.cli import main

main()
