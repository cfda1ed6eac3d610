"""`velaurum bootstrap`: the first administrator, from the data directory alone."""

from velaurum.cli import local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.errors import Refusal
from velaurum.identity import administrators


def bootstrap(*, name: str = "administrator", flags: Local = LOCAL) -> None:
    """Make the first administrator.

    Parameters
    ----------
    name
        How the administrator is called in the record.
    """
    with local.transaction(flags.settings()) as tx:
        try:
            token = administrators.bootstrap(tx, name)
        except Refusal as refusal:
            raise Refusal(
                refusal.code,
                f"{refusal.detail.rstrip('.')}; use the token that was printed then: it cannot be shown again.",
            ) from refusal
    if flags.json:
        show.document({"token": token.text})
        return
    show.line(token.text)
    show.note("This is the administrator's token. Keep it: it is shown once, and only its hash is stored.")
