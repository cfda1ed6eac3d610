"""The kinds of jobs that the product has."""

from velaurum.worker.process import Doors
from velaurum.worker.registry import Registry


def handlers(doors: Doors) -> Registry:
    """Return every kind that a worker of this release works."""
    return Registry()
