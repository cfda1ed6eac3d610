"""What the doctor says of the transport of messages: which there is, and whether it can be reached."""

from collections.abc import Iterator
from contextlib import closing

from velaurum.config import Settings
from velaurum.errors import OperationError, Refusal, UsageError
from velaurum.ops import diagnosis
from velaurum.ops.diagnosis import Finding
from velaurum.transport import opening


def reached(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    """Say which transport carries messages, and whether it answers."""
    if diagnosis.pending(administrator):
        yield Finding("The transport of messages can be reached", None, "Run `velaurum migrate` first.")
        return
    try:
        opening.require_known(settings)
        with (
            diagnosis.door(application) as door,
            closing(opening.opened(settings, application, counts=door.counts)) as opened,
        ):
            opened.check()
    except (OperationError, UsageError, Refusal) as error:
        yield Finding("The transport of messages can be reached", False, str(error))
    else:
        yield Finding(f"Messages go through {opening.described(settings)}", holds=True, mend="")
