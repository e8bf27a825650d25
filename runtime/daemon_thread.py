"""Work in a thread that no end of the process waits for: what may hang on another host's answer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread


async def in_daemon_thread(work: Callable[[], None]) -> None:
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

    Thread(target=run, daemon=True, name="baton-copy").start()
    await done
