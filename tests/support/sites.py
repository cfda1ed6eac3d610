"""A site: one server, its database, and what may be done to that from outside."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from support.ledger_sql import act_as
from velaurum.db.connection import Database


@dataclass(frozen=True, slots=True)
class Site:
    """A running server and its database, by the service's door and by a superuser's."""

    url: str
    door: Database
    superuser: str

    def alter(self, org_id: str, statement: str, *values: str) -> None:
        """Do at the database's own hand what no verb does, in the name of the organisation's operator."""
        with psycopg.connect(self.superuser) as connection:
            (operator,) = connection.execute(
                "select p.id::text from identity.principal as p where p.org_id = %s and p.created_by = p.id",
                [org_id],
            ).fetchall()[0]
            act_as(connection, operator)
            connection.execute(sql.SQL(statement), values)
