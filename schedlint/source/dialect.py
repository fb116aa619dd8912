"""What a scalar means: the same text is a number to one loader and a string to the next."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from schedlint.source.limits import MAX_DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from schedlint.source.tree import Scalar

__all__ = [
    "JSON",
    "OMEGACONF",
    "PYTHON",
    "TOML",
    "YAML11",
    "YAML12",
    "Dialect",
    "Malformed",
    "dialect",
]

_CORE = "tag:yaml.org,2002:"

Resolvers = dict[str, list[tuple[str, "re.Pattern[str]"]]]


class Malformed:
    """A value that the loader would refuse: what is written and why it is refused."""

    __slots__ = ("reason", "text")

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        self.reason = reason

    def __repr__(self) -> str:
        return f"Malformed({self.text!r}, {self.reason!r})"


class Dialect:
    """How one loader reads scalars. `name` is what `dialect()` finds it under."""

    def __init__(self, name: str) -> None:
        self.name = name

    def resolve(self, scalar: Scalar) -> object:
        """The value of a scalar; `Malformed` where the loader would raise."""
        raise NotImplementedError(f"{type(self).__name__}.resolve")

    def __repr__(self) -> str:
        return f"<Dialect {self.name}>"


class YamlDialect(Dialect):
    """A YAML loader: which plain texts have a type, and how a text of that type is read.

    Both come as functions, called at the first scalar, so that no loader is imported before.
    """

    def __init__(
        self,
        name: str,
        resolvers: Callable[[], Resolvers],
        constructors: Callable[[], dict[str, Callable[[str], object]]],
    ) -> None:
        super().__init__(name)
        self._make = (resolvers, constructors)
        self._resolvers: Resolvers | None = None
        self._constructors: dict[str, Callable[[str], object]] = {}

    def resolve(self, scalar: Scalar) -> object:
        """The value of a scalar; its text when only the framework knows the tag."""
        tag = scalar.tag
        if tag is None or tag == "!":
            # "!" alone asks for the implicit type, in quotes too (yaml parser.py:parse_node).
            if tag is None and scalar.style != "plain":
                return scalar.text
            tag = self.implicit_tag(scalar.text)
        if tag == _CORE + "str" or not tag.startswith(_CORE):
            return scalar.text
        return self.construct(tag, scalar.text)

    def implicit_tag(self, text: str) -> str:
        """The tag that a plain text without one gets."""
        if self._resolvers is None:
            resolvers, constructors = self._make
            self._resolvers, self._constructors = resolvers(), constructors()
        for tag, pattern in self._resolvers.get(text[:1], ()):
            if pattern.match(text):
                return tag
        return _CORE + "str"

    def construct(self, tag: str, text: str) -> object:
        """A text read as the type that a tag of YAML's own asks for."""
        self.implicit_tag("")
        kind = tag.removeprefix(_CORE)
        constructor = self._constructors.get(kind)
        if constructor is None:
            return text if kind.startswith("python/") else Malformed(text, f"no value for !!{kind}")
        try:
            return constructor(text)
        except (ValueError, LookupError, AttributeError, ArithmeticError) as error:
            # What PyYAML's constructors raise for a text that is not of the type.
            return Malformed(text, f"not a value for !!{kind} ({error})")


class JsonDialect(Dialect):
    """Python's json module."""

    _WORDS = {  # noqa: RUF012 - a table, not state
        "true": True,
        "false": False,
        "null": None,
        "NaN": float("nan"),
        "Infinity": float("inf"),
        "-Infinity": float("-inf"),
    }

    def resolve(self, scalar: Scalar) -> object:
        """The value of a scalar that the JSON reader made."""
        text = scalar.text
        if scalar.style == "json-word":
            return self._WORDS[text]
        if scalar.style != "json-number":
            return text
        if not text.lstrip("-").isdecimal():
            return float(text)
        if len(text) > MAX_DIGITS:
            return Malformed(text, f"an integer of more than {MAX_DIGITS} digits")
        return int(text)


class TomlDialect(Dialect):
    """Python's tomllib."""

    def resolve(self, scalar: Scalar) -> object:
        """The value of a scalar that the TOML reader made; tomllib reads its source again."""
        if scalar.style != "toml-value":
            return scalar.text
        from schedlint.source.toml import toml_value

        return toml_value(scalar.source)


class PythonDialect(Dialect):
    """Python's own literals."""

    def resolve(self, scalar: Scalar) -> object:
        """The value of a scalar that the Python reader made."""
        if scalar.style != "python-value" or scalar.tag is not None:
            return scalar.text
        from schedlint.source.python import python_value

        return python_value(scalar.text)


