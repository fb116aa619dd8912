"""Make a schema anew: `python -m tests.schemas transformers`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import schedlint.schemas
from tests.schemas import history
from tests.schemas.releases import Source

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
OUT = Path(schedlint.schemas.__file__).parent


def main() -> None:
    """Make the schemas that the command line names, or all."""
    names = sorted(path.stem for path in (HERE / "descriptions").glob("*.toml"))
    parser = argparse.ArgumentParser(prog="python -m tests.schemas", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"of {', '.join(names)}; all without one")
    parser.add_argument("--archives", type=Path, help="keep the downloaded releases here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.name or names:
            make(name, options.archives or Path(scratch))


def make(name: str, archives: Path) -> None:
    """Write the schema of one framework, and say which keys have no description yet."""
    framework = import_module(f"tests.schemas.{name.replace('-', '_')}").FRAMEWORK
    with (HERE / "descriptions" / f"{name}.toml").open("rb") as file:
        said = tomllib.load(file)
    found = history.schema(framework, lambda release: Source(release, archives), said)
    text = json.dumps(history.ordered(found), indent=1, ensure_ascii=False)
    (OUT / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {text.count('x-since')} with a first release, {len(text) // 1024} KB")


main()
