"""Importing texts that are sealed for people: in rows of now they commit to what the log says, and are sealed later."""

from collections import defaultdict
from typing import Any

import psycopg
from psycopg import sql

_SEALED = """
select (x.how).subject, s.name, n.nspname, c.relname
from (
    select g.tgrelid, rtrim(encode(g.tgargs, 'escape'), '\\000')::audit.opting as how from pg_catalog.pg_trigger as g
    where g.tgfoid = 'audit.record_change()'::regprocedure
) as x
inner join pg_catalog.pg_class as c on x.tgrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
cross join lateral unnest((x.how).sealed) as s (name)
order by (x.how).subject, s.name
"""
# A text commits to what the newest version of its record says.
_COMMIT = """
update {table} as t set {column} = overlay(t.{column} placing c.commitments ->> {name} from 5 for 44)
from (
    select distinct on (v.subject_id) v.subject_id, v.change_id from audit.version as v
    where v.org_id = %(org)s and v.subject = {subject} order by v.subject_id, v.log_index desc
) as v inner join audit.change as c on c.org_id = %(org)s and v.change_id = c.id
where t.org_id = %(org)s and v.subject_id = t.id and keys.is_sealed_text(t.{column})
"""


def columns(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Return the columns whose texts are sealed for people, by the kind of record."""
    found: dict[str, list[str]] = defaultdict(list)
    for subject, name, _, _ in connection.execute(_SEALED).fetchall():
        found[subject].append(name)
    return found


def commit(connection: psycopg.Connection[Any], org_id: str) -> None:
    """Put into the sealed texts of an organisation's rows what its log is committed to."""
    for subject, name, schema, table in connection.execute(_SEALED).fetchall():
        connection.execute(
            sql.SQL(_COMMIT).format(
                table=sql.Identifier(schema, table),
                column=sql.Identifier(name),
                name=sql.Literal(name),
                subject=sql.Literal(subject),
            ),
            {"org": org_id},
        )
