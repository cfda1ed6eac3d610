"""An import rides out a database that dies under it: the same keys, asked again."""

import json
import os
import signal
import time
from pathlib import Path

from support.command import Installation
from support.grocer import Grocer

ROW_COUNT = 8_000
REACHED_S = 60.0
ENDED_S = 120.0


def test_an_import_outlives_its_database(installation: Installation, shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text("kind,item,quantity,target\n" + "receipt,BOLT,1,A\n" * ROW_COUNT)
    process = shop.tenant.keeper.start("import", "movements", str(file), "--json")
    try:
        deadline = time.monotonic() + REACHED_S
        while shop.posted() < 2_000:
            assert time.monotonic() < deadline

        postmaster = (installation.data_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(postmaster), signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=ENDED_S)
    finally:
        process.kill()

    assert process.returncode == 0, stderr
    told = json.loads(stdout)
    assert told["posted"] + told["replayed"] == ROW_COUNT
    assert told["replayed"] <= 1_000
    assert shop.balances() == {("BOLT", "A"): str(ROW_COUNT)}
