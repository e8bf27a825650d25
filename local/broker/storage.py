"""Formatted storage: made once in the cache by Kafka's own tool, copied into each home with an identity of its own.

A static quorum's formatted directory is two files. ``bootstrap.checkpoint`` (feature levels) is the same for
every home; ``meta.properties`` names the cluster and the directory and is written anew, so that two homes
never look like one cluster.
"""

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from local.broker.java import Java
from local.broker.java_command import java_command
from local.broker.properties import server_properties
from schemas.errors import Stop

FORMAT_SECONDS = 300
CHECKPOINT = "bootstrap.checkpoint"
META = "meta.properties"


def fresh_id() -> str:
    """A Kafka uuid: 22 URL-safe characters that don't begin with a dash (Kafka's tools would read an option)."""
    while True:
        text = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def format_template(template: Path, java: Java, classpath: list[Path]) -> None:
    """Format a directory with Kafka's tool and keep it as ``template``. Raises ``Stop`` with the tool's message."""
    with tempfile.TemporaryDirectory(prefix="formatting-", dir=template.parent) as folder:
        log, properties = Path(folder) / "log", Path(folder) / "server.properties"
        # The ports stand in no formatted file: with a static quorum they may be any.
        properties.write_text(server_properties(log, 1, 2))
        tool = ("kafka.tools.StorageTool", "format", "--cluster-id", fresh_id(), "--config", str(properties))
        done = subprocess.run(
            java_command(java, classpath, *tool), capture_output=True, text=True, timeout=FORMAT_SECONDS, check=False
        )
        if done.returncode != 0 or not (log / CHECKPOINT).is_file():
            raise Stop(
                f"Kafka could not format its storage: {done.stderr.strip()[-500:]}", "run `baton doctor`; is the disk full?"
            )
        log.rename(template)


def prepare_log(log: Path, template: Path, new_id: Callable[[], str] = fresh_id) -> None:
    """Give a home its formatted log directory. One that exists is left exactly as it is."""
    if log.exists():
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    # Complete before it gets its name: an interrupted start leaves a folder that no broker opens.
    fresh = Path(tempfile.mkdtemp(prefix="log-new-", dir=log.parent))
    shutil.copyfile(template / CHECKPOINT, fresh / CHECKPOINT)
    identity = {"version": "1", "node.id": "1", "cluster.id": new_id(), "directory.id": new_id()}
    (fresh / META).write_text("".join(f"{name}={value}\n" for name, value in identity.items()))
    fresh.rename(log)
