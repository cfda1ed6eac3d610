"""An export in which a sealed text stands for a plain one is refused by name, whoever signed it (V-09, V-25)."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from support import api_orgs
from support.api_orgs import ApiOrg
from support.command import Installation
from support.http_client import Client
from support.ledger_sql import APP
from support.staff import Staff, administrator
from support.whole_orgs import another
from support.written_notes import database_of
from velaurum.config import Settings
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import principals
from velaurum.keys import opening, person_names, sealed_texts
from velaurum.tenancy.context import OrgContext, OrgId

# What an importer would take for the commitment and the envelope of somebody's name.
HOSTILE = f"VE1.{'A' * 43}=.{'A' * 64}"


@dataclass(frozen=True, slots=True)
class Hostile:
    """Somebody's organisation: what its own keys and its own database let it write, it may sign."""

    installation: Installation
    door: Database
    org: ApiOrg
    admin: Staff

    def renames(self, person: str, name: str) -> None:
        """Give a name that no route takes."""
        org_id = OrgId(self.org.org_id)
        actor, credential = self._acting()
        context = OrgContext(org_id, self.org.code, actor, credential, str(uuid4()), "manage-identity")
        conninfo = database_of(self.installation).conninfo(user=APP, dbname=embedded.DATABASE)
        with (
            closing(opening.opened(Settings(self.installation.data_dir), conninfo)) as keyring,
            self.door.installation() as outside,
        ):
            tx = outside.within(org_id)
            place = person_names.place(org_id, person)
            sealed = sealed_texts.seal(tx, org_id, keyring, place, name, person)
            version = principals.get(tx, context, person).version
            given = {"id": person, "version": version, "name": sealed, "sub_org_id": None}
            assert tx.value(principals.QUERIES["update"], bool, **asdict(context), **given)

    def exports(self, to: Path) -> Path:
        self.installation.command("export", self.org.code, "--to", str(to), "--json").document  # noqa: B018
        return to

    def _acting(self) -> tuple[str, str]:
        me = self.admin.must(self.admin.get("/me"))
        return me["principal"]["id"], me["credential"]["id"]


@pytest.fixture
def hostile(plainly_served: Installation) -> Iterator[Hostile]:
    conninfo = database_of(plainly_served).conninfo(user=APP, dbname=embedded.DATABASE)
    with ExitStack() as stack:
        door = stack.enter_context(closing(Database(conninfo, max_connections=2)))
        org = api_orgs.create(door, stack.enter_context(closing(Client(plainly_served.url))))
        yield Hostile(plainly_served, door, org, administrator(org))


def test_a_sealed_text_in_the_place_of_a_name_is_refused_by_file_line_and_field(
    hostile: Hostile, tmp_path: Path
) -> None:
    ada = hostile.admin.hires("Ada")
    hostile.renames(ada, HOSTILE)
    now = hostile.exports(tmp_path / "now")
    hostile.renames(ada, "Ada King")
    then = hostile.exports(tmp_path / "then")
    records = (now / "data/records/principal.ndjson").read_text().splitlines()
    lines = (then / "disclosures.jsonl").read_text().splitlines()
    of_record = next(number for number, line in enumerate(records, 1) if HOSTILE in line)
    of_line = next(number for number, line in enumerate(lines, 1) if HOSTILE in line)
    log_name = json.loads((now / "manifest.json").read_bytes())["report"]["origin"].partition("/org/")[0]

    with another(log_name) as there:
        refused = [
            there.command("import-org", str(one), "--policy", str(one / "policy.txt")) for one in (now, then)
        ]
        listed = there.command("org", "list", "--json").document["data"]

    assert f"Line {of_record} of data/records/principal.ndjson" in refused[0].sentence
    assert f"Line {of_line} of disclosures.jsonl" in refused[1].sentence
    for one in refused:
        assert one.code != 0
        assert "has a sealed text as its name" in one.sentence
        assert HOSTILE not in one.stderr
    assert listed == []
