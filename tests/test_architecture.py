"""The house: who may know whom, and what a plain check may cost to start."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
HOMES = {"schedlint": TOP / "schedlint", "schedlint_rules": TOP / "rules" / "schedlint_rules"}


def modules() -> dict[str, Path]:
    """Every module of the two packages by its dotted name."""
    found = {}
    for package, home in HOMES.items():
        for path in sorted(home.rglob("*.py")):
            parts = path.relative_to(home).with_suffix("").parts
            name = ".".join([package, *parts]).removesuffix(".__init__")
            found[name] = path
    return found


MODULES = modules()


def imports(name: str, *, at_start_only: bool = False) -> Iterator[tuple[str, str]]:
    """What a module imports: the module, and the name that is taken from it.

    Imports for the type checker alone do not count; `at_start_only` leaves out those in functions.
    """
    pending: list[ast.AST] = [ast.parse(MODULES[name].read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import hides where it leads"
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        elif not (at_start_only and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))):
            pending.extend(ast.iter_child_nodes(node))


def house_imports(name: str) -> set[str]:
    """The modules of the house that a module imports, in functions too."""
    found = set()
    for module, attribute in imports(name):
        inner = f"{module}.{attribute}"
        if module.split(".")[0] in HOMES:
            found.add(inner if inner in MODULES else module)
    return found


# Which parts of the house a part may import, itself aside. Whatever is not listed lies on top.
ARROWS = {
    "schedlint.source": (),
    "schedlint.plan": (),
    "schedlint.project": (),  # knows folders, and nothing of what lies in them
    "schedlint.fixes": ("schedlint.source", "schedlint.project"),
    "schedlint.reading": ("schedlint.source", "schedlint.plan"),
    "schedlint.frameworks": (
        "schedlint.source",
        "schedlint.plan",
        "schedlint.reading",
        "schedlint.project",
    ),
    "schedlint.schemas": ("schedlint.source", "schedlint.plan", "schedlint.reading"),
    "schedlint_rules": ("schedlint.rules", "schedlint.plan"),
}
ON_TOP = ("schedlint.reports", "schedlint.cli", "schedlint.server")


def within(name: str, part: str) -> bool:
    """Whether a module is a part or lies in it."""
    return name == part or name.startswith(f"{part}.")


@pytest.mark.parametrize("name", MODULES)
def test_imports_follow_the_arrows(name: str) -> None:
    """Text knows nothing of training, numbers nothing of files, frameworks nothing of rules."""
    for part, allowed in ARROWS.items():
        if within(name, part):
            for imported in house_imports(name):
                assert any(within(imported, each) for each in (part, *allowed)), imported


@pytest.mark.parametrize("name", MODULES)
def test_nothing_below_imports_what_is_on_top(name: str) -> None:
    """Reports know findings, the command line knows reports; nobody else knows them."""
    if name in ("schedlint.__main__",):
        return
    for position, part in enumerate(ON_TOP):
        if not any(within(name, above) for above in ON_TOP[position:]):
            assert not [each for each in house_imports(name) if within(each, part)]


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, "schedlint_rules")])
def test_rules_use_public_names_only(name: str) -> None:
    """The rules in the box reach the engine as anybody else's would."""
    import schedlint.plan
    import schedlint.rules

    public = {
        "schedlint.plan": schedlint.plan.__all__,
        "schedlint.rules": schedlint.rules.__all__,
    }
    for module, attribute in imports(name):
        if module.split(".")[0] == "schedlint":
            assert attribute in public[module], f"{module}.{attribute}"


@pytest.mark.parametrize("name", MODULES)
def test_modules(name: str) -> None:
    """A module says what it is, is no drawer, and has a size that fits a head."""
    text = MODULES[name].read_text(encoding="utf-8")
    assert name.rpartition(".")[2] not in {"utils", "helpers", "common", "misc"}
    assert ast.get_docstring(ast.parse(text))
    assert text.count("\n") <= 400


