"""HTTP and what protects it: client, credentials, redaction, pacing, journal, broker, download."""
