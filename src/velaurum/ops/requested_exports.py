"""An export that an organisation's administrator asks for: a job, which leaves an archive for its recipient (V-19)."""

import msgspec

from velaurum.db.connection import Tx
from velaurum.errors import FieldError, Refusal, UsageError
from velaurum.exports import encryption
from velaurum.jobs.kinds import Kind
from velaurum.tenancy.context import OrgContext

LONGEST_RECIPIENT = 4_000


class Export(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked for: everything of the organisation, for whoever has the other half of this key of age."""

    recipient: str


def _is_for_the_whole_organisation(_tx: Tx, org: OrgContext, asked: Export) -> None:
    """Refuse who reaches departments alone, and a recipient that is none."""
    if not org.is_whole:
        raise Refusal(
            "forbidden", "An export is the whole organisation's; this credential reaches departments."
        )
    try:
        encryption.recipient(asked.recipient[: LONGEST_RECIPIENT + 1])
    except UsageError as error:
        detail = "It is no public key of age, which begins with age1."
        raise Refusal(
            "invalid-field", detail, (FieldError("/recipient", "invalid-field", detail),)
        ) from error


# Whoever decides who may do what may carry everything away: with the one right goes the other.
KIND = Kind("export", "heavy", "manage-identity", Export, _is_for_the_whole_organisation)
