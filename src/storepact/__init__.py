"""storepact: the tripwire for the persistent store integrations API."""

__version__ = "0.1.0"

__all__ = ["__version__"]
