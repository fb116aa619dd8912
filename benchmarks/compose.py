"""Read and compose every YAML file below a folder: the least that any check of them must do."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml


def compose(path: Path) -> bool:
    """Build the nodes of all documents in `path`; return whether it is well-formed."""
    try:
        for _ in yaml.compose_all(path.read_bytes(), Loader=yaml.CSafeLoader):
            pass
    except yaml.YAMLError:
        return False
    return True


if __name__ == "__main__":
    well_formed = [compose(path) for path in sorted(Path(sys.argv[1]).rglob("*.yaml"))]
    print(f"{len(well_formed)} files, {well_formed.count(False)} of them not well-formed")
