"""Sub-organisations: departments, a tree within an organisation."""

from velaurum.db.queries import queries

QUERIES = queries(__package__, "sub_orgs.sql")
