"""The frozen values that every room speaks of: case, exchange, expectation, finding, outcome."""
