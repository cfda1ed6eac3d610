"""Writes the vectors of promises from the definitions: `python -m support.promise_vectors`, then read the diff."""

from typing import Any

from support import plain_tree
from support.proof_vectors import LOG, b64, log_line, vkey, write

NAME = "log.example/promises"
DUE_AT = "2026-11-22T10:01:00.123456Z"


def promises() -> dict[str, Any]:
    """Return promises of shared entries, by a key of the name of the installation with `/promises` after it."""
    leaves = [plain_tree.leaf(entry) for entry in plain_tree.entries(8)]
    made = []
    for indexes in ((0,), (3, 4, 7)):
        promised = "".join(f"{index} {b64(leaves[index])}\n" for index in indexes)
        text = f"velaurum-promise/v1\n{LOG}\n{DUE_AT}\n{promised}"
        said = [[index, leaves[index].hex()] for index in indexes]
        made.append({"note": f"{text}\n{log_line(text, NAME)}", "text": text, "leaves": said})
    head, leaf = f"velaurum-promise/v1\n{LOG}\n{DUE_AT}\n", b64(leaves[0])
    return {
        "description": "Promises: a signed note that leaves will be at these indexes of a log by an instant.",
        "key": vkey(NAME, 1),
        "origin": LOG,
        "due_at": DUE_AT,
        "promises": made,
        "no_promises": [
            "", head, head[:-1], f"{head}0 {leaf}", f"{head}0 {leaf}\n\n", f"{head}00 {leaf}\n", f"{head}-1 {leaf}\n",
            f"{head}0  {leaf}\n", f"{head}0 {leaf[:-2]}\n", f"{head.replace('/v1', '/v2')}0 {leaf}\n",
            f"{head}0 {leaf} 1\n", f"velaurum-promise/v1\n\n{DUE_AT}\n0 {leaf}\n",
        ],
    }  # fmt: skip


if __name__ == "__main__":
    write(promises)
