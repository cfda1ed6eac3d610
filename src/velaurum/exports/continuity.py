"""Whether a log goes on as it says: from one key to the next, and from what was signed to what was taken up again."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from velaurum.exports import lineage, shipped
from velaurum.exports.findings import Fault
from velaurum.exports.lineage import KeySaid, Lineage, Opening
from velaurum.exports.shipped import Shipped
from velaurum.exports.stretches import bundle_at, read_file
from velaurum.proofs import checkpoints, merkle, notes, tiles
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.merkle import CompactRange
from velaurum.proofs.notes import Note, VerifierKey
from velaurum.proofs.policies import Policy
from velaurum.proofs.wire import ProofError, to_base64

RootAt = Callable[[int], bytes]
Wrong = tuple[int | None, str]
"""The first entry that is not vouched for, if it is an entry, and the reason."""


def first_wrong(
    newest: Checkpoint,
    signed_by: Sequence[VerifierKey],
    said: Lineage,
    brought: Sequence[Shipped],
    root_at: RootAt,
) -> Wrong | None:
    """Hold what the log says of itself against what was signed. None where it goes on as it says."""
    if ended := said.retirement(newest.size, signed_by):
        retired = lineage.under(newest.origin, ended.verifier_key)
        named = " ".join(f"`log {key}`" for key in said.successors(newest.size, newest.origin))
        return ended.index, (
            f"It retires {retired}, and no other key of your policy signed the checkpoint of {newest.size} entries. "
            f"Keys that the log names are {named or 'none'}. Have the organisation confirm one, then add its line."
        )
    return next(
        (wrong for one in brought if one.signed_by for wrong in _wrong(newest, said, one, root_at)), None
    )


def _wrong(newest: Checkpoint, said: Lineage, one: Shipped, root_at: RootAt) -> Iterator[Wrong]:
    here, size = one.checkpoint, one.checkpoint.size
    later = [opening for opening in said.openings if opening.number > one.number]
    is_of_newest = one.number == shipped.number_of(newest.origin)[1]
    if not is_of_newest and not later:
        yield (
            None,
            f"No entry says that the log was taken up again after the incarnation that {one.path} is of.",
        )
        return
    following = next((opening for opening in later if opening.number == one.number + 1), None)
    if following is not None:
        yield from _against(following, one)
    common = newest.size if is_of_newest else min(opening.common_size for opening in later)
    if is_of_newest and size > newest.size:
        yield None, f"{one.path} has {size} entries, the export {newest.size}: entries were taken away."
    elif size <= common and root_at(size) != here.root:
        yield None, f"The first {size} entries are not those of {one.path}: history before it was rewritten."
    elif size <= common and (ended := said.retirement(size, one.signed_by)):
        yield ended.index, f"It retires the only key of your policy that signed {one.path}, which covers it."


def _against(opening: Opening, one: Shipped) -> Iterator[Wrong]:
    said = f"It says that {opening.lost_size} entries with the root {to_base64(opening.lost_root)} were signed last"
    here = one.checkpoint
    if one.is_last and (here.size, here.root) != (opening.lost_size, opening.lost_root):
        yield opening.index, f"{said}; {one.path} says {here.size} with the root {to_base64(here.root)}."
    elif here.size > opening.lost_size:
        yield opening.index, f"{said}; {one.path} has {here.size} entries."


def explain(folder: Path, raw: bytes, policy: Policy) -> Fault | None:
    """Say why no key of a policy signed a checkpoint, where the log tells: with which key or name it goes on."""
    try:
        note = notes.parse(raw)
        newest = checkpoints.parse(note.text)
        shared, _ = shipped.number_of(newest.origin)
        ours = [key for key in policy.logs if shipped.number_of(key.name)[0] == shared]
        if shipped.signers(note, newest.origin, ours):
            return _renamed(newest, ours)
        brought = [one for one in shipped.read(folder, newest, policy.logs) if one.signed_by]
        bridge = max(brought, key=lambda one: one.checkpoint.size, default=None)
        return None if bridge is None else _succeeded(folder, note, newest, bridge, ours)
    except (ProofError, OSError):
        return None


def _renamed(newest: Checkpoint, ours: Sequence[VerifierKey]) -> Fault | None:
    if any(key.name == newest.origin for key in ours):
        return None
    named = " ".join(f"`log {lineage.under(newest.origin, key)}`" for key in ours)
    return Fault(
        f"The checkpoint is not accepted: your key signed it under another name, {newest.origin}. The log lost entries "
        f"and was taken up again, as an entry of type {lineage.INCARNATION} says. Under this name it is {named}."
    )


def _succeeded(
    folder: Path, note: Note, newest: Checkpoint, bridge: Shipped, ours: Sequence[VerifierKey]
) -> Fault | None:
    """Name the key that the log goes on with, once the entry that names it is under a root that a known key signed."""
    if bridge.checkpoint.size > newest.size:
        return None
    tree, said = CompactRange(), list[KeySaid]()
    for bundle in tiles.bundles_of(bridge.checkpoint.size):
        whole = bundle_at(bundle.number, newest.size)
        entries = tiles.decode_bundle(whole, read_file(str(folder), whole.path))[: bundle.width]
        tree.extend([merkle.leaf_hash(entry) for entry in entries])
        said += lineage.found_in(entries, bundle.number * tiles.WIDTH)
    known = {lineage.identity(key) for key in ours}
    new = [one for one in said if lineage.identity(one.verifier_key) not in known]
    if tree.root() != bridge.checkpoint.root or not new:
        return None
    that_signed = [one for one in new if shipped.signers(note, newest.origin, [one.verifier_key])]
    one = (that_signed or new)[-1]
    return Fault(
        f"The checkpoint is not accepted: no key of your policy signed it. Entry {one.index} names a key that signs "
        f"the log from then on, and {bridge.path}, which a key of your policy signed, covers that entry. Have the "
        f"organisation confirm it, then add the line `log {lineage.under(newest.origin, one.verifier_key)}`."
    )
