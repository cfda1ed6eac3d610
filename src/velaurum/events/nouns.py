"""Nouns of events: every kind of entry that a log has, and what it is called where others follow it.

A test holds this list equal to what the database records.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from velaurum.audit.changes import Action
from velaurum.identity.roles import Permission

PREFIX = "velaurum"
VERSION = "v1"
MOVEMENT = "movement"
POSTED = "posted"
_ENDINGS: tuple[Action, ...] = ("disabled", "enabled", "revoked")
_USUAL: tuple[Action, ...] = tuple(one for one in get_args(Action) if one not in _ENDINGS)


def type_of(subject: str, action: str) -> str:
    """Return the event type of what was done to such a record."""
    return f"{PREFIX}.{subject}.{action}.{VERSION}"


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of record: `subject` is its word in the log, `permission` what lets a credential follow it.

    `path` is where it is read, below the organisation, with `{id}`; None where no route reads one of them alone.
    """

    subject: str
    said: str
    permission: Permission = "read"
    path: str | None = None
    endings: tuple[Action, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        """Return what can be said of such a record."""
        return (POSTED,) if self.subject == MOVEMENT else (*_USUAL, *self.endings)

    @property
    def types(self) -> tuple[str, ...]:
        """Return its event types."""
        return tuple(type_of(self.subject, action) for action in self.actions)


def _right(subject: str, said: str, *, path: str | None = None, endings: tuple[Action, ...] = ()) -> Noun:
    return Noun(subject, said, "read-assurance", path, endings)


_ALL = (
    Noun(MOVEMENT, "A movement was posted.", path="/movements/{id}"),
    Noun("item", "An item of the catalogue.", path="/items/{id}"),
    Noun("location", "A place.", path="/locations/{id}"),
    Noun("pack", "What one of another unit holds of an item."),
    Noun("lot", "A lot of an item.", path="/lots/{id}"),
    Noun("serial", "One piece of an item.", path="/serials/{id}"),
    Noun("period", "A stretch of time that closes.", path="/periods/{id}"),
    Noun("sub-org", "A department.", path="/sub-orgs/{id}"),
    Noun("org", "The organisation itself."),
    Noun("suspension", "The organisation was suspended, or is served again."),
    Noun("role", "A role and what it may do.", path="/roles/{id}"),
    Noun("approval-rule", "Which movements need an approval."),
    Noun("approval-request", "A movement that waits for an approval.", path="/approval-requests/{id}"),
    Noun("approval", "What was decided of an approval request."),
    Noun("reservation", "Stock that is promised to a demand.", path="/reservations/{id}"),
    Noun("shipment", "Stock on its way from one place to another.", path="/shipments/{id}"),
    Noun("shipment-line", "What is shipped of one stock key."),
    Noun("count", "A count of a place.", path="/counts/{id}"),
    Noun("count-line", "What somebody counted of one stock key."),
    _right(
        "principal",
        "A person, service account or process.",
        path="/principals/{id}",
        endings=("disabled", "enabled"),
    ),
    _right("assignment", "A role that a principal has.", endings=("revoked",)),
    _right("token", "A token, without its secret.", path="/tokens/{id}", endings=("revoked",)),
    _right("passkey", "A passkey of a person.", endings=("revoked",)),
    _right("invitation", "An invitation of a person.", endings=("revoked",)),
    _right("password", "That a person has a password.", endings=("revoked",)),
    _right("second-factor", "That a person has a second factor.", endings=("revoked",)),
    _right("provider", "A provider of identities.", path="/providers/{id}", endings=("disabled", "enabled")),
    _right(
        "webhook-endpoint",
        "A webhook: to whom events are told.",
        path="/webhooks/{id}",
        endings=("disabled", "enabled"),
    ),
    _right("provider-subject", "Whom a provider vouches for."),
    _right("scim-user", "A person whom a directory provisions."),
    _right("scim-group", "A group of a directory."),
    _right("scim-member", "Who is in a group of a directory."),
    _right("scim-mapping", "The role that a group of a directory gives."),
    _right("break-glass", "A request of the operator to read the organisation.", path="/break-glass/{id}"),
    _right("break-glass-step", "What became of such a request."),
    _right("incarnation", "The log was taken up again after a loss."),
    _right("log-key", "A key of the log was announced, signs, or is retired."),
    _right("wrapping-key", "A key of a provider that wraps the organisation's data keys."),
    _right("verification", "The database was verified."),
    _right("export", "All of the organisation was carried away."),
)
NOUNS: Mapping[str, Noun] = {one.subject: one for one in _ALL}
TYPES: frozenset[str] = frozenset(one for noun in _ALL for one in noun.types)


def chosen(patterns: Iterable[str]) -> frozenset[str] | None:
    """Return the types that are named, each whole or as `velaurum.item.*`; None when one names nothing."""
    found: set[str] = set()
    for pattern in patterns:
        matching = {
            one for one in TYPES if one == pattern or (pattern[-2:] == ".*" and one.startswith(pattern[:-1]))
        }
        if not matching:
            return None
        found |= matching
    return frozenset(found)


def visible(may: Collection[str]) -> frozenset[str]:
    """Return the words of those records that somebody may follow who has these permissions."""
    return frozenset(one.subject for one in _ALL if one.permission in may)
