"""The engines: they make cases and drive them; they never judge."""
