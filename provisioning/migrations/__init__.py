"""Alembic migrations: numbered, linear; expand, migrate and contract in separate releases."""
