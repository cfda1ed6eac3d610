"""`velaurum invitation`: let a person set a password, at the data directory or over HTTP."""

from typing import Annotated
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import local, show
from velaurum.cli.client import Client
from velaurum.cli.flags import LOCAL, REMOTE, Key, Local, Remote
from velaurum.identity import invitations

Login = Annotated[
    str, Parameter(help="What they will type to say who they are, for example ada or ada@example.com.")
]


def create(
    login: Login,
    /,
    *,
    org: Annotated[str | None, Parameter(help="The code of the organisation, or VELAURUM_ORG.")] = None,
    name: Annotated[str | None, Parameter(help="What people call them; the login by default.")] = None,
    role: Annotated[str, Parameter(help="What a new person may do in the whole organisation.")] = "org-admin",
    flags: Local = LOCAL,
) -> None:
    settings = flags.settings(org=org)
    with local.sealing(settings) as (tx, keyring):
        owner = local.existing(tx, settings.org)
        secret = invitations.create_by_hand(tx, owner.org_id, keyring, login, name=name or login, role=role)
    if flags.json:
        show.document({"id": secret.token_id, "login": login.lower(), "secret": secret.text})
        return
    show.line(secret.text)
    show.note(_kept(login, owner.code))


def issue(
    principal: Annotated[str, Parameter(help="The id of the person.")],
    /,
    *,
    login: Login,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    path = f"/principals/{quote(principal, safe='')}/invitations"
    issued = Client(flags.settings()).post(path, {"login": login}, key, as_json=flags.json).document
    if flags.json:
        show.document(issued)
        return
    if issued["secret"] is None:
        show.note(f"The invitation {issued['id']} was made before; its secret is shown once and is gone.")
        return
    show.line(issued["secret"])
    show.note(_kept(issued["login"], issued["principal"]["name"]))


def _kept(login: str, whose: str) -> str:
    hours = int(invitations.LIFE.total_seconds()) // 3600
    return (
        f"Hand it to its person: it sets the password of {login} ({whose}) once, within {hours} hours, "
        "and only its hash is stored."
    )
