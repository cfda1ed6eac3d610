"""Somebody who wrote twenty notes, signed in and was erased: the installation before and after, and a search."""

import base64
import secrets
import shutil
import subprocess
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from support import api_orgs, bent_provider, talkative
from support.api_orgs import RECEIPT, ApiOrg
from support.authenticator import Authenticator
from support.directories import directory
from support.guests import OTHER_PASSWORD, PASSWORD, invite, try_sign_in
from support.http_client import Client
from support.ledger_sql import APP, SUPERUSER
from support.logs import when_signed
from support.passkeys import register
from support.server_process import ServerProcess, running
from support.sign_ins import CODE, let_vouch
from support.staff import Staff, administrator
from velaurum.cli import log_export
from velaurum.config import Settings
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import administrators
from velaurum.keys import shares
from velaurum.ops import erasure_journal

PLANTED = [f"planted{secrets.token_hex(12)}" for _ in range(20)]
KEPT = f"kept{secrets.token_hex(12)}"
# What the person was called, one after the other; the last is the name when they were erased.
NAMES = PLANTED[:6]
# What they signed in with: invited and never redeemed, redeemed, and redeemed with the password changed after that.
LOGINS = PLANTED[6:9]
# What a provider vouched for: a link that was taken away, and one that stands.
SUBJECTS = PLANTED[9:11]
# What a directory said of them, one after the other where it said something else, and what they called a passkey.
USER_NAMES, EXTERNAL_ID, TITLES, PASSKEY = PLANTED[11:13], PLANTED[13], PLANTED[14:16], PLANTED[16]
OF_ANOTHER = f"another{secrets.token_hex(12)}"


def forms(text: str) -> list[bytes]:
    """Return how a text may stand somewhere: as it is, in hexadecimal, in base64 wherever it begins."""
    raw = text.encode()
    in_base64 = [base64.b64encode(b"x" * n + raw)[4:-4] for n in range(3)]
    return [raw, raw.hex().encode(), raw.hex().upper().encode(), *in_base64]


def found_in(haystack: bytes, texts: list[str]) -> list[str]:
    return [text for text in texts if any(form in haystack for form in forms(text))]


def files_with(directory: Path, texts: list[str]) -> dict[str, list[str]]:
    """Return each file below a directory that has any of the texts. There are some hundred at least."""
    found = {str(path): found_in(_read(path), texts) for path in directory.rglob("*") if path.is_file()}
    assert len(found) > 100
    return {path: texts for path, texts in found.items() if texts}


def _read(path: Path) -> bytes:
    with suppress(FileNotFoundError):  # PostgreSQL lets files of its own go while it runs
        return path.read_bytes()
    return b""


@dataclass
class Erased:
    """An installation before and after somebody was erased in it; `another` is somebody else, who was not."""

    directory: Path
    org: ApiOrg
    principal_id: str
    another: str
    token: str
    movement: dict[str, Any]
    proof: bytes
    receipt: dict[str, Any]
    keys: dict[str, Any]
    dumps: dict[str, bytes]

    @property
    def data_dir(self) -> Path:
        return self.directory / "data"

    @property
    def backup(self) -> Path:
        return self.directory / "backup"

    @property
    def shares(self) -> Path:
        """Where a copy of the shares from before is, which nobody should have."""
        return self.directory / "shares-before"

    @property
    def share(self) -> Path:
        return Path(shares.FOLDER, self.org.org_id, self.principal_id)

    def settings(self) -> Settings:
        return Settings(self.data_dir)


def cluster_of(data_dir: Path) -> embedded.Cluster:
    found = embedded.find_running(data_dir)
    assert found is not None
    return found


