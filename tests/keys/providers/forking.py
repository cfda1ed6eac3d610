"""A process that opens with its token, forks, and opens in the child and in the parent.

SoftHSM's sessions live on in a child; those of others do not. So the child also says with how many libraries it began.
"""

import os
import sys
from pathlib import Path

from velaurum.keys import pkcs11_modules
from velaurum.keys.pkcs11_tokens import Pkcs11Tokens
from velaurum.keys.providers import WrappingKey


def main(module: str, label: str, pin: str, version: str, wrapped: str) -> None:
    """Print who opened what, one line each."""
    provider = Pkcs11Tokens(Path(module), label, Path(pin).read_text().strip)
    key, sealed = WrappingKey("pkcs11", "acme", version), bytes.fromhex(wrapped)
    opened = provider.unwrap(key, sealed, b"acme").hex()
    child = os.fork()
    if child == 0:
        began_with = len(pkcs11_modules._modules)
        sys.stdout.write(f"child {began_with} {provider.unwrap(key, sealed, b'acme').hex()}\n")
        sys.stdout.flush()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    sys.stdout.write(f"parent {provider.unwrap(key, sealed, b'acme').hex()} {opened} {status}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
