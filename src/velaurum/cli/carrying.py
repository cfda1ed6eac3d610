"""The flags of what carries messages, for commands that publish or consume them."""

from dataclasses import asdict, dataclass
from typing import Annotated

from cyclopts import Group, Parameter

from velaurum.config import Settings
from velaurum.errors import UsageError

_CARRYING = Group("What carries messages", sort_key=8)
_BUS = "servicebus"


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Carrying:
    """Flags of the transport; a key is none of them, as an identity is let in."""

    transport: Annotated[
        str | None, Parameter(help="What carries messages: postgresql or servicebus.", group=_CARRYING)
    ] = None
    servicebus_namespace: Annotated[
        str | None,
        Parameter(help="The host name of the namespace: stock.servicebus.windows.net.", group=_CARRYING),
    ] = None
    servicebus_queue: Annotated[
        str | None, Parameter(help="The queue, which requires sessions.", group=_CARRYING)
    ] = None
    servicebus_identity: Annotated[
        str | None,
        Parameter(help="As whom it is entered: managed, managed:CLIENT-ID or default.", group=_CARRYING),
    ] = None

    def require_meant(self, settings: Settings) -> None:
        """Raise UsageError for a flag of a bus where something else carries messages."""
        given = [name for name, value in asdict(self).items() if name.startswith(_BUS) and value is not None]
        if given and settings.transport != _BUS:
            flag = f"--{given[0].replace('_', '-')}"
            raise UsageError(
                f"{flag} is for --transport {_BUS}, and {settings.transport} carries messages here; say both or none."
            )


CARRYING = Carrying()
