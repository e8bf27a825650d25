"""The queries of verification."""

from pathlib import Path

from sinks.sql_files import SqlFiles

query = SqlFiles(Path(__file__).parent / "queries")
