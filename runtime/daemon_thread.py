"""Work in a thread that no end of the process waits for: what may hang on another host's answer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

Answer = TypeVar("Answer")


async def in_daemon_thread(work: Callable[[], object]) -> None:
    """Do it beside the event loop; raises what it raises.

    The threads of ``asyncio.to_thread`` are waited for when the loop ends and once more when the process does, however long
    that takes; this one is not.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(error: Exception | None) -> None:
        if done.done():  # whoever waited was cancelled
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        problem: Exception | None = None
        try:
            work()
        except Exception as error:  # handed to whoever waits
            problem = error
        with suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits
            loop.call_soon_threadsafe(tell, problem)

    Thread(target=run, daemon=True, name="baton-beside").start()
    await done


def within(seconds: float, work: Callable[[], Answer]) -> Answer:
    """What ``work`` gives or raises; ``TimeoutError`` when it takes longer, and then it is left to itself."""
    answers: SimpleQueue[tuple[Answer] | Exception] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((work(),))
        except Exception as error:  # handed to whoever waits
            answers.put(error)

    Thread(target=run, daemon=True, name="baton-within").start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if isinstance(answer, Exception):
        try:
            raise answer
        finally:
            # Else frame and error would hold each other, and whatever the caller has open.
            del answer
    (value,) = answer
    return value
