"""What a client cannot see of tokens and of who holds them: what waits for the head, and how often a use is written."""

import threading
from typing import Any

import pytest

from support.ledger_sql import SUPERUSER, Connect
from support.offices import Office
from velaurum.identity import assignments, principals, tokens
from velaurum.identity.assignments import NewAssignment

LAST_USE = "select u.last_used_at from identity.token_use as u where u.token_id = %s"


def test_a_use_is_written_once_a_minute_whoever_says_it_how_often(office: Office) -> None:
    token = office.issues(office.hires().id, "auditor").created.require().id

    def used() -> Any:
        with office.door.installation() as outside:
            tokens.note_use(outside, office.org.org_id, token)
        return office.admin.execute(LAST_USE, [token]).fetchall()

    first, again = used(), used()
    office.admin.execute(
        "update identity.token_use set last_used_at = now() - interval '61 seconds' where token_id = %s",
        [token],
    )
    later = used()

    assert first == again
    assert later > first


@pytest.mark.parametrize("verb", ["disable", "revoke a token", "revoke an assignment"])
def test_taking_rights_away_waits_for_a_posting_that_has_begun(
    verb: str, office: Office, module_as_role: Connect
) -> None:
    made = office.hires().id
    token = office.issues(made, "storekeeper").created.require().id
    given = office.does(assignments.create, made, NewAssignment("auditor"), idempotency_key="a").require().id
    asked = {
        "disable": lambda: office.does(principals.disable, made),
        "revoke a token": lambda: office.does(tokens.withdraw, token),
        "revoke an assignment": lambda: office.does(assignments.revoke, made, given),
    }
    posting = module_as_role(SUPERUSER)

    with posting.transaction():
        posting.execute("select from ledger.head where org_id = %s for update", [office.org.org_id])
        taking = threading.Thread(target=asked[verb])
        taking.start()
        taking.join(0.3)
        has_waited = taking.is_alive()
    taking.join()

    assert has_waited
    assert office.record()[0].action in ("disabled", "revoked")
