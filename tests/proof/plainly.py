"""What is sealed for people, in plain: so that scenes can tell who somebody is. What it is found by stays."""

from typing import Any

import psycopg
from psycopg import sql

from support.keyrings import keyring_within
from velaurum.db.connection import Tx
from velaurum.db.person_names import is_sealed
from velaurum.db.sessions import adapt
from velaurum.keys import sealed_texts
from velaurum.keys.envelopes import Place
from velaurum.keys.sealed_texts import SealedText
from velaurum.tenancy.context import OrgId

_COLUMNS = (
    ("identity.principal", "name", "id"),
    ("identity.invitation", "login", "principal_id"),
    ("identity.password", "login", "principal_id"),
    ("identity.provider_subject", "subject", "principal_id"),
    ("identity.passkey", "name", "principal_id"),
    ("identity.scim_user", "user_name", "principal_id"),
    ("identity.scim_user", "external_id", "principal_id"),
    ("identity.scim_user", "attributes", "principal_id"),
    ("identity.scim_user", "attributes_digest", "principal_id"),
)


def say(admin: psycopg.Connection[Any], org_id: str) -> None:
    """Write over what is sealed with what it says; every trigger is off."""
    adapt(admin.adapters)
    tx = Tx(admin).within(org_id)
    for table, column, whose in _COLUMNS:
        names = {"table": sql.Identifier(*table.split(".")), "column": sql.Identifier(column)}
        found = admin.execute(
            sql.SQL("select id::text, {whose}::text, {column} from {table} where org_id = %s").format(
                whose=sql.Identifier(whose), **names
            ),
            [org_id],
        ).fetchall()
        sealed = {
            row_id: SealedText(Place(org_id, table, column, row_id), text, of)
            for row_id, of, text in found
            if is_sealed(text)
        }
        texts, _ = sealed_texts.open_each(tx, OrgId(org_id), keyring_within(tx), sealed)
        for row_id, text in texts.items():
            admin.execute(
                sql.SQL("update {table} set {column} = %s where org_id = %s and id = %s").format(**names),
                [text.text, org_id, row_id],
            )
