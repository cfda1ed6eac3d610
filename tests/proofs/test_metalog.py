"""Entries of the meta-log (V-22): what commits to a checkpoint, in Python and in the database, and nothing else."""

import base64
from typing import Any

import pytest

from support import vectors
from support.ledger_sql import SUPERUSER, Connect
from velaurum.proofs import merkle, metalog, notes

VECTORS: dict[str, Any] = vectors.read("meta_entries")
ENTRIES: list[dict[str, str]] = VECTORS["entries"]


@pytest.mark.parametrize("said", ENTRIES, ids=range(len(ENTRIES)))
def test_an_entry_commits_to_the_text_of_a_checkpoint(said: dict[str, str]) -> None:
    entry = metalog.entry(base64.b64decode(said["salt"]), notes.parse(said["note"].encode()).text)

    assert entry.hex() == said["entry"]
    assert merkle.leaf_hash(entry).hex() == said["leaf"]


def test_the_database_makes_the_same_entries(as_role: Connect) -> None:
    connection = as_role(SUPERUSER)

    for said in ENTRIES:
        made = connection.execute(
            "select audit.meta_entry(decode(%s, 'base64'), %s)", [said["salt"], said["note"]]
        ).fetchone()
        assert made == (bytes.fromhex(said["entry"]),)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_salt_of_another_length_makes_none(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        metalog.entry(bytes(length), "text\n")


def test_an_origin_names_an_installation_and_an_incarnation() -> None:
    for said in VECTORS["origins"]:
        assert metalog.parse_origin(said["origin"]) == (said["name"], said["incarnation"])
        assert metalog.origin(said["name"], said["incarnation"]) == said["origin"]


@pytest.mark.parametrize("origin", VECTORS["no_origins"])
def test_any_other_name_is_of_no_meta_log(origin: str) -> None:
    assert metalog.parse_origin(origin) is None


def test_a_meta_log_covers_the_logs_of_its_installation() -> None:
    assert metalog.covers("log.example/meta/3", "log.example/org/1/0")
    assert not metalog.covers("log.example/meta/3", "other.example/org/1/0")
    assert not metalog.covers("log.example/org/1/0", "log.example/org/1/0")
