"""Encryption of exports to a recipient, in the format of age: an archive that nobody else opens.

Files go through it a part at a time, so that an archive may be larger than memory.
"""

import os
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyrage
from pyrage import x25519

from velaurum.errors import UsageError

ENDING = ".tar.age"
_MAGIC = b"age-encryption.org/"


def recipient(text: str) -> x25519.Recipient:
    """Return a recipient; UsageError for what is no public key of age."""
    try:
        return x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise UsageError(
            f"{text!r} is no public key of age; it begins with age1, and `age-keygen` makes one."
        ) from error


def identities(path: Path) -> list[x25519.Identity]:
    """Return the identities of a file as `age-keygen` writes it. UsageError, without what it holds, for another."""
    try:
        lines = [one.strip() for one in path.read_text("utf-8").splitlines()]
        return [x25519.Identity.from_str(one) for one in lines if one and not one.startswith("#")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise UsageError(f"{path} has no identity of age that can be read.") from error


def is_encrypted(path: Path) -> bool:
    """Tell whether a file is one of age."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def encrypt(folder: Path, paths: Iterator[str], to: Path, recipient_: x25519.Recipient) -> None:
    """Write files of a directory into one archive that only the recipient opens; it has its name once it is whole."""
    fresh = to.with_name(f"{to.name}.partial")
    read, write = os.pipe()
    with ThreadPoolExecutor(1) as beside, fresh.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        packing = beside.submit(_pack, folder, paths, write)
        with os.fdopen(read, "rb") as packed:
            pyrage.encrypt_io(packed, file, [recipient_])
        packing.result()
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(to)


def decrypt(archive: Path, folder: Path, identities_: list[x25519.Identity]) -> None:
    """Unpack an archive into a directory. UsageError when no identity opens it, or it was changed."""
    read, write = os.pipe()
    with ThreadPoolExecutor(1) as beside, archive.open("rb") as file:
        unpacking = beside.submit(_unpack, read, folder, archive)
        try:
            with os.fdopen(write, "wb") as packed:
                pyrage.decrypt_io(file, packed, identities_)
        except pyrage.DecryptError as error:
            raise UsageError(f"{archive} is for another recipient, or was changed.") from error
        unpacking.result()


def _pack(folder: Path, paths: Iterator[str], write: int) -> None:
    with os.fdopen(write, "wb") as pipe, tarfile.open(fileobj=pipe, mode="w|") as packed:
        for path in paths:
            packed.add(folder / path, path, recursive=False)


def _unpack(read: int, folder: Path, archive: Path) -> None:
    with os.fdopen(read, "rb") as pipe:
        try:
            with tarfile.open(fileobj=pipe, mode="r|") as packed:
                packed.extractall(folder, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise UsageError(f"{archive} holds no archive that can be unpacked.") from error
        finally:
            while pipe.read(1 << 16):
                pass
