"""Named queries: SQL lives in a `.sql` file beside the module that owns it."""

import re
from collections.abc import Mapping
from importlib import resources

_NAME = re.compile(r"^-- name: ([a-z_]+)$", re.MULTILINE)


def queries(package: str, file: str) -> Mapping[str, bytes]:
    """Return the statements of `file` in `package` by the names in their `-- name:` lines."""
    parts = _NAME.split(resources.files(package).joinpath(file).read_text("utf-8"))
    return {name: text.strip().encode() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
