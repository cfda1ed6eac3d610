"""A process that rotates an organisation's keys: `python -m support.rotating CONNINFO DATA_DIR ORG WHAT BATCH REST`."""

import sys
from contextlib import closing
from pathlib import Path

from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.keys import opening
from velaurum.keys.data_key_rotation import DataKeyRotation
from velaurum.keys.wrapping_key_rotation import WrappingKeyRotation
from velaurum.ops import key_rotations
from velaurum.tenancy.context import OrgId


def main(conninfo: str, data_dir: str, org_id: str, what: str, batch: str, rest_s: str) -> None:
    """Rotate, and say how far it is after each step, a line each; the last line is what came of it."""
    settings = Settings(Path(data_dir))
    with (
        closing(Database(conninfo, max_connections=2)) as door,
        closing(opening.opened(settings, conninfo)) as keyring,
    ):
        if what == "data":
            columns = key_rotations.columns(Path(data_dir), keyring)
            rotation = DataKeyRotation(door, keyring, columns, _say, rest_s=float(rest_s), batch=int(batch))
            done = rotation.run(OrgId(org_id))
            print(f"done {done.rows} {done.keys} {len(done.unreadable)}", flush=True)  # noqa: T201
        else:
            rewrapped = WrappingKeyRotation(door, keyring, _say, rest_s=float(rest_s), batch=int(batch)).run(
                OrgId(org_id)
            )
            print(f"done {rewrapped.data_keys} {rewrapped.wrapping_keys} 0", flush=True)  # noqa: T201


def _say(done: int, total: int) -> None:
    print(f"{done} {total}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
