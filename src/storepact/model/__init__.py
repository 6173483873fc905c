"""The frozen values that all packages share: case, exchange, expectation, finding, outcome."""
