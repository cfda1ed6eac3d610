"""What a directory says of somebody, as it is stored: sealed for them, and found by blind indexes (V-08, V-25)."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.keys import blind_indexes, sealed_texts
from velaurum.keys.blind_indexes import DISPLAY_NAMES, EXTERNAL_IDS, USER_NAMES, BlindIndex
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_texts import Text, ToSeal
from velaurum.tenancy.context import OrgContext

TABLE = "identity.scim_user"
USER_NAME, EXTERNAL_ID, ATTRIBUTES, DIGEST = "user_name", "external_id", "attributes", "attributes_digest"
# What is said anew, each by itself; the digest goes with the attributes.
ALL = (USER_NAME, EXTERNAL_ID, ATTRIBUTES)
_INDEX_OF = {
    USER_NAME: "user_name_index",
    EXTERNAL_ID: "external_id_index",
    ATTRIBUTES: "display_name_index",
}


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """What a directory says of a user: attributes by their SCIM names, none where it says nothing of them."""

    user_name: str
    external_id: str | None = None
    attributes: Mapping[str, Any] | None = None


def sealed(
    tx: Tx,
    org: OrgContext,
    keyring: Keyring,
    user_id: str,
    person_id: str,
    said: Said,
    which: Collection[str] = ALL,
) -> dict[str, Any]:
    """Return the columns of a user: those named sealed for their places, with the indexes of what is found by them.

    All else is None. Refuses `key-unavailable`, and `conflict` for who was erased.
    """
    written = {
        USER_NAME: said.user_name,
        EXTERNAL_ID: said.external_id,
        ATTRIBUTES: encoded(said.attributes) if said.attributes else None,
    }
    kept = {name: text for name, text in written.items() if name in which and text is not None}
    indexes: dict[str, bytes | None] = dict.fromkeys(_INDEX_OF.values())
    for name, text in kept.items():
        found_by = indexed_by(name, text)
        if found_by is not None:
            indexes[_INDEX_OF[name]] = blind_indexes.of(tx, org.org_id, keyring, *found_by)
    if ATTRIBUTES in kept:
        kept[DIGEST] = hashlib.sha256(kept[ATTRIBUTES].encode()).hexdigest()
    asked = [
        ToSeal(Place(org.org_id, TABLE, name, user_id), Text.drawn(text), person_id)
        for name, text in kept.items()
    ]
    done = dict(zip(kept, sealed_texts.seal_many(tx, org.org_id, keyring, asked), strict=True))
    return {**{name: done.get(name) for name in (*written, DIGEST)}, **indexes}


def indexed_by(name: str, text: str) -> tuple[BlindIndex, str] | None:
    """Return the index by which a user is found who has this text, and in which form; None for what finds nobody."""
    if name == USER_NAME:
        return USER_NAMES, texts.code_key(text)
    if name == EXTERNAL_ID:
        return EXTERNAL_IDS, text
    called = decoded(text).get("displayName") if name == ATTRIBUTES else None
    return (DISPLAY_NAMES, texts.code_key(called)) if called else None


def encoded(attributes: Mapping[str, Any]) -> str:
    """Return attributes as one text."""
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def decoded(text: str | None) -> dict[str, Any]:
    """Return the attributes of a text, also of one from before; none of None."""
    return {} if text is None else cast("dict[str, Any]", json.loads(text))
