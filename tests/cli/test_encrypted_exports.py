"""Exports that are encrypted to a recipient, by hand and as a job (V-19)."""

import shutil
from pathlib import Path

from pyrage import x25519

from support.api_orgs import ApiOrg
from support.command import Installation
from support.whole_orgs import verify


def test_an_encrypted_export_is_read_by_its_recipient_alone(
    plainly_served: Installation, whole: ApiOrg, exported: Path, place: Path
) -> None:
    ours, others = x25519.Identity.generate(), x25519.Identity.generate()
    for name, identity in (("ours", ours), ("others", others)):
        (place / name).write_text(f"# made for a test\n{identity}\n")
    words = (
        "export",
        whole.code,
        "--to",
        str(place / "out"),
        "--to-recipient",
        str(ours.to_public()),
        "--json",
    )

    done = plainly_served.command(*words).document
    shutil.copy(exported / "policy.txt", place / "policy.txt")
    archive = Path(done["directory"])
    read = verify(archive, "--identity", str(place / "ours"))
    refused = verify(archive, "--identity", str(place / "others"))
    asked = verify(archive)

    assert archive == place / "out.tar.age"
    assert sorted(one.name for one in place.iterdir()) == ["others", "ours", "out.tar.age", "policy.txt"]
    assert b"BOLT" not in archive.read_bytes()
    assert (read.code, f"It is all of {whole.code}" in read.stdout) == (0, True), read.stderr
    assert (refused.code, "is for another recipient" in refused.sentence) == (2, True)
    assert (asked.code, "--identity" in asked.sentence) == (2, True)


def test_a_recipient_that_is_none_is_refused_before_anything_is_recorded(
    plainly_served: Installation, whole: ApiOrg, place: Path
) -> None:
    size = whole.log_size()

    done = plainly_served.command(
        "export", whole.code, "--to", str(place / "out"), "--to-recipient", "age1nobody"
    )

    assert (done.code, "no public key of age" in done.sentence) == (2, True)
    assert whole.log_size() == size


def test_an_administrator_asks_for_an_export_that_the_operator_cannot_read(
    plainly_served: Installation, whole: ApiOrg, exported: Path, place: Path
) -> None:
    ours = x25519.Identity.generate()
    (place / "ours").write_text(f"{ours}\n")
    admin = plainly_served.command.given(org=whole.code, token=whole.tokens["org-admin"])
    shutil.copy(exported / "policy.txt", place / "policy.txt")

    asked = admin("job", "export", "--to-recipient", str(ours.to_public()), "--json").document
    done = admin("job", "show", asked["id"], "--follow", "--json").document

    archive = plainly_served.data_dir / done["result"]["file"]
    shutil.copy(archive, place / archive.name)
    read = verify(place / archive.name, "--identity", str(place / "ours"), "--json").document
    assert (done["kind"], done["state"], done["error"]) == ("export", "succeeded", None)
    assert done["result"]["export"] == asked["id"]
    assert (read["ok"], read["size"]) == (True, done["result"]["size"])
    assert [one.name for one in archive.parent.iterdir()] == [archive.name]
    versions = whole.get("/identity-changes?limit=1").json["data"]
    assert [(one["subject"]["kind"], one["actor"]["name"]) for one in versions] == [("export", "org-admin")]
