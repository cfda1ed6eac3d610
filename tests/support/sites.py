"""A site: one server, its database, and what may be done to that from outside."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from velaurum.db.connection import Database


@dataclass(frozen=True, slots=True)
class Site:
    """A running server and its database, by the service's door and by a superuser's."""

    url: str
    door: Database
    superuser: str

    def alter(self, statement: str, *values: str) -> None:
        """Do at the database's own hand what no verb does."""
        with psycopg.connect(self.superuser) as connection:
            connection.execute(sql.SQL(statement), values)
