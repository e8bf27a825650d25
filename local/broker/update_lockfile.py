"""``python -m local.broker.update_lockfile``: resolve jgo.toml again and rewrite jgo.lock.toml beside it."""

import tempfile
from pathlib import Path

from local.broker.maven import write_lock

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write_lock(Path(folder))
