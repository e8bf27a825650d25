"""A broker's own directory in a home: properties, ports, records."""

from dataclasses import dataclass
from pathlib import Path

from local.broker.broker_cache import CachedBroker
from local.broker.java_command import server_command
from local.broker.properties import server_properties
from local.broker.storage import prepare_log
from local.stack.ports import remembered_ports


@dataclass(frozen=True)
class Broker:
    """A broker that can be started: ``argv`` runs it in the foreground, ``address`` is host:port for clients."""

    argv: list[str]
    address: str


def prepare_broker(folder: Path, cached: CachedBroker) -> Broker:
    """Make ``folder`` a broker's directory, or keep the one it is: records, identity and ports stay.

    Only while no broker runs there. A remembered port that is in use by now is replaced.
    """
    folder = folder.absolute()
    prepare_log(folder / "log", cached.template)
    # Asked anew at each start: another program may have taken one meanwhile.
    broker, controller = remembered_ports(folder / "ports.json", 2)
    properties = folder / "server.properties"
    properties.write_text(server_properties(folder / "log", broker, controller))
    argv = server_command(cached.java, cached.classpath, cached.archive, properties)
    return Broker(argv, f"127.0.0.1:{broker}")
