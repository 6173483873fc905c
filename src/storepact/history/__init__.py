"""History: every run in a database, SQLite by itself or PostgreSQL for teams."""
