"""Django's database backend for PostgreSQL, with the faster half of psycopg switched on."""
