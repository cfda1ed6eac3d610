"""The tour's last step: the log carried away and proven offline, and a copy with one bit changed, which is told."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from velaurum.cli import exports, log_export
from velaurum.cli.narration import Narrator
from velaurum.config import Settings
from velaurum.errors import OperationError
from velaurum.exports import verification
from velaurum.exports.stretches import bundle_at
from velaurum.proofs import policies, tiles
from velaurum.proofs.policies import Policy

FOLDER = "exports"


@dataclass(frozen=True, slots=True)
class Proof:
    """What there is to prove: the log of an organisation of which one movement is known."""

    settings: Settings
    org: str
    movement: Mapping[str, Any]
    narrator: Narrator

    def show(self, policy: str) -> dict[str, Any]:
        """Export, verify by the policy that the API gave, change one bit, verify again; return the facts."""
        tell = self.narrator
        tell.step("Proof: nobody has to believe us")
        folder = self.settings.data_dir / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        whole, changed = folder / self.org, folder / f"{self.org}-changed"
        tell.command(f"velaurum log export {self.org} --to {self.org}")
        signed = log_export.carry_away(self.settings, self.org, whole, silent=tell.silent)
        tell.say(f"{signed.size} entries, as plain files. Whom to trust comes by another way:")
        tell.request("GET", f"/v1/orgs/{self.org}/log/status")
        trusted = policies.parse(policy.encode())
        tell.command(f"velaurum verify {self.org} --policy policy.txt")
        if not self._verified(whole, trusted, None):
            raise OperationError("The tour did not see that the export holds; please report this.")
        index: int = self.movement["log_index"]
        shutil.copytree(whole, changed)
        _flip(changed, index, signed.size)
        tell.say(
            f"Now somebody changes one bit, in a copy: the quantity of entry {index}, the issue from before."
        )
        tell.command(f"velaurum verify {self.org}-changed --policy policy.txt")
        if self._verified(changed, trusted, index):
            raise OperationError("The tour did not see that a changed bit is found; please report this.")
        tell.point("It names the entry and its record. No server, no database and no network were needed.")
        return {"size": signed.size, "changed": index, "named": self.movement["id"]}

    def _verified(self, folder: Path, trusted: Policy, changed: int | None) -> bool:
        """Say what a verification says; True when it holds. OperationError when it names another than the changed."""
        verdict = verification.verify(folder, trusted, workers=1)
        said = exports.told(verdict)
        if verdict.fault is None:
            self.narrator.say(said)
            return True
        self.narrator.refused(said)
        if (verdict.fault.index, verdict.fault.id) != (changed, self.movement["id"]):
            raise OperationError(f"The tour did not see the changed entry named: {said}")
        return False


def _flip(folder: Path, index: int, size: int) -> None:
    """Flip the lowest bit of the first digit of a movement's quantity, in an export."""
    bundle = bundle_at(index // tiles.WIDTH, size)
    path = folder / bundle.path
    raw = bytearray(path.read_bytes())
    entries = tiles.decode_bundle(bundle, bytes(raw))
    at = sum(2 + len(one) for one in entries[: index % tiles.WIDTH]) + 2
    name = b'"quantity":"'
    raw[raw.index(name, at) + len(name)] ^= 1
    path.write_bytes(raw)
