"""Policies of C2SP tlog-policy: which logs a reader accepts, and how many of which witnesses must have seen them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from velaurum.proofs import checkpoints, notes
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import COSIGNATURE, ED25519, ML_DSA_44, Note, VerifierKey
from velaurum.proofs.wire import FormatError, ProofError, lines

NONE = "none"


@dataclass(frozen=True, slots=True)
class Group:
    """Has seen a checkpoint when `threshold` of its members have."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that satisfies a policy: when each witness saw it, in seconds since 1970, and whose it is.

    `signed_by` are the keys of its log that signed it, of those that the policy has.
    """

    checkpoint: Checkpoint
    note: Note
    witnessed_at_s: Mapping[str, int]
    signed_by: tuple[VerifierKey, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The logs, the witnesses by the policy's own names, the groups, and the name that is the quorum.

    `urls` has where those witnesses are asked of which the policy says it.
    """

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str] = field(default_factory=dict)

    def verify(self, raw: bytes | Note) -> Seen:
        """Return what a checkpoint says once a log and the quorum signed it; ProofError otherwise."""
        note = raw if isinstance(raw, Note) else notes.parse(raw)
        checkpoint = checkpoints.parse(note.text)
        verified = notes.verify(note, (*self.logs, *self.witnesses.values()))
        signed = {key for key, _ in verified}
        signed_by = tuple(key for key in self.logs if key in signed and key.name == checkpoint.origin)
        if not signed_by:
            raise ProofError(f"No log of the policy signed the checkpoint of {checkpoint.origin}.")
        times = {key: notes.cosigned_at(one.value) for key, one in verified if key.algorithm == COSIGNATURE}
        seen = {name: times[key] for name, key in self.witnesses.items() if key in times}
        if not self.is_met(seen):
            raise ProofError(f"The checkpoint of {checkpoint.size} entries lacks the quorum {self.quorum}.")
        return Seen(checkpoint, note, seen, signed_by)

    def is_met(self, seen: Collection[str]) -> bool:
        """Tell whether witnesses of these names make the quorum."""
        return self.quorum == NONE or self._has_seen(self.quorum, seen)

    @property
    def fewest(self) -> int:
        """How many witnesses make the quorum at least."""
        return 0 if self.quorum == NONE else self._fewest(self.quorum)

    def _fewest(self, name: str) -> int:
        group = self.groups.get(name)
        return 1 if group is None else sum(sorted(map(self._fewest, group.members))[: group.threshold])

    def _has_seen(self, name: str, seen: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in seen
        return sum(self._has_seen(member, seen) for member in group.members) >= group.threshold


def parse(raw: bytes) -> Policy:
    """Read a policy file. FormatError names the first line that does not belong."""
    # Latin-1 gives each octet a character: names are compared as octets, as the format asks.
    text = raw.decode("latin-1")
    if any((one < " " and one not in "\t\n") or one == "\x7f" for one in text):
        raise FormatError("The policy has a control character in it.")
    reader = _Reader()
    for number, line in enumerate(lines(text, "policy"), 1):
        words = line.strip(" \t").replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.read(words)
        except FormatError as error:
            raise FormatError(f"Line {number} of the policy: {error}") from error
    if reader.quorum is None:
        raise FormatError("The policy has no quorum line.")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum, reader.urls)


class _Reader:
    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, Group] = {}
        self.urls: dict[str, str] = {}
        self.quorum: str | None = None
        self._in_a_group: set[str] = set()
        self._forms: dict[str, tuple[Callable[..., None], int, int]] = {
            "log": (self._log, 1, 2),
            "witness": (self._witness, 2, 3),
            "group": (self._group, 3, 1_000),
            "quorum": (self._quorum, 1, 1),
        }

    def read(self, words: list[str]) -> None:
        take, fewest, most = self._forms.get(words[0], (None, 0, 0))
        if take is None or not fewest <= len(words) - 1 <= most:
            raise FormatError("it is no log, witness, group or quorum line.")
        take(*words[1:])

    def _log(self, vkey: str, _url: str = "") -> None:
        key = _key(vkey, (ED25519, ML_DSA_44))
        if any(notes.same_key(key, other) for other in self.logs):
            raise FormatError("the key of this log was named before.")
        self.logs.append(key)

    def _witness(self, name: str, vkey: str, url: str = "") -> None:
        self._require_new(name)
        key = _key(vkey, (COSIGNATURE,))
        if any(notes.same_key(key, other) for other in self.witnesses.values()):
            raise FormatError("the key of this witness was named before.")
        self.witnesses[name] = key
        if url:
            self.urls[name] = url

    def _group(self, name: str, threshold: str, *members: str) -> None:
        self._require_new(name)
        for member in members:
            self._require_known(member)
            if member in self._in_a_group:
                raise FormatError(f"{member} is a member of a group already.")
            self._in_a_group.add(member)
        number = {"any": 1, "all": len(members)}.get(threshold)
        if number is None:
            is_decimal = threshold.isascii() and threshold.isdecimal() and not threshold.startswith("0")
            number = int(threshold) if is_decimal and len(threshold) < 5 else 0  # noqa: PLR2004
        if not 1 <= number <= len(members):
            raise FormatError(f"{threshold} of {len(members)} is no number of members.")
        self.groups[name] = Group(number, members)

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise FormatError("there is a quorum already.")
        if name != NONE:
            self._require_known(name)
        self.quorum = name

    def _require_new(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise FormatError(f"the name {name} is taken.")

    def _require_known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise FormatError(f"{name} is not named on a line before.")


def _key(vkey: str, algorithms: Collection[int]) -> VerifierKey:
    # A verifier key is UTF-8, whatever the octets around it are.
    try:
        key = VerifierKey.parse(vkey.encode("latin-1").decode())
    except UnicodeDecodeError as error:
        raise FormatError("the verifier key is not UTF-8.") from error
    if key.algorithm not in algorithms:
        raise FormatError("the key is not of the kind that signs here.")
    return key
