"""ClickHouse's HTTP interface over the engine. The only module that imports aiohttp."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from uuid import uuid4

from aiohttp import web

from local.warehouse import http_reply
from local.warehouse.authentication import check_account
from local.warehouse.clickhouse_errors import ClickHouseError, ErrorCode, clickhouse_error
from local.warehouse.content_encoding import compressor, decompressed
from local.warehouse.engine import Engine
from local.warehouse.in_flight import InFlightRequests
from local.warehouse.query_execution import QueryReply
from local.warehouse.query_request import QueryRequest, parse_request
from local.warehouse.query_runner import QueryRunner
from runtime.shutdown import stop_event

LARGEST_BODY = 1 << 30
LONGEST_LINE = 4 << 20
LAST_BYTES_SECONDS = 1.0
KEEPALIVE_SECONDS = 600.0


class HttpInterface:
    """The routes /ping and / for one account (its password is empty)."""

    def __init__(self, engine: Engine, runner: QueryRunner, user: str) -> None:
        self._engine = engine
        self._runner = runner
        self._user = user
        self.in_flight = InFlightRequests()

    def app(self) -> web.Application:
        """The application to run."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_get("/ping", self._ping)
        app.router.add_route("*", "/", self._query)
        return app

    async def _ping(self, _: web.Request) -> web.Response:
        return web.Response(text="Ok.\n", headers=self._headers(""))

    async def _query(self, request: web.Request) -> web.StreamResponse:
        # Turned away before it is counted, or a client that keeps asking would keep us from ending.
        if self.in_flight.draining:
            return web.Response(status=503, text="The warehouse is stopping. Try again\n", headers={"Connection": "close"})
        with self.in_flight.one():
            return await self._answer_or_error(request)

    async def _answer_or_error(self, request: web.Request) -> web.StreamResponse:
        query_id = str(uuid4())
        try:
            # There is no password: any page in a browser of this machine could otherwise send statements here.
            if "Origin" in request.headers:
                raise clickhouse_error(
                    ErrorCode.ACCESS_DENIED, "Refused: a web page may not ask this warehouse. Use a client or the command line"
                )
            # 1 who asks   2 what, decompressed in a thread   3 run   4 send, while the connection is still the request's own
            check_account(request.query, request.headers, self._user)
            if request.method in ("GET", "HEAD") and "query" not in request.query:
                return await self._ping(request)
            asked = await self._parse(request)
            query_id = asked.query_id or query_id
            # The block ends after the last byte: only then may the query be cancelled and its connection closed.
            async with self._runner.run(asked) as reply:
                return await self._send(request, reply, query_id)
        except web.HTTPRequestEntityTooLarge:
            text = f"The body is over {LARGEST_BODY} bytes. Insert smaller batches"
            return self._error(clickhouse_error(ErrorCode.QUERY_IS_TOO_LARGE, text), "")
        except ClickHouseError as error:
            return self._error(error, query_id)

    def _error(self, error: ClickHouseError, query_id: str) -> web.Response:
        headers = {**self._headers(query_id), "X-ClickHouse-Exception-Code": str(error.code)}
        return web.Response(status=error.status, text=self._text(error) + "\n", headers=headers)

    async def _parse(self, request: web.Request) -> QueryRequest:
        form: dict[str, str] = {}
        body = b""
        if request.content_type == "multipart/form-data":
            for name, value in (await request.post()).items():
                if not isinstance(value, str):
                    text = f"External table {name!r} is not taken here. Use a temporary table in a session"
                    raise clickhouse_error(ErrorCode.NOT_IMPLEMENTED, text)
                form[name] = value
        else:
            # In a thread: decompressing some hundred megabytes would stop every other request.
            encoding = request.headers.get("Content-Encoding", "")
            body = await self._runner.in_thread(partial(decompressed, await request.read(), encoding))
        return parse_request(request.method, request.query, request.headers, form, body)

    async def _send(self, request: web.Request, reply: QueryReply, query_id: str) -> web.StreamResponse:
        enabled = request.query.get("enable_http_compression") == "1"
        encoding = http_reply.reply_encoding(reply, request.headers.get("Accept-Encoding", ""), enabled)
        headers = self._headers(query_id) | http_reply.result_headers(reply, encoding)
        # Read to its end, so its error could still get a status of its own; a length is known, too.
        if reply.rest is None:
            body = await self._runner.in_thread(partial(http_reply.whole_body, reply, encoding))
            return web.Response(body=body, headers=headers)
        return await self._send_stream(request, reply, headers, encoding)

    async def _send_stream(
        self, request: web.Request, reply: QueryReply, headers: dict[str, str], encoding: str
    ) -> web.StreamResponse:
        tag = uuid4().hex[:16]
        response = web.StreamResponse(headers=headers | {"X-ClickHouse-Exception-Tag": tag})
        compress, chunks = compressor(encoding), reply.all_chunks()
        with suppress(ConnectionError):  # the client has left: the query is cancelled when the execution ends
            await response.prepare(request)
            try:
                while (chunk := await self._runner.in_thread(partial(next, chunks, None))) is not None:
                    await response.write(compress.compress(chunk))
                await response.write(compress.flush())
                await response.write_eof()
            except ClickHouseError as error:
                # The status line is gone: say it in the body as a server does, then break the connection off.
                block = http_reply.exception_block(self._text(error), tag)
                await response.write(compress.compress(block) + compress.flush())
                if request.transport is not None:
                    # Without a regular end of the body no client takes a cut result for a whole one.
                    request.transport.close()
        return response

    def _headers(self, query_id: str) -> dict[str, str]:
        return http_reply.common_headers(self._engine.time_zone, query_id)

    def _text(self, error: ClickHouseError) -> str:
        return http_reply.error_text(error, self._engine.version)


async def serve(interface: HttpInterface, host: str, port: int, ready: Callable[[int], None], grace: float) -> None:
    """Answer on host:port until SIGTERM or SIGINT, call ``ready`` with the port once it listens.

    On the signal: no new requests, up to ``grace`` seconds for running ones; what runs longer is cancelled.
    Raises ``OSError`` when the port is taken.
    """
    # Before it listens: from now on a SIGTERM ends it in order.
    stop = stop_event()
    app_runner = web.AppRunner(
        interface.app(),
        access_log=None,
        shutdown_timeout=LAST_BYTES_SECONDS,
        keepalive_timeout=KEEPALIVE_SECONDS,
        # Ours are set above: aiohttp would end at once, without draining.
        handle_signals=False,
        auto_decompress=False,  # aiohttp knows no lz4; bodies are decompressed here
        max_line_size=LONGEST_LINE,
        max_field_size=LONGEST_LINE,
    )
    await app_runner.setup()
    try:
        site = web.TCPSite(app_runner, host, port)
        await site.start()
        ready(app_runner.addresses[0][1])
        # 1 no new connections   2 running requests, up to the grace   3 what is left is cancelled
        await stop.wait()
        await site.stop()
        await interface.in_flight.drain(grace)
    finally:
        await app_runner.cleanup()
