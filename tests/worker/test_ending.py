"""Whoever misses that they were cancelled is cancelled again, and nobody waits for ever."""

import asyncio
import contextlib
from collections.abc import Coroutine

import pytest

from velaurum.worker import ending


async def deaf(times: int) -> None:
    """Go on as often as cancelled, as what loops does when a cancellation is lost."""
    for _ in range(times):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()


async def fails() -> None:
    raise ArithmeticError


async def started(*coroutines: Coroutine[object, object, None]) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(one) for one in coroutines]
    await asyncio.sleep(0)
    return tasks


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_task_that_misses_its_cancellation_is_cancelled_again(
    times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.01)

    async def end() -> bool:
        [task] = await started(deaf(times))
        await ending.cancelled([task], 0.01)
        return task.cancelled()

    assert asyncio.run(end())


def test_a_task_that_never_ends_is_left_and_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.01)

    async def leave() -> bool:
        [task] = await started(deaf(ending.TIMES + 1))
        task.set_name("deaf")
        await asyncio.wait_for(ending.cancelled([task], 0.01), 10)
        return task.done()

    assert not asyncio.run(leave())
    assert caplog.messages == ["Left without an end: deaf."]


def test_what_a_task_ended_with_is_raised_and_its_cancellation_is_not() -> None:
    async def end() -> None:
        tasks = await started(deaf(0), fails())
        await ending.cancelled(tasks, 1)
        ending.raise_first(tasks)

    with pytest.raises(ArithmeticError):
        asyncio.run(end())
