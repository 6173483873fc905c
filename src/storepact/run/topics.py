"""The groups of a run's options in the help of commands, in their order."""

from __future__ import annotations

TOPICS = {
    "Target": ("target", "project", "environment", "provider", "family"),
    "What the run may do": (
        *("allow_writes", "allow_enable", "allow_production", "max_resources", "isolation_scope"),
        *("insecure_http", "dry_run"),
    ),
    "What is tested": (
        *("suite", "operation", "check", "exclude_check", "shard", "max_failures"),
        *("profile", "seed", "examples", "corpus_dir", "workers"),
    ),
    "Documents and reports": ("report_dir", "save_har", "openapi", "contracts", "history"),
    "Verdict": ("accepted", "baseline", "fail_on_not_verified", "min_coverage", "max_network_errors"),
    "Pact Broker": ("broker_url", "consumer_branch", "provider_version", "provider_branch", "publish"),
    "Network": (
        *("timeout", "patience", "settle", "rate", "max_requests", "deadline", "max_body_size"),
        *("ca_file", "client_cert", "client_key", "proxy", "header"),
    ),
    "Token": ("token_env", "reader_token_env", "token_file", "token_command"),
}

#: The group of an option that stands in none of them.
FURTHER = "Further options"

_BY_NAME = {name: topic for topic, names in TOPICS.items() for name in names}


def topic_of(name: str) -> str:
    """The group of the option that is this field of the settings; a test finds those that have none yet."""
    return _BY_NAME.get(name, FURTHER)
