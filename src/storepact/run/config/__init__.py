"""The configuration: storepact.toml or pyproject.toml, environment variables, and named targets."""