def _pyyaml_resolvers() -> Resolvers:
    import yaml

    return {first: list(pairs) for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def _pyyaml_constructors() -> dict[str, Callable[[str], object]]:
    """PyYAML's own constructors: its quirks are what a config meets."""
    import yaml

    constructor = yaml.constructor.SafeConstructor()

    def read_by(method: Any) -> Callable[[str], object]:
        def read(text: str) -> object:
            try:
                value: object = method(constructor, yaml.ScalarNode("", text))
            except yaml.YAMLError as error:
                raise ValueError(str(error)) from error
            return value

        return read

    kinds = ("null", "bool", "int", "float", "binary", "timestamp", "str")
    return {kind: read_by(constructor.yaml_constructors[_CORE + kind]) for kind in kinds}


# omegaconf _yaml.py:get_yaml_loader: a float needs no dot, and there are no timestamps.
_OMEGACONF_FLOAT = re.compile(
    r"""^(?:[-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
        |[-+]?[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+)
        |\.[0-9]+(?:_[0-9]+)*(?:[eE][-+][0-9]+)?
        |[-+]?[0-9]+(?:_[0-9]+)*(?::[0-5]?[0-9])+\.[0-9_]*
        |[-+]?\.(?:inf|Inf|INF)
        |\.(?:nan|NaN|NAN))$""",
    re.X,
)


def _omegaconf_resolvers() -> Resolvers:
    """PyYAML's resolvers as OmegaConf changes them: its float is tried after all others."""
    timestamp, number = _CORE + "timestamp", (_CORE + "float", _OMEGACONF_FLOAT)
    kept = {
        first: [pair for pair in pairs if pair[0] != timestamp]
        for first, pairs in _pyyaml_resolvers().items()
    }
    for first in "-+0123456789.":
        kept.setdefault(first, []).append(number)
    return kept


# ruamel.yaml resolver.py:implicit_resolvers for YAML 1.2, its default version.
_YAML12_PATTERNS = (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    (
        "float",
        r"""^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+]?[0-9]+)?
            |[-+]?(?:[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)
            |[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?
            |[-+]?\.(?:inf|Inf|INF)
            |\.(?:nan|NaN|NAN))$""",
        "-+0123456789.",
    ),
    (
        "int",
        r"^(?:[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$",
        "-+0123456789",
    ),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN"),
)


def _yaml12_resolvers() -> Resolvers:
    resolvers: Resolvers = {"": []}
    for kind, pattern, firsts in _YAML12_PATTERNS:
        pair = (_CORE + kind, re.compile(pattern, re.X))
        for first in [*firsts, *([""] if kind == "null" else [])]:
            resolvers.setdefault(first, []).append(pair)
    for first, pairs in _pyyaml_resolvers().items():
        shared = [pair for pair in pairs if pair[0] in (_CORE + "timestamp", _CORE + "value")]
        resolvers.setdefault(first, []).extend(shared)
    return resolvers


# ruamel.yaml util.py:create_timestamp rounds to microseconds where PyYAML cuts off.
_SEVENTH_DIGIT = re.compile(r"\.[0-9]{6}[5-9]")


def _yaml12_constructors() -> dict[str, Callable[[str], object]]:
    constructors = _pyyaml_constructors()
    pyyaml_bool, pyyaml_timestamp = constructors["bool"], constructors["timestamp"]

    def read_bool(text: str) -> object:
        return text.lower() == "y" if text.lower() in ("y", "n") else pyyaml_bool(text)

    def read_timestamp(text: str) -> object:
        value, rest = pyyaml_timestamp(text), _SEVENTH_DIGIT.search(text)
        if rest is not None and isinstance(value, datetime):
            value += timedelta(microseconds=1)
        return value

    return {
        **constructors,
        "bool": read_bool,
        "int": _yaml12_int,
        "float": _yaml12_float,
        "timestamp": read_timestamp,
    }


def _yaml12_int(text: str) -> int:
    """ruamel.yaml constructor.py:construct_yaml_int: a leading 0 is no octal, `0o` is."""
    digits = text.replace("_", "")
    sign = -1 if digits[0] == "-" else 1
    digits = digits[1:] if digits[0] in "+-" else digits
    base = {"0b": 2, "0x": 16, "0o": 8}.get(digits[:2], 10)
    return sign * int(digits if base == 10 else digits[2:], base)


def _yaml12_float(text: str) -> float:
    """ruamel.yaml constructor.py:construct_yaml_float: no sexagesimals."""
    digits = text.replace("_", "").lower()
    sign = -1 if digits[0] == "-" else 1
    digits = digits[1:] if digits[0] in "+-" else digits
    return sign * float(digits.removeprefix(".") if digits in (".inf", ".nan") else digits)


YAML11 = YamlDialect("yaml11", _pyyaml_resolvers, _pyyaml_constructors)
"""PyYAML's SafeLoader: `1e-5` is a string, `yes` is true, `010` is 8."""

OMEGACONF = YamlDialect("omegaconf", _omegaconf_resolvers, _pyyaml_constructors)
"""OmegaConf and Hydra: as YAML11, but `1e-5` is a float and dates are strings."""

YAML12 = YamlDialect("yaml12", _yaml12_resolvers, _yaml12_constructors)
"""ruamel.yaml's default: `1e-5` is a float, `yes` a string, `010` is 10."""

JSON = JsonDialect("json")
"""Python's json module."""

TOML = TomlDialect("toml")
"""Python's tomllib."""

PYTHON = PythonDialect("python")
"""Python's own literals, in a config that is a Python file."""

_DIALECTS = {each.name: each for each in (YAML11, OMEGACONF, YAML12, JSON, TOML, PYTHON)}


def dialect(name: str) -> Dialect:
    """The dialect of that name; KeyError names the ones there are."""
    found = _DIALECTS.get(name)
    if found is None:
        raise KeyError(f"no dialect {name!r}: there are {', '.join(_DIALECTS)}")
    return found
