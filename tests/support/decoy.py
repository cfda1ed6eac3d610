"""The decoy: an organisation with everybody's codes and keys, whose every text carries a marker that must stay in it.

It stands in the database of the API tests' server. The test clients refuse any answer with the marker, so that each
request of the suite also asks: did something leave its organisation?
"""

from support.api_orgs import ISSUE, ITEM, LOCATIONS, RECEIPT, create
from support.http_client import MARKER, Client
from support.people import named, token_of
from velaurum.db.connection import Database

KEYS = ("k1", "k2", "key", "same", "once")
CODES = ("NUT", "BOLT-M8", "SCREW", "WH1", "C")
SUB_ORGS = ("NORTH", "NORTH-1", "NORTH-2", "SOUTH", "WEST")
TEXTS = {"reference": MARKER, "note": f"note {MARKER}", "reason": MARKER}


def plant(database: Database, url: str) -> None:
    """Make the decoy and fill it, through a client that may see it."""
    client = Client(url, is_decoy=True)
    try:
        _fill(database, client)
    finally:
        client.close()


def _fill(database: Database, client: Client) -> None:
    org = create(database, client)
    poster = token_of(org, named(org, MARKER), "controller")
    for code in CODES:
        org.item(code, name=MARKER, description=MARKER, attributes={"colour": MARKER})
        org.location(code, name=MARKER)
    for code in SUB_ORGS:
        made = org.post("/sub-orgs", {"code": code, "name": MARKER}, role="org-admin")
        assert made.status == 201, made
    for reference, noun in ((ITEM, "items"), *((place, "locations") for place in LOCATIONS)):
        etag = org.get(f"/{noun}/{reference}").headers["etag"]
        assert org.patch(f"/{noun}/{reference}", {"name": MARKER}, etag).status == 200
    for key in KEYS:
        posted = client.post(f"{org.path}/movements", {**RECEIPT, **TEXTS}, token=poster, key=key)
        assert posted.status == 201, posted
    issued = client.post(f"{org.path}/movements", {**ISSUE, **TEXTS}, token=poster, key=MARKER)
    assert issued.status == 201, issued
    too_much = client.post(f"{org.path}/movements", {**ISSUE, "quantity": "1000000"}, token=poster, key="no")
    assert too_much.status == 409, too_much
