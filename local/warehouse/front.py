"""ClickHouse's HTTP interface in front of the engine. The only module that imports aiohttp.

The engine's calls block, so each runs in one of sixteen threads; a request keeps its handle to itself until it is answered.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from aiohttp import web

from local.warehouse.asking import Ask, ask_of, check_account
from local.warehouse.encodings import LEAST, accepted, packer, unpacked
from local.warehouse.engine import Counts, Engine, Handle
from local.warehouse.failures import ACCESS_DENIED, NOT_IMPLEMENTED, QUERY_IS_TOO_LARGE, Failure, failure
from local.warehouse.sessions import Sessions
from local.warehouse.turn import Reply, Turn, all_pieces
from runtime.shutdown import stop_event

THREADS = 16
LARGEST_BODY = 1 << 30
LONGEST_LINE = 4 << 20
SWEEP_SECONDS = 5.0
LAST_BYTES_SECONDS = 1.0
CONTENT_TYPES = {"TabSeparated": "text/tab-separated-values; charset=UTF-8", "JSON": "application/json; charset=UTF-8"}
TSV_NAMES = ("TSV", "TabSeparated", "TSVRaw", "TabSeparatedRaw", "TSVWithNames", "TabSeparatedWithNames")

T = TypeVar("T")


class Front:
    """The routes. ``die_after`` (tests only): the process kills itself when that many inserts were committed, unanswered."""

    def __init__(self, engine: Engine, user: str, die_after: int | None = None) -> None:
        self._engine = engine
        self._user = user
        self._inserts_left = die_after
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="engine")
        self._sessions = Sessions(engine.handle, time.monotonic)
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self.abandoned = False
        """Whether a request was left in the engine when the grace was over; then only the process's end is safe."""

    def app(self) -> web.Application:
        """The application: /ping, /replicas_status and / ."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_get("/ping", self._ping)
        app.router.add_get("/replicas_status", self._ping)
        app.router.add_route("*", "/", self._ask)
        return app

    async def settle(self, seconds: float) -> None:
        """Turn new requests away and wait until the running ones are answered, or the seconds are over."""
        self._stopping = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    def close(self) -> None:
        """End sessions and threads. Only when nothing runs any more."""
        self._sessions.close()
        self._threads.shutdown()

    async def sweep(self) -> None:
        """End rested sessions, for ever."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self._sessions.forget_rested()

    async def _ping(self, _: web.Request) -> web.Response:
        return web.Response(text="Ok.\n", headers=self._headers(""))

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        if self._stopping:
            return web.Response(status=503, text="The warehouse is stopping. Try again\n", headers={"Connection": "close"})
        self._running += 1
        self._idle.clear()
        try:
            return await self._checked(request)
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    async def _checked(self, request: web.Request) -> web.StreamResponse:
        query_id = str(uuid4())
        try:
            if "Origin" in request.headers:
                raise failure(
                    ACCESS_DENIED, "Refused: a web page may not ask this warehouse. Use a client or the command line"
                )
            check_account(request.query, request.headers, self._user)
            if request.method in ("GET", "HEAD") and "query" not in request.query:
                return await self._ping(request)
            ask = await self._read(request)
            query_id = ask.query_id or query_id
            return await self._answer(request, ask, query_id)
        except web.HTTPRequestEntityTooLarge:
            return self._refuse(
                failure(QUERY_IS_TOO_LARGE, f"The body is over {LARGEST_BODY} bytes. Insert smaller batches"), ""
            )
        except Failure as found:
            return self._refuse(found, query_id)

    def _refuse(self, found: Failure, query_id: str) -> web.Response:
        headers = {**self._headers(query_id), "X-ClickHouse-Exception-Code": str(found.code)}
        return web.Response(status=found.status, text=self._signed(found) + "\n", headers=headers)

    async def _read(self, request: web.Request) -> Ask:
        form: dict[str, str] = {}
        body = b""
        if request.content_type == "multipart/form-data":
            for name, value in (await request.post()).items():
                if not isinstance(value, str):
                    raise failure(
                        NOT_IMPLEMENTED, f"External table {name!r} is not taken here. Use a temporary table in a session"
                    )
                form[name] = value
        else:
            body = await self._in_thread(partial(unpacked, await request.read(), request.headers.get("Content-Encoding", "")))
        return ask_of(request.method, request.query, request.headers, form, body)

    async def _answer(self, request: web.Request, ask: Ask, query_id: str) -> web.StreamResponse:
        kept = ask.session is not None
        handle = self._sessions.take(ask.session) if ask.session else self._engine.handle()
        turn = Turn(handle, ask, kept)
        try:
            reply = await self._in_thread(turn.start)
            if reply.inserted:
                self._burn()
            return await self._send(request, reply, query_id)
        except asyncio.CancelledError:
            self.abandoned = True  # the grace is over and a thread still works on the handle
            raise
        finally:
            if not self.abandoned:
                try:
                    await self._in_thread(partial(leave, turn, None if kept else handle))
                finally:
                    if ask.session:
                        self._sessions.give_back(ask.session)

    def _burn(self) -> None:
        """The crash between commit and reply, for the tests that ask for it on the command line."""
        if self._inserts_left is not None:
            self._inserts_left -= 1
            if self._inserts_left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    async def _send(self, request: web.Request, reply: Reply, query_id: str) -> web.StreamResponse:
        headers = self._headers(query_id) | {"X-ClickHouse-Summary": summary(reply.counts)}
        if reply.format is not None:
            plain = "TabSeparated" if reply.format in TSV_NAMES else "JSON" if reply.format.startswith("JSON") else ""
            headers |= {"X-ClickHouse-Format": reply.format}
            headers |= {"Content-Type": CONTENT_TYPES.get(plain, "application/octet-stream")}
        encoding = accepted(request.headers.get("Accept-Encoding", ""))
        if request.query.get("enable_http_compression") != "1" or (reply.rest is None and sum(map(len, reply.pieces)) < LEAST):
            encoding = ""
        if encoding:
            headers["Content-Encoding"] = encoding
        if reply.rest is None:
            body = await self._in_thread(partial(packed, reply, encoding))
            return web.Response(body=body, headers=headers)
        return await self._send_stream(request, reply, headers, encoding)

    async def _send_stream(
        self, request: web.Request, reply: Reply, headers: dict[str, str], encoding: str
    ) -> web.StreamResponse:
        tag = uuid4().hex[:16]
        response = web.StreamResponse(headers=headers | {"X-ClickHouse-Exception-Tag": tag})
        pack, pieces = packer(encoding), all_pieces(reply)
        with suppress(ConnectionError):  # the reader has left: the query is given up with the turn
            await response.prepare(request)
            try:
                while (piece := await self._in_thread(partial(next, pieces, None))) is not None:
                    await response.write(pack.compress(piece))
                await response.write(pack.flush())
                await response.write_eof()
            except Failure as found:
                # The status line is gone: say it in the body as a server does, then break the connection off.
                await response.write(pack.compress(mid_stream(self._signed(found), tag)) + pack.flush())
                if request.transport is not None:
                    request.transport.close()
        return response

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _headers(self, query_id: str) -> dict[str, str]:
        headers = {"X-ClickHouse-Server-Display-Name": "baton-local", "X-ClickHouse-Timezone": self._engine.time_zone}
        return headers | ({"X-ClickHouse-Query-Id": query_id} if query_id else {})

    def _signed(self, found: Failure) -> str:
        signature = f" (version {self._engine.version})"
        return found.text if found.text.endswith(signature) else found.text + signature


