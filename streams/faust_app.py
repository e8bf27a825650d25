"""The Faust app of one stage: Faust keeps group, rebalances and fetching; state, time and order are the engine's."""

import faust
import mode
from yarl import URL

from schemas.settings import Settings
from streams.engine.consumer_loop import Batches, transport_for


def build_app(settings: Settings, bootstrap: str, group: str, topic: str, batches: Batches) -> faust.App:
    """The app whose worker reads ``topic`` in ``group`` and hands its records to ``batches``; not started."""
    url = URL(f"kafka://{bootstrap}")
    directory = settings.home / "run" / "faust"
    directory.mkdir(parents=True, exist_ok=True)
    # Each of these was found by a failure or a measurement; Faust's defaults are made for its own tables and streams.
    app = faust.App(
        group,
        broker=url,
        store="memory://",
        # Without this it serves on all addresses, without a password.
        web_enabled=False,
        # Topics come from Baton's registry; Faust would create its own.
        topic_disable_leader=True,
        topic_allow_declare=False,
        # Faust tracks no message of a batch, so there is nothing to wait for at a rebalance.
        stream_wait_empty=False,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        # A member with a name of its own: a worker that is back within the session's time causes no rebalance.
        consumer_group_instance_id=f"{group}-{settings.worker}",
        consumer_max_fetch_size=4 << 20,
        broker_max_poll_records=settings.poll_records,
        broker_commit_interval=1.0,
        broker_session_timeout=float(settings.session_seconds),
        broker_heartbeat_interval=min(3.0, settings.session_seconds / 3),
        # The others wait this long for one that still publishes and saves its last batch.
        broker_rebalance_timeout=60.0,
        # Above the session's time, as the client demands; it also bounds ``perform_seek``, which may have to fetch a snapshot.
        broker_request_timeout=max(90.0, settings.session_seconds + 10.0),
        broker_max_poll_interval=300.0,
        # An agent that failed would be started again behind the message it lost. Here the process ends instead.
        agent_supervisor=mode.CrashingSupervisor,
        # The default is twenty minutes.
        producer_request_timeout=60.0,
        datadir=str(directory),
    )
    # Public: the setter replaces the driver that ``broker`` chose.
    app.transport = transport_for(batches, topic)([url], app)
    channel = app.topic(topic, value_serializer="raw", key_serializer="raw")

    async def subscribe(stream: faust.Stream[bytes]) -> None:
        """Never called with a record: it only makes Faust subscribe to the topic."""
        async for _ in stream:
            raise AssertionError("records of this topic go to the batch transport")

    app.agent(channel, name=f"{group}.subscribe")(subscribe)
    # An app inside a function, and not of a module, so that a process may hold several.
    app.finalize()
    return app
