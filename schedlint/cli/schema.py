"""`schedlint schema`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from schedlint.cli import options
from schedlint.frameworks import UnknownFramework, by_name
from schedlint.schemas import bundled, frameworks


def schema(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A framework, such as axolotl.")],
) -> None:
    """Print the JSON Schema of a framework's config, for editors and other tools.

    It is draft 2020-12. `x-since` and `x-until` tell the first release that may know a key, and the
    first that does not any more; keys that are gone are `deprecated`.
    """
    try:
        framework = by_name(name)
    except UnknownFramework as problem:
        options.usage_error(str(problem))
    found = bundled(framework.name)
    if found is None:
        known = ", ".join(frameworks())
        options.usage_error(f"there is no schema of {name}; there are those of {known}")
    print(json.dumps(found, indent=2, ensure_ascii=False))
