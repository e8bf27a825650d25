"""Statements that the local warehouse refuses: what makes its directory unusable, touches files or could stop the process.

The rules read the *canonical* spelling of a statement (the engine's own ``formatQuerySingleLineOrNull``), so that comments,
quotes and heredocs can't hide anything. A stand-in for a server, not a security boundary: it listens on loopback only.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from local.warehouse.sql_tokens import Token, tokens

ALLOWED_TABLE_ENGINES = re.compile(
    r"(Replacing|Summing|Aggregating|Collapsing|VersionedCollapsing|Coalescing|Graphite)?MergeTree"
    r"|Memory|Log|TinyLog|StripeLog|Null|Set|Join|Buffer|Merge|View|MaterializedView|Dictionary|GenerateRandom|Alias|Atomic"
)
"""Engines that keep their rows inside the directory. Every other engine is refused, known or not."""

REFUSED_FUNCTIONS = frozenset(
    b"""file filecluster filesystem url urlcluster s3 s3cluster gcs oss cosn hdfs hdfscluster azureblobstorage
    azureblobstoragecluster executable executablepool python sqlite mysql postgresql mongodb redis cassandra odbc jdbc
    bigquery ytsaurus arrowstream remote remotesecure cluster clusterallreplicas hudi hudicluster disk http eval input
    deltalake deltalakeazure deltalakeazurecluster deltalakecluster deltalakelocal deltalakes3 deltalakes3cluster
    iceberg icebergazure icebergazurecluster icebergcluster iceberghdfs iceberghdfscluster iceberglocal iceberglocalcluster
    icebergs3 icebergs3cluster paimon paimonazure paimonazurecluster paimoncluster paimonhdfs paimonhdfscluster paimonlocal
    paimons3 paimons3cluster prometheusquery prometheusqueryrange catboostevaluate
    aigenerate aiclassify aiextract aitranslate aiembed aifilter airedact aisimilarity""".split()
)
"""Functions, dictionary sources and disks (lower case) that reach outside the directory or run text that was not checked.

A contract test holds that every table function of the engine is in here or known to be harmless."""

ALLOWED_SYSTEM_COMMANDS = frozenset(
    {b"FLUSH", b"SYNC", b"WAIT", b"REFRESH", b"RELOAD", b"CLEAR", b"DROP", b"CANCEL", b"STOP", b"START"}
)
REFUSED_SETTINGS = frozenset({b"dialect", b"output_format_schema"})

ENGINE_DATABASES = frozenset({b"default", b"system", b"information_schema"})
REMOVALS = frozenset({b"DROP", b"DETACH", b"RENAME", b"EXCHANGE"})
CHANGES = REMOVALS | {b"CREATE", b"ATTACH", b"TRUNCATE", b"ALTER"}

OWN_DATABASE = "Use a database of your own (CREATE DATABASE name), or name none"
LOAD = "Load rows with INSERT … FORMAT over HTTP and read results from the reply"


def why_refused(canonical: str) -> str | None:
    """Why this statement (in canonical spelling) is refused and what to do instead; None when it may run."""
    found = list(tokens(canonical.encode()))
    if not found:
        return None
    for rule in (_by_kind, _by_clause, _by_function, _by_engine, _by_setting, _by_database):
        if refused := rule(found):
            return refused
    return None


def why_setting_refused(name: str) -> str | None:
    """Why a setting given with the request is refused; None when it may be applied."""
    if name.encode() in REFUSED_SETTINGS:
        return f"Refused: the setting {name} would change how statements are read or write a file. Leave it out"
    return None


def _by_kind(found: Sequence[Token]) -> str | None:
    keywords = [token.keyword for token in found[:3]] + [b"", b""]
    if keywords[0] == b"SYSTEM" and (keywords[1] not in ALLOWED_SYSTEM_COMMANDS or keywords[2] == b"LISTEN"):
        wanted = b" ".join(keywords[:3]).decode().strip()
        return f"Refused: {wanted} would stop or change the warehouse's process. Stop it with SIGTERM instead"
    if keywords[:2] == [b"KILL", b"QUERY"]:
        return "Refused: KILL QUERY can stall the embedded engine. Give the query the setting max_execution_time instead"
    if keywords[0] in (b"BACKUP", b"RESTORE"):
        return (
            f"Refused: {keywords[0].decode()} writes or reads files. Copy the directory while the warehouse is stopped instead"
        )
    if keywords[0] == b"ATTACH" and any(token.keyword == b"FROM" for token in found):
        return f"Refused: ATTACH … FROM reads files of this machine. {LOAD}"
    return None


def _by_clause(found: Sequence[Token]) -> str | None:
    for first, second in pairwise(found):
        pair = (first.keyword, second.keyword)
        if pair in ((b"INTO", b"OUTFILE"), (b"FROM", b"INFILE")):
            return f"Refused: {first.keyword.decode()} {second.keyword.decode()} touches files of this machine. {LOAD}"
    return None


def _by_function(found: Sequence[Token]) -> str | None:
    for token, following in pairwise(found):
        called = following.text == b"(" and following.start == token.end  # canonical calls have no blank before (
        # A function may be named with its database or as a table function's alias; only its last part counts.
        name = token.name.rpartition(b".")[2]
        if called and name in REFUSED_FUNCTIONS:
            return f"Refused: {name.decode()}(…) reaches outside the warehouse's directory. {LOAD}"
    return None


def _by_engine(found: Sequence[Token]) -> str | None:
    if found[0].keyword not in (b"CREATE", b"ATTACH", b"REPLACE"):
        return None
    for first, sign, engine in zip(found, found[1:], found[2:], strict=False):
        if first.text == b"ENGINE" and sign.text == b"=":
            name = engine.text.decode().strip('`"')
            if not ALLOWED_TABLE_ENGINES.fullmatch(name):
                return (
                    f"Refused: ENGINE = {name} keeps its rows outside the directory, and some such engines make the directory "
                    "unusable. Use an engine of the MergeTree family, Memory or Null, or a database with ENGINE = Atomic"
                )
    return None


def _by_setting(found: Sequence[Token]) -> str | None:
    among_settings = found[0].keyword == b"SET"
    for token, sign in pairwise(found):
        among_settings = among_settings or token.keyword == b"SETTINGS"
        if among_settings and sign.text == b"=" and token.name in REFUSED_SETTINGS:
            return why_setting_refused(token.name.decode())
    return None


def _by_database(found: Sequence[Token]) -> str | None:
    kind = found[0].keyword
    for token, following in pairwise(found):
        if token.name == b"default" and following.text == b".":
            return f"Refused: the database default reads this machine's files as tables here. {OWN_DATABASE}"
        if kind == b"USE" and following.name == b"default":
            return f"Refused: the database default reads this machine's files as tables here. {OWN_DATABASE}"
        if token.name in ENGINE_DATABASES and following.text == b"." and kind in REMOVALS:
            return f"Refused: the tables of {token.name.decode()} belong to the engine. {OWN_DATABASE}"
    if kind in CHANGES and any(token.keyword == b"DATABASE" for token in found[1:4]):
        owned = next((token.name for token in found if token.name in ENGINE_DATABASES), None)
        if owned is not None:
            return f"Refused: the database {owned.decode()} belongs to the engine. {OWN_DATABASE}"
    return None
