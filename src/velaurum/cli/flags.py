"""The flags that commands share, and the settings that they make together with environment and file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from velaurum import config
from velaurum.config import Settings

NO_ORG = "No organisation is named; say --org CODE, or set VELAURUM_ORG."
_SETTINGS = Group("Settings", sort_key=9)
DataDir = Annotated[
    Path | None, Parameter(help="Where the database and the certificates are kept.", group=_SETTINGS)
]
DatabaseUrl = Annotated[
    str | None, Parameter(help="A PostgreSQL 17 or 18 to use instead of the embedded one.", group=_SETTINGS)
]
PgBin = Annotated[
    Path | None, Parameter(help="The directory of PostgreSQL's server programs.", group=_SETTINGS)
]
InsecureHttp = Annotated[
    bool | None, Parameter(help="Plain HTTP instead of TLS, on loopback only.", group=_SETTINGS, negative=())
]
Json = Annotated[
    bool, Parameter(help="Print exactly one JSON document on stdout.", group=_SETTINGS, negative=())
]
Key = Annotated[
    str | None,
    Parameter(help="The idempotency key; give the printed one to repeat. Without it a new one is made."),
]

Limit = Annotated[int | None, Parameter(help="Stop after so many rows; all of them without it.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Local:
    """Flags of commands that work on the data directory, whether or not a server runs on it."""

    data_dir: DataDir = None
    database_url: DatabaseUrl = None
    pg_bin: PgBin = None
    json: Json = False

    def settings(self, **more: object) -> Settings:
        """Return the settings of this run; `more` are flags of one command."""
        return _load(self, more)


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Remote:
    """Flags of commands that speak to a server over HTTP."""

    org: Annotated[str | None, Parameter(help="The code of the organisation.", group=_SETTINGS)] = None
    url: Annotated[str | None, Parameter(help="The server to talk to.", group=_SETTINGS)] = None
    token: Annotated[
        str | None, Parameter(help="The token to send; better in VELAURUM_TOKEN.", group=_SETTINGS)
    ] = None
    data_dir: DataDir = None
    insecure_http: InsecureHttp = None
    json: Json = False

    def settings(self) -> Settings:
        """Return the settings of this run."""
        return _load(self, {})


LOCAL = Local()
REMOTE = Remote()


def _load(flags: Local | Remote, more: dict[str, object]) -> Settings:
    given = asdict(flags) | more
    del given["json"]
    return config.load(given)
