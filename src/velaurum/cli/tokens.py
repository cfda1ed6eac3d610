"""`velaurum token`: credentials, made on the data directory and shown once."""

from datetime import timedelta
from typing import Annotated, Literal

from cyclopts import Parameter

from velaurum import texts
from velaurum.audit import incarnations
from velaurum.cli import local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.errors import Refusal, UsageError
from velaurum.identity import tokens

OrgCode = Annotated[str | None, Parameter(help="The code of the organisation, or VELAURUM_ORG.")]


def create(
    *,
    org: OrgCode = None,
    role: Annotated[str, Parameter(help="What its holder may do.")],
    name: Annotated[str | None, Parameter(help="Who or what holds it; the role's name by default.")] = None,
    kind: Annotated[
        Literal["user", "service", "process"], Parameter(help="What kind of principal holds it.")
    ] = "user",
    expires: Annotated[str, Parameter(help="How long it lives, at most 365d: 90d, 12h, 30m.")] = "90d",
    sub_org: Annotated[
        str | None, Parameter(help="Narrow it to a department and all below it, by code or id.")
    ] = None,
    flags: Local = LOCAL,
) -> None:
    life = _life(expires)
    settings = flags.settings(org=org)
    with local.sealing(settings) as (tx, keyring):
        owner = local.existing(tx, settings.org)
        token = tokens.create(
            tx, owner.org_id, keyring, role, kind=kind, name=name or role, life=life, sub_org=sub_org
        )
    if flags.json:
        show.document({"id": token.token_id, "token": token.text})
        return
    show.line(token.text)
    show.note(
        f"A token of {owner.code}{f' in {sub_org}' if sub_org else ''} as {role}, for {expires}, "
        f"with the id {token.token_id}. "
        "Keep it: it is shown once, and only its hash is stored."
    )


def revoke(
    token_id: Annotated[str, Parameter(help="The id that was printed when the token was made.")],
    /,
    *,
    org: OrgCode = None,
    flags: Local = LOCAL,
) -> None:
    settings = flags.settings(org=org)
    with local.transaction(settings) as tx:
        owner = local.existing(tx, settings.org)
        is_held = incarnations.held(tx.within(owner.org_id), owner.org_id) is not None
        stop = tokens.cut_off if is_held else tokens.revoke
        if not texts.is_uuid(token_id) or not stop(tx, owner.org_id, token_id):
            raise Refusal(
                "not-found", f"{owner.code} has no living token with this id; it may be revoked already."
            )
    if flags.json:
        show.document({"id": token_id, "revoked": True, **({"is_recorded": False} if is_held else {})})
        return
    show.line(f"The token {token_id} of {owner.code} is {'cut off' if is_held else 'revoked'}.")
    if is_held:
        show.note(
            "The log is held: its revocation becomes an entry when the log is taken up again. If you restore "
            "another copy of the database instead, repeat this."
        )


def _life(text: str) -> timedelta:
    life = texts.duration(text)
    if life is None:
        raise UsageError(f"--expires is {text!r}; write a number and its unit, for example 90d or 12h.")
    return life
