"""`velaurum export`: what it writes is the whole log, as anybody's verifier reads it (V-22)."""

import json
import stat
from pathlib import Path

from support.command import Command, Installation
from velaurum.ledger import entries
from velaurum.proofs import merkle, policies, tiles
from velaurum.proofs.wire import from_base64


def test_an_export_makes_the_root_that_was_signed(installation: Installation, place: Path) -> None:
    tenant = installation.tenant()
    for quantity in range(1, 6):
        tenant.keeper("post", "receipt", "BOLT", str(quantity), "--target", "A")

    written = installation.command("export", tenant.code, "--to", str(place / "out"), "--json").document

    read = _leaves(place / "out", written["size"])
    seen = policies.parse((place / "out" / "policy.txt").read_bytes()).verify(
        (place / "out" / "checkpoint").read_bytes()
    )
    assert written["checkpoint"].encode() == (place / "out" / "checkpoint").read_bytes()
    assert (seen.checkpoint.size, seen.checkpoint.root) == (written["size"], merkle.root(read))
    movements = [
        entry for entry in _entries(place / "out", written["size"]) if entry["type"] == "stock.movement"
    ]
    assert [one["row"]["quantity"] for one in movements] == [f"{n}.000000000" for n in range(1, 6)]
    tree = tiles.CheckedTiles(
        written["size"], seen.checkpoint.root, lambda tile: (place / "out" / tile.path).read_bytes()
    )
    assert tree.node(0, 0) == read[0]


def test_an_export_is_verified_offline_and_a_changed_byte_is_named(
    installation: Installation, place: Path
) -> None:
    tenant = installation.tenant()
    for quantity in range(1, 4):
        tenant.keeper("post", "receipt", "BOLT", str(quantity), "--target", "A")
    tenant.keeper("post", "issue", "BOLT", "2", "--source", "A")
    tenant.admin("item", "create", "NUT", "--name", "Nut")
    assert installation.command("export", tenant.code, "--to", str(place / "out")).code == 0
    alone = Command({}, place)
    verify = ("verify", str(place / "out"), "--policy", str(place / "out" / "policy.txt"))

    whole = alone(*verify)
    (bundle,) = [path for path in (place / "out" / "tile" / "entries").rglob("*") if path.is_file()]
    bundle.write_bytes(bundle.read_bytes().replace(b'"quantity":"2.', b'"quantity":"9.'))
    broken = alone(*verify)

    assert whole.code == 0, whole.stdout + whole.stderr
    assert broken.code == 6
    assert "Entry " in broken.stdout


def test_a_note_is_disclosed_beside_the_log_and_never_in_it(installation: Installation, place: Path) -> None:
    tenant = installation.tenant()
    tenant.keeper("post", "receipt", "BOLT", "1", "--target", "A", "--note", "left by the gate")

    size = installation.command("export", tenant.code, "--to", str(place / "out"), "--json").document["size"]

    lines = (place / "out" / "disclosures.jsonl").read_text().splitlines()
    (told,) = [one for one in map(json.loads, lines) if one["name"] == "note"]
    found = _entries(place / "out", size)[told["log_index"]]
    commitment = entries.note_commitment(from_base64(told["salt"], "salt"), told["value"])
    assert told["value"] == "left by the gate"
    assert from_base64(found["pii"]["note"], "commitment") == commitment
    assert not any(
        b"left by the gate" in path.read_bytes()
        for path in (place / "out" / "tile").rglob("*")
        if path.is_file()
    )


def test_what_is_there_already_is_not_overwritten(installation: Installation, place: Path) -> None:
    tenant = installation.tenant()
    tenant.keeper("post", "receipt", "BOLT", "1", "--target", "A")
    (place / "mine").write_text("mine")

    answer = installation.command("export", tenant.code, "--to", str(place))

    assert answer.code == 2
    assert "is there already" in answer.sentence
    assert [path.name for path in place.iterdir()] == ["mine"]


def test_an_organisation_that_is_not_there_is_named(command: Command, place: Path) -> None:
    command("bootstrap")

    answer = command("export", "nobody", "--to", str(place / "out"))

    assert (answer.code, (place / "out").exists()) == (3, False)


def test_the_export_is_its_owners_alone_until_it_is_given_away(
    installation: Installation, place: Path
) -> None:
    tenant = installation.tenant()
    tenant.keeper("post", "receipt", "BOLT", "1", "--target", "A")

    assert installation.command("export", tenant.code, "--to", str(place / "out")).code == 0

    assert stat.S_IMODE((place / "out").stat().st_mode) == 0o700
    assert [path.name for path in place.iterdir()] == ["out"]


def _entries(folder: Path, size: int) -> list[dict[str, object]]:
    return [json.loads(entry) for entry in _raw(folder, size)]


def _leaves(folder: Path, size: int) -> list[bytes]:
    return [merkle.leaf_hash(entry) for entry in _raw(folder, size)]


def _raw(folder: Path, size: int) -> list[bytes]:
    return [
        entry
        for bundle in tiles.bundles_of(size)
        for entry in tiles.decode_bundle(bundle, (folder / bundle.path).read_bytes())
    ]
