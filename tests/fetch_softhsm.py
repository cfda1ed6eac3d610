"""Find SoftHSM2, a token in software, or unpack Debian's packages of it beside the environment of the tests.

Nothing of the system is touched and no root is needed. What was found stands in a file that support/softhsm.py reads.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGES = ("softhsm2", "libsofthsm2")
# What the packages need of a system that is smaller than most; a name that a release does not have is left out.
LIBRARIES = ("libssl3", "libssl3t64", "libstdc++6", "libgcc-s1", "libsqlite3-0")
UTIL = "softhsm2-util"
MODULE = "libsofthsm2.so"
PLACES = (
    "usr/lib/softhsm",
    "usr/lib/*/softhsm",
    "usr/lib64/softhsm",
    "usr/lib64/pkcs11",
    "usr/local/lib/softhsm",
    "opt/homebrew/lib/softhsm",
)
MEND = "install SoftHSM2 (softhsm2 of Debian and Ubuntu, softhsm of Fedora and Homebrew) and run this again."
LONGEST_S = 300


def main(noted: Path) -> None:
    """Write where module, program and libraries are; exit with one sentence when there are none to be had."""
    folder = noted.parent / "softhsm"
    found = installed() or unpacked(folder)
    noted.write_text(json.dumps(found))


def installed() -> dict[str, str] | None:
    """Return what the system has, where it works."""
    util = shutil.which(UTIL)
    modules = [path for place in PLACES for path in Path("/").glob(f"{place}/{MODULE}")]
    found = {"module": str(modules[0]), "util": util, "libraries": ""} if util and modules else None
    return found if found and works(found) else None


def unpacked(folder: Path) -> dict[str, str]:
    """Return what Debian's packages have, fetched and unpacked into a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in PACKAGES:
        if not fetch(folder, package):
            sys.exit(f"The package {package} could not be fetched; {MEND}")
    modules, utils = sorted(folder.rglob(MODULE)), sorted(folder.rglob(UTIL))
    if not modules or not utils:
        sys.exit(f"The packages do not hold {MODULE} and {UTIL}; {MEND}")
    found = {"module": str(modules[0]), "util": str(utils[0]), "libraries": ""}
    if not works(found):
        below = folder / "libraries"
        below.mkdir()
        for package in LIBRARIES:
            fetch(below, package)
        found["libraries"] = os.pathsep.join(sorted({str(path.parent) for path in below.rglob("*.so.*")}))
        if not works(found):
            sys.exit(f"The packages do not run on this machine; {MEND}")
    return found


def fetch(folder: Path, package: str) -> bool:
    """Fetch one package and unpack it; with lists of packages of our own where the system's do not know it."""
    get, unpack = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if get is None or unpack is None:
        sys.exit(f"There is neither SoftHSM2 on this machine nor apt-get to fetch it with; {MEND}")
    with tempfile.TemporaryDirectory() as place:
        if not ran([get, "-qq", "download", package], place):
            own = own_lists(folder)
            is_listed = listed(folder) or ran([get, *own, "-qq", "update"], place)
            if not is_listed or not ran([get, *own, "-qq", "download", package], place):
                return False
        return all(ran([unpack, "-x", str(path), str(folder)], place) for path in Path(place).glob("*.deb"))


def own_lists(folder: Path) -> list[str]:
    """Return options by which apt-get keeps its lists in a folder."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / "apt" / name).mkdir(parents=True, exist_ok=True)
    return [
        "-o",
        f"Dir::State={folder / 'apt' / 'state'}",
        "-o",
        f"Dir::Cache={folder / 'apt' / 'cache'}",
        "-o",
        "Dir::State::status=/var/lib/dpkg/status",
    ]


def listed(folder: Path) -> bool:
    return any(path.is_file() for path in (folder / "apt" / "state" / "lists").glob("*Packages*"))


def works(found: dict[str, str]) -> bool:
    """Ask the module for its slots, in a folder of its own."""
    with tempfile.TemporaryDirectory() as place:
        settings = Path(place) / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {place}\nobjectstore.backend = file\n")
        environment = {**os.environ, "SOFTHSM2_CONF": str(settings)}
        if found["libraries"]:
            environment["LD_LIBRARY_PATH"] = found["libraries"]
        return ran([found["util"], "--module", found["module"], "--show-slots"], place, environment)


def ran(command: list[str], place: str, environment: dict[str, str] | None = None) -> bool:
    try:
        ended = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, timeout=LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
