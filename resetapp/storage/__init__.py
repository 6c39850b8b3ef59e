"""What we keep: logins, visits, attempts. SQLite by default, PostgreSQL by URL; no personal number, no password."""
