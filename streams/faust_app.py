"""The Faust app of one stage: Faust keeps group, rebalances and fetching; state, time and order are the engine's."""

import faust
import mode
from yarl import URL

from schemas.settings import Settings
from streams.engine.consumer_loop import Batches, transport_for


def build_app(settings: Settings, bootstrap: str, group: str, topic: str, batches: Batches) -> faust.App:
    """The app whose worker reads ``topic`` in ``group`` and hands its records to ``batches``; not started."""
    url = URL(f"kafka://{bootstrap}")
    place = settings.home / "run" / "faust"
    place.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        group,
        broker=url,
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{group}-{settings.worker}",
        consumer_max_fetch_size=4 << 20,
        broker_max_poll_records=settings.poll_records,
        broker_commit_interval=1.0,
        broker_session_timeout=float(settings.session_seconds),
        broker_heartbeat_interval=min(3.0, settings.session_seconds / 3),
        broker_rebalance_timeout=60.0,
        broker_request_timeout=max(90.0, settings.session_seconds + 10.0),
        broker_max_poll_interval=300.0,
        agent_supervisor=mode.CrashingSupervisor,
        producer_request_timeout=60.0,
        datadir=str(place),
    )
    app.transport = transport_for(batches, topic)([url], app)
    channel = app.topic(topic, value_serializer="raw", key_serializer="raw")

    async def subscribe(stream: faust.Stream[bytes]) -> None:
        """Never called with a record: it only makes Faust subscribe to the topic."""
        async for _ in stream:
            raise AssertionError("records of this topic go to the batch transport")

    app.agent(channel, name=f"{group}.subscribe")(subscribe)
    app.finalize()
    return app