def leave(turn: Turn, handle: Handle | None) -> None:
    """Finish a turn and close its handle, unless it is a session's."""
    try:
        turn.end()
    finally:
        if handle is not None:
            handle.close()


def packed(reply: Reply, encoding: str) -> bytes:
    """A whole answer, compressed."""
    pack = packer(encoding)
    return b"".join([*map(pack.compress, reply.pieces), pack.flush()])


def mid_stream(text: str, tag: str) -> bytes:
    """An error inside a result that has begun, framed so that a client finds it by the tag in the headers."""
    message = text.encode() + b"\n"
    frame = f"{len(message)} {tag}\r\n__exception__\r\n"
    return f"__exception__\r\n{tag}\r\n".encode() + message + frame.encode()


def summary(counts: Counts) -> str:
    """The value of X-ClickHouse-Summary: numbers as texts, as a server sends them."""
    return json.dumps({name: str(value) for name, value in asdict(counts).items()})


async def serve(front: Front, host: str, port: int, ready: Callable[[int], None], grace: float) -> bool:
    """Answer on host:port until SIGTERM or SIGINT, call ``ready`` with the port once it listens.

    On the signal: no new requests, up to ``grace`` seconds for running ones. True when all of them were finished.
    Raises ``OSError`` when the port is taken.
    """
    stop = stop_event()
    limits: dict[str, Any] = {"auto_decompress": False, "max_line_size": LONGEST_LINE, "max_field_size": LONGEST_LINE}
    runner = web.AppRunner(
        front.app(),
        access_log=None,
        shutdown_timeout=LAST_BYTES_SECONDS,
        keepalive_timeout=600.0,
        handle_signals=False,
        **limits,
    )
    await runner.setup()
    sweeper = asyncio.create_task(front.sweep())
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        ready(runner.addresses[0][1])
        await stop.wait()
        await site.stop()
        await front.settle(grace)
    finally:
        sweeper.cancel()
        await runner.cleanup()
    return not front.abandoned