def dump(cluster: embedded.Cluster) -> bytes:
    conninfo = cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
    done = subprocess.run([str(cluster.bin_dir / "pg_dump"), conninfo], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def base_backup(cluster: embedded.Cluster, into: Path) -> None:
    conninfo = cluster.conninfo(user=SUPERUSER, dbname="postgres")
    program = str(cluster.bin_dir / "pg_basebackup")
    command = [program, "-d", conninfo, "-D", str(into), "-X", "stream", "-c", "fast"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def without_person(movement: dict[str, Any]) -> dict[str, Any]:
    """Return a movement as it reads once its poster was erased."""
    return {**movement, "note": None, "actor": {**movement["actor"], "name": "erased"}}


def erase(directory: Path, server: ServerProcess) -> Erased:
    """Let a person write twenty notes and another one write one, back everything up, and erase the first."""
    cluster = cluster_of(server.data_dir)
    talkative.let_it_talk(cluster)
    conninfo = cluster.conninfo(user=APP, dbname=embedded.DATABASE)
    with closing(Database(conninfo, max_connections=2)) as door, closing(Client(server.url)) as client:
        with door.installation() as tx:
            administrators.bootstrap(tx, "root")
        org = api_orgs.create(door, client)
        admin = administrator(org)
        principal_id, another = admin.hires(PLANTED[0]), admin.hires("Bea")
        for name in NAMES[1:]:
            rename(admin, principal_id, name)
        sign_in_by_password(admin, principal_id)
        sign_in_by_provider(admin, principal_id)
        be_provisioned(admin, principal_id)
        keeper = admin.issues(principal_id)["token"]
        movement = write(org, keeper, PLANTED)[0]
        write(org, org.tokens["storekeeper"], [KEPT])
        write(org, admin.issues(another)["token"], [OF_ANOTHER])
        proof = when_signed(lambda: org.get(f"/movements/{movement['id']}/proof")).body
        log_export.carry_away(Settings(server.data_dir), org.code, directory / "before", silent=True)
        dumps = {"before": dump(cluster)}
        base_backup(cluster, directory / "backup")
        shutil.copytree(server.data_dir / shares.FOLDER, directory / "shares-before")
        assert admin.post(f"/principals/{principal_id}/erasure").refused == (409, "conflict")
        admin.must(admin.post(f"/principals/{principal_id}/disabling"))
        receipt = admin.must(admin.post(f"/principals/{principal_id}/erasure"))
        again = admin.post(f"/principals/{principal_id}/erasure")
        assert (again.status, again.json) == (200, receipt)
        log_export.carry_away(Settings(server.data_dir), org.code, directory / "after", silent=True)
        keys = client.get("/.well-known/velaurum/keys").json
        dumps["after"] = dump(cluster)
    return Erased(directory, org, principal_id, another, keeper, movement, proof, receipt, keys, dumps)


def rename(admin: Staff, principal_id: str, name: str) -> None:
    path = f"/principals/{principal_id}"
    admin.must(admin.patch(path, {"name": name}, admin.get(path).headers["etag"]))


def sign_in_by_password(admin: Staff, principal_id: str) -> None:
    invite(admin.org, principal_id, LOGINS[0], by=admin)
    for login in LOGINS[1:]:
        invited = invite(admin.org, principal_id, login, by=admin)
        assert invited.redeem().status == 200
        assert invited.try_sign_in(OTHER_PASSWORD).status == 401
        browser = invited.sign_in()
    changed = browser.ask("PUT", "/password", {"old": PASSWORD, "new": OTHER_PASSWORD})
    assert changed.status == 200, changed
    assert invited.try_sign_in(OTHER_PASSWORD).status == 200
    register(browser, Authenticator(), name=PASSKEY)


def be_provisioned(admin: Staff, principal_id: str) -> None:
    asked = {"principal": principal_id, "user_name": USER_NAMES[0], "external_id": EXTERNAL_ID}
    user = admin.must(admin.post("/scim-users", asked))["id"]
    at_work = directory(admin.org)
    for name, value in (("title", TITLES[0]), ("title", TITLES[1]), ("userName", USER_NAMES[1])):
        at_work.must(at_work.patch(f"/Users/{user}", {"op": "replace", "path": name, "value": value}))
    said = {"userName": USER_NAMES[1], "externalId": EXTERNAL_ID, "title": TITLES[1]}
    for condition in (f'userName eq "{USER_NAMES[1].upper()}"', f'externalId eq "{EXTERNAL_ID}"'):
        (found,) = at_work.find("Users", condition)
        assert {name: found[name] for name in said} == said


def sign_in_by_provider(admin: Staff, principal_id: str) -> None:
    with bent_provider.running() as provider:
        front = let_vouch(admin.org, provider.issuer)
        links = [admin.must(front.link(subject, principal_id)) for subject in SUBJECTS]
        path = f"{admin.org.path}/providers/{CODE}/subjects/{links[0]['id']}"
        admin.must(admin.org.client.ask("DELETE", path, token=admin.token))
        for subject, status in zip(SUBJECTS, (403, 200), strict=True):
            provider.claims = {"sub": subject}
            page = front.sign_in()
            assert page.reply.status == status, page


def write(org: ApiOrg, token: str, texts: list[str]) -> list[Any]:
    """Post a movement for each text, half of them one by one and half as a batch."""
    half = len(texts) // 2
    path = f"{org.path}/movements"
    written = [
        org.client.post(path, {**RECEIPT, "note": text}, token=token, key=text[-20:]) for text in texts[half:]
    ]
    assert [one.status for one in written] == [201] * len(written)
    rows = [{**RECEIPT, "note": text, "idempotency_key": text[-20:]} for text in texts[:half]]
    if rows:
        answer = org.client.post(
            f"{path}/batch", {"mode": "atomic", "movements": rows}, token=token, key="batch"
        )
        assert [one["status"] for one in answer.json["results"]] == [201] * half, answer
    return [one.json for one in written]


def restored(
    erased: Erased, into: Path, *, has_journal: bool = True, has_old_share: bool = False
) -> dict[str, Any]:
    """Restore the backup into a copy of the data directory as it is now, serve it, and return what is read there."""
    shutil.copytree(
        erased.data_dir, into, ignore=lambda folder, _: ["data", "run"] if folder.endswith("postgres") else []
    )
    subprocess.run(["/bin/cp", "-a", str(erased.backup), str(into / "postgres" / "data")], check=True)
    subprocess.run(
        ["/bin/chown", "-R", f"--reference={erased.data_dir / 'postgres' / 'data'}", str(into / "postgres")],
        check=True,
    )
    (into / "postgres" / "data").chmod(0o700)
    if not has_journal:
        shutil.rmtree(into / erasure_journal.FOLDER)
    if has_old_share:
        shutil.copy2(erased.shares / erased.org.org_id / erased.principal_id, into / erased.share)
    with running(into) as server, closing(Client(server.url)) as client:
        there = replace(erased.org, client=client)
        listed = there.get("/movements?limit=100")
        assert listed.status == 200, listed
        with psycopg.connect(
            cluster_of(into).conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
        ) as connection:
            states = connection.execute(
                "select k.state, k.wrapped is null from keys.data_key as k where k.subject_id = %s",
                [erased.principal_id],
            ).fetchall()
        admin = administrator(there)
        person = admin.must(admin.get(f"/principals/{erased.principal_id}"))
        versions = admin.must(admin.get(f"/principals/{erased.principal_id}/history?limit=100"))["data"]
        held = admin.must(admin.get(f"/principals/{erased.principal_id}/bundle"))["held"]
        signed_in = try_sign_in(there, LOGINS[-1], OTHER_PASSWORD)
        standing = there.client.get(f"{there.path}/me", token=erased.token)
        assert found_in(server.log.read_bytes(), PLANTED) == []
    by = {one: [row for row in listed.json["data"] if row["actor"]["id"] == one] for one in _people(erased)}
    return {
        "notes": sorted(str(row["note"]) for row in by[erased.principal_id]),
        "unavailable": [row["unavailable"] for row in by[erased.principal_id]],
        "name": person["name"],
        "names": [one["record"]["name"] for one in reversed(versions)],
        "logins": texts_of(held, "login"),
        "subjects": texts_of(held, "subject"),
        **said_of(held),
        "signs in": signed_in.status,
        "of another": [row["note"] for row in by[erased.another]],
        "keys": states,
        "gets in": standing.status,
    }


def said_of(held: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Return what a bundle has of what a directory said, and the names of passkeys."""
    return {
        "user names": texts_of(held, "user_name"),
        "external ids": texts_of(held, "external_id"),
        "titles": sorted(str((one["attributes"] or {}).get("title")) for one in held["scim_users"]),
        "passkeys": [str(one["name"]) for one in held["passkeys"]],
    }


def texts_of(held: dict[str, list[dict[str, Any]]], name: str) -> list[str]:
    """Return each text of a name that a person's bundle has, of now and of before."""
    return sorted({str(one[name]) for rows in held.values() for one in rows if name in one})


def _people(erased: Erased) -> tuple[str, str]:
    return erased.principal_id, erased.another
