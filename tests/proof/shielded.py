"""The few ties that nothing can see missing, each with what keeps another organisation out without it.

The name is that of the mutant; `test_mutants_routines.py` lets none but these go unseen, and fails where one of them
is seen.
"""

import re

_PIECE = re.compile(r"piece \d+, \d+ ")
_NO_CREDENTIAL = (
    "without a credential identity.act_as reads no table: it says who acts, and the tables' own keys (org_id, actor)"
    " hold that they are of the organisation that is written"
)
_NO_TABLE = "identity.require_other_hand compares two of its arguments and reads no table"

SHIELDED = {
    "identity.admit_administrator: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "identity.create_token: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "identity.invite_by_hand: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "identity.redeem_invitation: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "identity.request_break_glass: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "audit.open_incarnation: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "audit.state_log_key: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "audit.record_verification: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "jobs.act_as_process: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "webhooks.disable_gone: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "tenancy.create_org: argument of identity.act_as: new_org_id": _NO_CREDENTIAL,
    "tenancy.set_suspension: argument of identity.act_as: p_org_id": _NO_CREDENTIAL,
    "identity.assign: argument of identity.require_other_hand: p_org_id": _NO_TABLE,
    "identity.invite: argument of identity.require_other_hand: p_org_id": _NO_TABLE,
    "identity.issue_token: argument of identity.require_other_hand: p_org_id": _NO_TABLE,
    "identity.link_scim_user: argument of identity.require_other_hand: p_org_id": _NO_TABLE,
    "identity.settle_groups: argument of identity.require_other_hand: p_org_id": _NO_TABLE,
}


def label(mutant: str) -> str:
    """Return the name of a mutant, whichever piece of its routine it is in."""
    return _PIECE.sub("", mutant)
