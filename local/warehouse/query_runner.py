"""Runs requests on the engine from an event loop: sixteen threads, since the engine's calls block, and the named sessions."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from local.warehouse.engine import Connection, Engine
from local.warehouse.query_execution import QueryExecution, QueryReply
from local.warehouse.query_request import QueryRequest
from local.warehouse.sessions import Sessions

THREADS = 16

T = TypeVar("T")


class QueryRunner:
    """``die_after`` (tests only): the process kills itself once that many inserts were committed, before the last's reply."""

    def __init__(self, engine: Engine, die_after: int | None = None) -> None:
        self._engine = engine
        self._inserts_left = die_after
        # The engine releases the GIL, so threads are enough; more than these would only wait for the processors.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="engine")
        self._sessions = Sessions(engine.connect, time.monotonic)
        self.abandoned = False
        """Whether a request was left in the engine when the grace was over; then only the process's end is safe."""

    @asynccontextmanager
    async def run(self, asked: QueryRequest) -> AsyncIterator[QueryReply]:
        """The reply, as far as it was read; what is left of it may be read until the block ends, then it is cancelled.

        The request has its connection, its own or its session's, to itself meanwhile. Raises ``ClickHouseError``.
        """
        connection = self._sessions.acquire(asked.session) if asked.session else self._engine.connect()
        execution = QueryExecution(connection, asked)
        try:
            # The connection is used from one thread at a time: nothing else has it until the block ends.
            reply = await self.in_thread(execution.start)
            if reply.inserted:
                self._die_if_due()
            yield reply
        except asyncio.CancelledError:
            self.abandoned = True  # the grace is over and a thread still works on the connection: it can't be closed
            raise
        finally:
            # One request that was given up is enough: the engine could wait for it while anything else is closed.
            if not self.abandoned:
                try:
                    await self.in_thread(partial(_finish, execution, None if asked.session else connection))
                finally:
                    if asked.session:
                        # Also when undoing failed, or the session would be locked until its end.
                        self._sessions.release(asked.session)

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Wait for a call that blocks."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def close(self) -> None:
        """End sessions and threads. Only when no request runs any more."""
        self._sessions.close()
        self._threads.shutdown()

    def _die_if_due(self) -> None:
        if self._inserts_left is not None:
            self._inserts_left -= 1
            if self._inserts_left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)  # the crash between commit and reply


def _finish(execution: QueryExecution, connection: Connection | None) -> None:
    """End an execution and close its connection; None for a session's, which stays open."""
    try:
        execution.end()
    finally:
        if connection is not None:
            connection.close()
