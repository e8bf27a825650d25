"""``python -m schemas.generate [--check]``: writes what is made from the models, the registry and the settings.

With ``--check`` nothing is written: exit code 1 names each file that is out of date and how to mend it.
"""

import json
import sys
from pathlib import Path

from schemas import asyncapi, json_schema, pages
from schemas.settings import Settings
from schemas.struct_files import struct_sources
from schemas.topics import registry

ROOT = Path(__file__).parent.parent
MEND = "python -m schemas.generate"
SCHEMAS, STRUCTS = Path("schemas/json"), Path("schemas/structs")


def documents() -> dict[Path, str]:
    """Every generated file: path below the project's root → text. Takes the defaults, whatever this machine's settings are."""
    topics = registry(Settings.model_construct())
    found = {SCHEMAS / f"{name}.json": _json(schema) for name, schema in json_schema.schemas().items()}
    found |= {STRUCTS / name: text for name, text in struct_sources().items()}
    return found | {
        Path("schemas/asyncapi.json"): _json(asyncapi.document(topics)),
        Path("docs/topics.md"): pages.topics_page(topics),
        Path("docs/settings.md"): pages.settings_page(),
        Path("docs/counters.md"): pages.counters_page(),
    }


def out_of_date(root: Path) -> list[str]:
    """What differs below ``root``, one line each; files in its folders that nothing makes any more included."""
    wanted = documents()
    wrong = [
        f"{path}: {'out of date' if (root / path).is_file() else 'missing'}" for path in wanted if _differs(root, path, wanted)
    ]
    return wrong + [f"{path}: belongs to no type" for path in _left_over(root, wanted)]


def write(root: Path) -> list[Path]:
    """Write what differs below ``root`` and delete what is left over; the paths that changed."""
    wanted = documents()
    changed = [path for path in wanted if _differs(root, path, wanted)]
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(wanted[path], encoding="utf-8")
    gone = _left_over(root, wanted)
    for path in gone:
        (root / path).unlink()
    return changed + gone


def _differs(root: Path, path: Path, wanted: dict[Path, str]) -> bool:
    return not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != wanted[path]


def _left_over(root: Path, wanted: dict[Path, str]) -> list[Path]:
    made = [*sorted((root / SCHEMAS).glob("*.json")), *sorted((root / STRUCTS).glob("*.py"))]
    return [path.relative_to(root) for path in made if path.relative_to(root) not in wanted]


def _json(tree: object) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def main(words: list[str], root: Path = ROOT) -> int:
    """The command; gives the exit code."""
    if words not in ([], ["--check"]):
        sys.stderr.write(f"usage: {MEND} [--check]\n")
        return 2
    if words:
        wrong = out_of_date(root)
        sys.stderr.writelines(f"{line}\n" for line in wrong)
        if wrong:
            sys.stderr.write(f"mend: run `{MEND}` and commit what it writes\n")
        return int(bool(wrong))
    sys.stdout.writelines(f"wrote {path}\n" for path in write(root))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
