"""Everything that talks HTTP or guards what is sent: client, credentials, redaction, journal, broker, download."""
