"""Public parser suites and real configs: no crash, no lost position, the loader's own values."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from schedlint.source import (
    Mapping,
    Node,
    ReadError,
    Scalar,
    Sequence,
    SourceFile,
    nodes,
    read,
    read_text,
)

Construct = Callable[[Node | None], object]
PLAIN_TAGS = (None, "!", *(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq")))
VISIBLE = {"␣": " ", "↵": "", "∎\n": "", "←": "\r", "⇔": "\ufeff", "»": "\t", "—": ""}


@pytest.fixture(scope="module")
def suites(shared: Path) -> Path:
    """Return the folder of the suites; skip where it is absent."""
    path = shared / "suites"
    if not path.is_dir():
        pytest.skip(f"needs the suites in {path}")
    return path


def yaml_cases(folder: Path) -> Iterator[tuple[str, str]]:
    """The name and the text of each case of the YAML suite."""
    for path in sorted(folder.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))):
            text = case.get("yaml")
            if text is None:
                continue
            for sign, meant in VISIBLE.items():
                text = text.replace(sign, meant)
            yield f"{path.stem}-{number}", text


def pyyaml_accepts(text: str) -> bool:
    """Whether libyaml reads the text; where an anchor appears twice we read on."""
    try:
        list(yaml.compose_all(text, yaml.CSafeLoader))
    except yaml.composer.ComposerError as error:
        return "duplicate anchor" in str(error)
    except yaml.YAMLError:
        return False
    return True


def loaded(text: str, loader: type = yaml.CSafeLoader) -> list[object] | None:
    """What PyYAML makes of the documents; None where it does not know what to make."""
    try:
        return list(yaml.load_all(text, loader))
    except (yaml.YAMLError, ValueError, TypeError):
        return None


def comparable(file: SourceFile) -> bool:
    """Whether our plain construction means to build the same: no sets, no ordered maps."""
    roots = [document.root for document in file.documents if document.root is not None]
    return all(
        node.tag in PLAIN_TAGS
        for root in roots
        for node in nodes(root)
        if isinstance(node, Mapping | Sequence)
    )


def assert_spans(file: SourceFile) -> None:
    """Every node lies within the text, and every child within its parent unless aliased."""
    for document in file.documents:
        for node in nodes(document.root) if document.root is not None else ():
            assert 0 <= node.start <= node.end <= len(file.text)
            assert node.end == node.start or not node.source[0].isspace()
            places = node.items if isinstance(node, Sequence) else ()
            for item in node.entries if isinstance(node, Mapping) else places:
                assert node.start <= item.start <= item.end <= node.end


def test_yaml_suite(suites: Path, construct: Construct) -> None:
    """Each case of the YAML suite is read or refused as PyYAML does, with its values."""
    cases = list(yaml_cases(suites / "yaml-test-suite" / "src"))
    compared = 0
    for name, text in cases:
        if not pyyaml_accepts(text):
            with pytest.raises(ReadError) as caught:
                read_text(text, name + ".yaml")
            assert caught.value.line is not None, name
            continue
        file = read_text(text, name + ".yaml")
        assert_spans(file)
        expected = loaded(text, yaml.SafeLoader)
        if expected is not None and comparable(file):
            found = [construct(document.root) for document in file.documents]
            assert repr(found) == repr(expected or [None]), name
            compared += 1
    assert len(cases) > 350
    assert compared > 150


def test_json_suite(suites: Path, construct: Construct) -> None:
    """Each case of the JSON suite has json's values, or is refused or read leniently."""
    paths = sorted((suites / "json-test-suite" / "test_parsing").glob("*.json"))
    for path in paths:
        try:
            file = read(path)
        except ReadError as error:
            assert not path.name.startswith("y_"), path.name
            assert error.line is not None
            continue
        try:
            expected = json.loads(file.text.removeprefix("\ufeff"))
        except ValueError:
            digits = any(
                isinstance(node, Scalar) and len(node.text) > 4000
                for node in nodes(file.documents[0].root)  # type: ignore[arg-type]
            )
            assert file.deviations or digits, path.name
            continue
        assert not file.deviations, path.name
        assert repr(construct(file.documents[0].root)) == repr(expected), path.name
        assert_spans(file)
    assert len(paths) > 300


def corpus(shared: Path, suffixes: tuple[str, ...], every: int) -> list[Path]:
    """A fair share of the real configs."""
    paths = sorted(path for path in (shared / "corpus").rglob("*") if path.suffix in suffixes)
    return paths[::every]


def test_real_configs(shared: Path, construct: Construct) -> None:
    """Real YAML files have PyYAML's values and sound spans."""
    for path in corpus(shared, (".yaml", ".yml"), 4):
        text = path.read_text(encoding="utf-8")
        if not pyyaml_accepts(text):
            with pytest.raises(ReadError):
                read(path)
            continue
        file = read(path)
        assert file.text == text
        assert_spans(file)
        expected = loaded(text)
        if expected is not None:
            found = [construct(document.root) for document in file.documents]
            assert repr(found) == repr(expected or [None]), path


def test_scalars_of_real_configs_read_alone(shared: Path) -> None:
    """The source of each scalar on one line, key or value, reads as that scalar by itself."""
    count = 0
    for path in corpus(shared, (".yaml", ".yml"), 9):
        file = read(path)
        for document in file.documents:
            for node in nodes(document.root) if document.root is not None else ():
                if not isinstance(node, Scalar) or "\n" in node.source or not node.source:
                    continue
                if node.source.startswith("*"):
                    continue
                alone = read_text(node.source, "x.yaml").documents[0].root
                assert isinstance(alone, Scalar), node
                assert (alone.text, alone.style) == (node.text, node.style), node
                count += 1
    assert count > 5000


def test_real_json(shared: Path, construct: Construct) -> None:
    """Real JSON files have json's values."""
    for path in corpus(shared, (".json",), 1):
        file = read(path)
        if not file.deviations:
            expected = json.loads(file.text.removeprefix("\ufeff"))
            assert repr(construct(file.documents[0].root)) == repr(expected), path


def test_comparison_would_notice(construct: Construct) -> None:
    """The comparison by repr tells types and not-a-number apart."""
    document = read_text("[1, 1.0, true, .nan, '1']", "x.yaml").documents[0]
    assert repr(construct(document.root)) == repr([1, 1.0, True, math.nan, "1"])
