"""Real PostgreSQL and Redis servers for the tests, found on the machine or in the wheels."""
