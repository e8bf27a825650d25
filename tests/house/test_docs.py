"""Documentation under test: commands, settings, topics, examples and links are the ones there are, and no machine shows."""

import ast
import re
from pathlib import PurePosixPath

import pytest

from baton.letters import WHICH
from schemas.errors import PARK_REASONS
from schemas.event_codec import decode
from schemas.json_schema import schemas
from schemas.settings import Settings
from schemas.topics import registry
from tests.house.tree import ROOT, Sources, modules, parsed, texts

PAGES = ("README.md", "CHANGELOG.md", "docs/")
HOSTS = {
    "json-schema.org",
    "www.apache.org",
    "127.0.0.1",
    "localhost",
    "host",
    "kafka",
    "clickhouse",
    "www.xes-standard.org",
    "www.w3.org",
}
"""Hosts that may stand in the tree; besides them only names below .example."""
# Put together, so that this file is not caught by its own rule.
_MACHINE = re.compile(r"(?<![\w.~:}-])/(?:" + "|".join(("work", "root", "home", "Users", "mnt", "srv")) + r")/[\w.-]+")
_HOST = re.compile(r"(?:https?|ftp)://(?:[^\s/@]*@)?([\w-]+(?:\.[\w-]+)*)")


def pages() -> Sources:
    """The pages people read."""
    return {path: text for path, text in texts().items() if path.startswith(PAGES) and path.endswith(".md")}


def commands() -> set[str]:
    """Names of the command line's commands: the files in ``baton/commands``."""
    return {PurePosixPath(path).stem.rstrip("_") for path in modules("baton") if path.startswith("baton/commands/")}


def asked(text: str) -> set[str]:
    """The commands a page calls: ``baton WORD`` in back-ticks or in a block of code."""
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return {word for part in code for word in re.findall(r"(?:^|[`$&|;\n] *|\s)baton (?:--\S+ )?([a-z][\w-]*)", part)}


def targets(makefile: str) -> set[str]:
    """The Makefile's targets."""
    return set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))


def makes(text: str) -> set[str]:
    """The targets a page calls: ``make WORD`` in back-ticks or in a block of code."""
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return {word for part in code for word in re.findall(r"(?:^|[`$\n] *|\s)make ([a-z][\w-]*)", part)}


def without_example(sources: Sources) -> list[str]:
    """Commands whose help has no example."""
    found = []
    for path, source in sources.items():
        for node in parsed(source).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            subcommand = any("command" in ast.unparse(d) for d in node.decorator_list)
            if (node.name == "command" or subcommand) and "Example" not in (ast.get_docstring(node) or ""):
                found.append(f"{path}: the help of {node.name} has no example")
    return found


def dead_links(sources: Sources) -> list[str]:
    """Links and paths in back-ticks that lead to no file of the tree."""
    found = []
    there = {p.relative_to(ROOT).as_posix() for p in ROOT.iterdir()} | set(texts())
    folders = {parent.as_posix() for path in texts() for parent in PurePosixPath(path).parents}
    for path, text in sources.items():
        here = PurePosixPath(path).parent
        links = {(here / link).as_posix() for link in re.findall(r"\]\((?!https?:)([^)#\s]+)", text)}
        tops = "|".join(sorted({p.split("/")[0] for p in texts() if "/" in p}))
        named = {name.rstrip("/") for name in re.findall(rf"`((?:{tops})/[\w./-]+)`", text)}
        found += [f"{path}: {name} is not there" for name in sorted(links | named) if name not in there | folders]
    return found


def machine_traces(sources: Sources) -> list[str]:
    """Paths of a machine, and hosts that are nobody's business."""
    found = []
    for path, text in sources.items():
        if path == "LICENSE":
            continue
        found += [f"{path}: {match[0]} is a path of a machine" for match in _MACHINE.finditer(text)]
        hosts = {match[1] for match in _HOST.finditer(text)}
        found += [f"{path}: the host {host}" for host in sorted(hosts) if host not in HOSTS and not host.endswith(".example")]
    return found


def test_two_commands_are_enough() -> None:
    """The README's first commands are `make demo` and `make test`, and the Makefile has every target a page calls."""
    readme = texts()["README.md"]
    assert {"demo", "test"} <= makes(readme)
    there = targets(texts()["Makefile"])
    assert {path: sorted(makes(text) - there) for path, text in pages().items() if makes(text) - there} == {}


def test_pages_call_commands_that_exist() -> None:
    """Each `baton …` on a page is a command there is."""
    there = commands() | {"home"}
    assert {path: sorted(asked(text) - there) for path, text in pages().items() if asked(text) - there} == {}


def test_every_command_stands_in_the_readme() -> None:
    """The README's table names every command."""
    named = set(re.findall(r"^\| `baton ([\w-]+)", texts()["README.md"], re.MULTILINE))
    assert sorted(commands() - named) == []
    assert sorted(named - commands()) == []