def test_the_test_sees_the_house() -> None:
    """The tests above look at all parts, and at imports in functions."""
    assert {"schedlint.source.read", "schedlint.plan.solver", "schedlint.cli.check"} <= set(MODULES)
    assert "schedlint.source.json" in house_imports("schedlint.source.read")
    assert any(within(name, "schedlint_rules") for name in MODULES)


# Each costs more than the whole check of a file.
TOO_DEAR = (
    "asyncio",
    "concurrent.futures",
    "importlib.metadata",
    "jsonschema",
    "logging",
    "matplotlib",
    "packaging",
    "pydantic",
    "rich",
    "ruamel",
    "schedlint.fixing",
    "tempfile",
    "tomlkit",
    "unicodedata",
)

# typer imports these itself (typer/core.py, typer/main.py): the command line cannot avoid them, but
# the engine without it can.
BROUGHT_BY_TYPER = ("difflib", "inspect", "shellingham", "subprocess")

CLEAN = {
    "transformers": "output_dir: x\nper_device_train_batch_size: 4\nmax_steps: 9\nsave_steps: 3\n"
    "lr_scheduler_type: cosine\nwarmup_ratio: 0.1\neval_strategy: epoch\n",
    "deepspeed": "train_micro_batch_size_per_gpu: 4\nzero_optimization: {stage: 2}\n",
    "axolotl": "base_model: x\ndatasets: [{path: x}]\nmicro_batch_size: 2\nmax_steps: 9\n",
}


def loaded(folder: Path, *arguments: str) -> set[str]:
    """The modules that a command has imported when it ends, those of Python's start aside."""
    code = (
        "import json, sys; before = set(sys.modules)\n"
        "from schedlint.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))\n"
    )
    paths = os.pathsep.join([str(TOP), str(TOP / "rules")])
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def reached_from(name: str) -> set[str]:
    """A module and those that importing it imports."""
    found: set[str] = set()
    pending = [name]
    while pending:
        module = pending.pop()
        if module not in found and module in MODULES:
            found.add(module)
            for imported, attribute in imports(module, at_start_only=True):
                pending += [imported, f"{imported}.{attribute}"]
    return found


@pytest.mark.parametrize("framework", CLEAN)
def test_plain_check_imports_little(tmp_path: Path, framework: str) -> None:
    """A clean YAML file costs its framework and what that builds on, and none of what is dear."""
    (tmp_path / "clean.yaml").write_text(CLEAN[framework])
    got = loaded(tmp_path, "check", "clean.yaml")
    assert not [name for name in got if any(within(name, dear) for dear in TOO_DEAR)]
    module = f"schedlint.frameworks.{framework}.keys"
    needed = reached_from("schedlint.engine") | reached_from(module)
    own = {name for name in got if within(name, "schedlint.frameworks")}
    packages = {name.rpartition(".")[0] for name in needed}
    assert own <= needed | packages
    assert module in own


@pytest.mark.parametrize(
    "name",
    [name for name in MODULES if not within(name, "schedlint.cli") and name != "schedlint.testing"],
)
def test_dear_modules_are_imported_where_they_are_used(name: str) -> None:
    """Importing a module of the engine imports none of what only some runs need."""
    for module, _ in imports(name, at_start_only=True):
        assert not any(within(module, dear) for dear in (*TOO_DEAR, *BROUGHT_BY_TYPER)), module


def test_rules_that_are_not_chosen_are_not_imported(tmp_path: Path) -> None:
    """Of the rules in the box, the chosen ones alone are imported."""
    (tmp_path / "clean.yaml").write_text(CLEAN["transformers"])
    got = loaded(tmp_path, "check", "clean.yaml", "--select", "SL301")
    rules = [name for name in got if name.count(".") == 2 and within(name, "schedlint_rules")]
    assert rules == ["schedlint_rules.schedule.warmup_outlasts_training"]
