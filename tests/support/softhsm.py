"""A token of SoftHSM2 for a test, in a folder of its own: a real PKCS#11 module, in software."""

import ctypes
import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pkcs11
import pytest

NOTED = Path(sys.prefix) / ".softhsm"
SO_PIN = "87654321"
TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """Where the module is, the program that makes tokens, and libraries that the system lacks."""

    module: Path
    util: str
    libraries: str


@cache
def installed() -> SoftHsm:
    """Return what the make target found, with its libraries in this process."""
    if not NOTED.exists():
        pytest.fail(
            "There is no SoftHSM2 for the tests; make .venv/.softhsm finds or fetches it.", pytrace=False
        )
    noted = json.loads(NOTED.read_text())
    for folder in filter(None, noted["libraries"].split(os.pathsep)):
        for library in ("libgcc_s.so.1", "libstdc++.so.6", "libcrypto.so.3"):
            with suppress(OSError):
                ctypes.CDLL(str(Path(folder) / library), mode=ctypes.RTLD_GLOBAL)
    return SoftHsm(Path(noted["module"]), noted["util"], noted["libraries"])


@dataclass(slots=True)
class Token:
    """A token with a PIN in a file, and what a process needs in its environment to see it."""

    folder: Path
    label: str
    pin: str

    @property
    def module(self) -> Path:
        return installed().module

    @property
    def pin_file(self) -> Path:
        return self.folder / "pin"

    @property
    def environment(self) -> dict[str, str]:
        said = {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}
        return {**said, "LD_LIBRARY_PATH": installed().libraries} if installed().libraries else said

    def pull_out(self) -> None:
        (self.folder / "tokens").rename(self.folder / "pulled-out")

    def put_back(self) -> None:
        (self.folder / "pulled-out").rename(self.folder / "tokens")

    def lose_sessions(self) -> None:
        """Close every session of this process, as a token does that was reset."""
        pkcs11.lib(str(self.module.resolve())).reinitialize()

    def set_pin(self, pin: str) -> None:
        """Write another PIN into the file; the token keeps its own."""
        self.pin_file.write_text(f"{pin}\n")


def token(folder: Path, label: str = "ledger", pin: str = "12345678") -> Token:
    """Make a token, and the file with its PIN."""
    (folder / "tokens").mkdir(parents=True)
    made = Token(folder, label, pin)
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    made.set_pin(pin)
    made.pin_file.chmod(0o600)
    program = [installed().util, "--module", str(made.module), "--init-token", "--free", "--label", label]
    subprocess.run(
        [*program, "--pin", pin, "--so-pin", SO_PIN],
        env={**os.environ, **made.environment},
        check=True,
        capture_output=True,
        timeout=TIMEOUT_S,
    )
    return made