def test_every_command_has_an_example_in_its_help() -> None:
    """Whoever asks for help sees a line to copy."""
    sources = {p: s for p, s in modules("baton").items() if p.startswith(("baton/commands/", "baton/services/"))}
    assert without_example(sources) == []


def test_every_setting_is_documented() -> None:
    """Each setting stands on its page with its variable, and has a help text that ends like a sentence."""
    page = texts()["docs/settings.md"]
    for name, field in Settings.model_fields.items():
        assert f"| `{name}` | `BATON_{name.upper()}` |" in page, name
        assert field.description and field.description.endswith((".", ")")), name


def test_every_variable_a_text_names_is_a_setting() -> None:
    """Each BATON_… in code, pages and messages is a setting, or one of the tests' own switches."""
    known = {f"BATON_{name.upper()}" for name in Settings.model_fields} | {"BATON_NAME", "BATON_TESTS_ON", "BATON_REAL_DATA"}
    used = {(p, v) for p, t in texts().items() if not p.startswith("tests/house/") for v in re.findall(r"BATON_[A-Z]\w*", t)}
    assert sorted(f"{path}: {name}" for path, name in used if name not in known) == []


def test_every_topic_is_documented() -> None:
    """Each topic of the registry stands on its page, and in the architecture's account of the whole path."""
    for topic in registry(Settings.model_construct()):
        assert f"`{topic.name}`" in texts()["docs/topics.md"]
        assert topic.name in texts()["docs/architecture.md"]


def test_every_type_has_examples() -> None:
    """Each event type, fact kind and control record has golden examples."""
    there = {PurePosixPath(path).parent.name for path in texts() if path.startswith("schemas/examples/")}
    assert there == set(schemas())


def test_links_lead_somewhere() -> None:
    """Each link and each path on a page is a file or folder of the tree."""
    assert dead_links(pages()) == []


def test_decisions_are_numbered_and_whole() -> None:
    """Each decision has its own number, and says context, decision, what was dismissed and the consequences."""
    found = {path: text for path, text in texts().items() if path.startswith("docs/decisions/")}
    numbers = [PurePosixPath(path).name[:4] for path in found]
    assert found
    assert len(set(numbers)) == len(numbers)
    for path, text in found.items():
        for part in ("Context", "Decision", "Dismissed", "Consequences"):
            assert re.search(rf"^## {part}", text, re.MULTILINE), f"{path} lacks {part}"


def test_no_machine_shows() -> None:
    """No path of a machine and no host of a registry stands anywhere in the tree."""
    assert machine_traces(texts()) == []


def test_a_missing_example_is_caught() -> None:
    """Negative control: a command or subcommand without example is caught, another function is not asked."""
    bare = 'def command():\n    """Does."""\n@app.command("x")\ndef x():\n    """Does."""\ndef part():\n    """Does."""'
    assert len(without_example({"baton/commands/x.py": bare})) == 2


def test_calls_on_pages_are_found() -> None:
    """Negative control: commands and targets are found in back-ticks and blocks, words in prose are not."""
    page = (
        "Run `baton up --detach`, then\n```\n$ baton wait && baton sql 'x'\nmake demo LOG=x\n```\nbaton is fast, make haste."
    )
    assert (asked(page), makes(page)) == ({"up", "wait", "sql"}, {"demo"})


def test_a_dead_link_is_caught() -> None:
    """Negative control: a link or a path to nothing is caught, a living one is not."""
    assert len(dead_links({"docs/x.md": "[a](gone.md) and `streams/gone.py`"})) == 2
    assert dead_links({"docs/x.md": "[a](topics.md#x), `streams/worker_process.py`, [b](https://host.example/x)"}) == []


@pytest.mark.parametrize(
    "text", ["see /" + "root/x", "at /" + "home/me/log", "https://" + "packages.internal/simple", "http" + "://u:p@10.1.2.3/x"]
)
def test_a_trace_of_a_machine_is_caught(text: str) -> None:
    """Negative control: machine paths and hosts are caught, names below .example are not."""
    assert machine_traces({"docs/x.md": text})
    assert machine_traces({"docs/x.md": "https://broker.example/x and ~/.cache and tests/home/x"}) == []


def test_every_reason_of_a_dead_letter_has_its_mend() -> None:
    """On the page for other clients; a reason that stands there is one there is."""
    page = texts()["docs/cloudevents.md"]
    told = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE)
    assert {reason for reason, mend in told if mend.strip()} == set(PARK_REASONS)


def test_the_whole_event_on_the_page_can_be_sent() -> None:
    """With the key that the page gives it."""
    (example,) = re.findall(r"```json\n(.*?)```", texts()["docs/cloudevents.md"], re.DOTALL)
    event = decode(b"INC0012345", example.encode())
    assert (type(event).__name__, event.subject) == ("ItemMovedEvent", "INC0012345")


def test_the_query_for_dead_letters_is_the_one_that_commands_print() -> None:
    """A page that gives another one would say less, or something else."""
    assert WHICH in texts()["docs/cloudevents.md"].splitlines()
