"""Documents as people write them: any style next to any other, with comments wherever they may be.

The texts are put together, not dumped: what matters is how they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

__all__ = ["json_texts", "toml_texts", "yaml_texts"]

_KEYS = ("lr", "max_steps", "model", "data", "optimizer", "betas", "name", "fp16", "warmup", "x")
_COMMENTS = ("a comment", "lr: 1e-5", "", "it's {odd}: [", 'quote " here', "größer", "- a # b")
_BLANKS = ("", "", "", "\n", "\n\n", "  \n")

Draw = Callable[[st.SearchStrategy[Any]], Any]


class _Writer:
    """What all formats need: choices, comments, and keys that differ."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def one_of(self, choices: Sequence[str]) -> str:
        chosen: str = self.draw(st.sampled_from(choices))
        return chosen

    def chance(self, one_in: int) -> bool:
        return bool(self.draw(st.integers(0, one_in - 1)) == one_in - 1)

    def some(self, low: int, high: int) -> int:
        number: int = self.draw(st.integers(low, high))
        return number

    def keys(self, low: int, high: int) -> list[str]:
        return [*self.draw(st.permutations(_KEYS))][: self.some(low, high)]

    def comment(self, sign: str = "#") -> str:
        return f"{sign}{self.one_of((' ', '', '  '))}{self.one_of(_COMMENTS)}"

    def finish(self, text: str) -> str:
        """With the line ends, the mark and the last line end of some editor."""
        if self.chance(4):
            text = text.rstrip("\n")
        if self.chance(4):
            text = text.replace("\n", "\r\n")
        return "\ufeff" + text if self.chance(6) else text


class _Yaml(_Writer):
    """YAML, line by line; anchors are known to the aliases below them."""

    PLAIN = ("1", "1_000", "1e-5", "1.0e-5", "0.1", "true", "True", "yes", "~", "null", "a text")
    QUOTED = ("'one'", '"two"', "'it''s'", '"tab\\t"', "''", '"a # b"', "'a: b'", '"é"')
    BARE = ("path/to-file.yaml", "-5", "2024-01-01", "12:30", "a#b", "http://x.y/z", "- 1"[2:])
    TAGGED = ("!ref <lr>", "!!str 5", "!!float 1", "!name:torch.nn.ReLU", "!!null")
    LONG = ("plain over\n{}lines", '"double over\n{}lines"', "'single\n\n{}lines'")
    BLOCK = ("|", ">", "|-", ">+", "|+", "|2", ">-", "|  # kept")

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
        self.scalars: list[str] = []
        self.mappings: list[str] = []
        self.anchors = 0

    def text(self) -> str:
        parts = []
        for number in range(self.some(1, 2) if self.chance(5) else 1):
            self.scalars, self.mappings = [], []
            start = "---\n" if number or self.chance(4) else ""
            body = self.block_sequence("", 0) if self.chance(6) else self.block_mapping("", 0)
            end = "...\n" if self.chance(8) else ""
            parts.append(start + self.above("") + body + self.above("") + end)
        return self.finish("".join(parts))

    def above(self, indent: str) -> str:
        """Blank lines and comments between others."""
        comment = f"{indent}{self.comment()}\n" if self.chance(4) else ""
        return self.one_of(_BLANKS) + comment + (self.one_of(_BLANKS) if comment else "")

    def line_end(self) -> str:
        if self.chance(4):
            return f"{self.one_of((' ', '  ', chr(9)))}{self.comment()}\n"
        return self.one_of(("\n", "\n", "\n", " \n"))

    def anchor(self, known: list[str]) -> str:
        if not self.chance(5):
            return ""
        self.anchors += 1
        known.append(f"a{self.anchors}")
        return f"&a{self.anchors} "

    def key(self, name: str) -> str:
        key = self.one_of((name, name, name, f"'{name}'", f'"{name}"'))
        return key + self.one_of(("", "", "", " ")) + ":"

    def block_mapping(self, indent: str, depth: int, lead: str | None = None) -> str:
        """A mapping in lines. `lead` stands before the first key in the place of its indent."""
        lines = []
        merge = self.mappings and self.chance(3)
        names = self.keys(1, 4)
        if merge:
            names.insert(self.some(0, 1), "<<")
        for number, name in enumerate(names):
            first = number == 0 and lead is not None
            above = "" if first else self.above(indent)
            before = lead if first else indent
            if name == "<<":
                value = f" *{self.one_of(self.mappings)}{self.line_end()}"
                lines.append(f"{above}{before}<<:{value}")
            else:
                lines.append(f"{above}{before}{self.key(name)}{self.value(indent, depth)}")
        return "".join(lines)

    def block_sequence(self, indent: str, depth: int) -> str:
        dash = self.one_of(("- ", "- ", "-   "))
        lines = []
        for _ in range(self.some(1, 3)):
            inner = indent + " " * len(dash)
            above = self.above(indent)
            if self.chance(3):
                lines.append(above + self.block_mapping(inner, depth + 1, lead=indent + dash))
            elif self.chance(8):
                lines.append(f"{above}{indent}-{self.line_end()}")
            else:
                value = self.scalar(inner) + self.line_end() if depth > 2 else self.inline(inner)
                lines.append(f"{above}{indent}{dash}{value}")
        return "".join(lines)

    def value(self, indent: str, depth: int) -> str:
        """What follows a colon, to the end of its last line."""
        kind = self.some(0, 9 if depth < 3 else 6)
        if kind == 0:
            return self.line_end()
        if kind == 1:
            header = self.one_of(self.BLOCK)
            lines = "".join(f"{indent}  {each}\n" for each in ("first # no comment", "", "last"))
            return f" {header}\n{lines}{self.one_of(_BLANKS)}"
        if kind < 7:
            return f"{self.one_of((' ', ' ', '   '))}{self.inline(indent)}"
        anchors: list[str] = []
        if kind == 7:
            anchor = self.anchor(anchors)
            inner = indent + self.one_of(("", "  "))
            return f" {anchor}".rstrip() + self.line_end() + self.block_sequence(inner, depth + 1)
        anchor = self.anchor(anchors)
        inner = indent + self.one_of(("  ", "  ", "    "))
        text = f" {anchor}".rstrip() + self.line_end() + self.above(inner)
        text += self.block_mapping(inner, depth + 1)
        self.mappings += anchors
        return text

    def inline(self, indent: str) -> str:
        if self.chance(4):
            return self.flow(indent, 0) + self.line_end()
        return self.scalar(indent) + self.line_end()

    def scalar(self, indent: str) -> str:
        if self.scalars and self.chance(4):
            return f"*{self.one_of(self.scalars)}"
        if self.chance(12):
            return self.one_of(self.LONG).format(f"{indent}  ")
        if self.chance(10):
            return self.one_of(self.TAGGED)
        known: list[str] = []
        text = self.anchor(known) + self.one_of(self.PLAIN + self.QUOTED + self.BARE)
        self.scalars += known
        return text

    def flow(self, indent: str, depth: int) -> str:
        """A collection in brackets, in one line or in several with comments."""
        is_map = self.chance(2)
        if is_map:
            items = [
                f"{self.flow_key(name)}{self.flow_value(indent, depth)}" for name in self.keys(1, 3)
            ]
        else:
            items = [self.flow_value(indent, depth) for _ in range(self.some(0, 3))]
        opening, closing = ("{", "}") if is_map else ("[", "]")
        if depth == 0 and items and self.chance(3):
            inner = f"\n{indent}  "
            ends = [self.one_of(("", "", f" {self.comment()}")) for _ in items]
            lines = [f"{inner}{item},{end}" for item, end in zip(items, ends, strict=True)]
            if self.chance(2):
                lines[-1] = f"{inner}{items[-1]}{ends[-1]}"
            return f"{opening}{''.join(lines)}\n{indent}  {closing}"
        blank = self.one_of(("", "", " ")) if items else ""
        comma = self.one_of((", ", ", ", ","))
        last = "," if items and self.chance(8) else ""
        return f"{opening}{blank}{comma.join(items)}{last}{blank}{closing}"

    def flow_key(self, name: str) -> str:
        return self.one_of((f"{name}: ", f"{name}: ", f'"{name}": ', f'"{name}":', f"{name} : "))

    def flow_value(self, indent: str, depth: int) -> str:
        if depth < 2 and self.chance(4):
            return self.flow(indent, depth + 1)
        return self.one_of((*self.PLAIN, *self.QUOTED, "!ref <a>"))


@st.composite
def yaml_texts(draw: Draw) -> str:
    """YAML in blocks and brackets, with anchors, merges, and all kinds of scalars."""
    return _Yaml(draw).text()


class _Json(_Writer):
    """JSON, as several printers and people indent it; some of it for lenient readers only."""

    SCALARS = (
        "1",
        "-2.5",
        "1e-5",
        "1E+3",
        "true",
        "null",
        '"x"',
        '"a // b"',
        '"\\u00e9"',
        '"a, b"',
    )

    def text(self) -> str:
        self.lenient = self.chance(3)
        self.indent = self.one_of(("", "  ", "\t", "    "))
        self.colon = self.one_of((": ", ": ", ":", " : "))
        self.comma = "," if not self.indent and self.chance(2) else ", "
        return self.finish(self.object("", 0) + "\n")

    def object(self, indent: str, depth: int) -> str:
        items = [self.pair(name, indent, depth) for name in self.keys(0 if depth else 1, 4)]
        if items and self.chance(8):
            items.append(self.pair("lr", indent, depth))
        return self.wrapped("{}", items, indent)

    def pair(self, name: str, indent: str, depth: int) -> str:
        key = name if self.lenient and self.chance(4) else f'"{name}"'
        return f"{key}{self.colon}{self.value(indent + self.indent, depth + 1)}"

    def value(self, indent: str, depth: int) -> str:
        if depth < 4 and self.chance(4):
            return self.object(indent, depth)
        if depth < 4 and self.chance(4):
            items = [self.value(indent + self.indent, depth + 1) for _ in range(self.some(0, 3))]
            return self.wrapped("[]", items, indent)
        return self.one_of(self.SCALARS)

    def wrapped(self, brackets: str, items: list[str], indent: str) -> str:
        opening, closing = brackets[0], brackets[1]
        last = "," if items and self.lenient and self.chance(3) else ""
        if not self.indent or not items or self.chance(5):
            blank = self.one_of(("", "", " "))
            return f"{opening}{blank}{self.comma.join(items)}{last}{blank}{closing}"
        inner = f"\n{indent}{self.indent}"
        lines = [f"{inner}{self.note()}{item}," for item in items]
        lines[-1] = lines[-1][:-1] + last
        ends = [self.note(last=True) for _ in items]
        text = "".join(line + end for line, end in zip(lines, ends, strict=True))
        return f"{opening}{text}\n{indent}{closing}"

    def note(self, *, last: bool = False) -> str:
        if not self.lenient or not self.chance(4):
            return ""
        if not last:
            return f"/* {self.one_of(_COMMENTS)} */ "
        return " " + self.one_of((self.comment("//"), self.comment("#"), "/* x */"))


@st.composite
def json_texts(draw: Draw) -> str:
    """JSON with any indentation, and what lenient readers allow."""
    return _Json(draw).text()


class _Toml(_Writer):
    """TOML: statements, then tables, each key only once."""

    SCALARS = (
        *("1", "1_000", "-0.5", "1e-5", "6.0e+2", "true", "inf", "2024-01-01", "0xff"),
        *('"x"', "'y'", '"a # b"', '"tab\\t"', '"""\none\n"two"\n"""', "'''\none'''", "07:32:00"),
    )

    def text(self) -> str:
        names = self.keys(2, 8)
        cut = self.some(0, len(names))
        parts = [self.above(), *(self.statement(name, "") for name in names[:cut])]
        for name in names[cut:]:
            parts += [self.above(), self.table(name)]
        return self.finish("".join(parts))

    def above(self) -> str:
        return self.one_of(_BLANKS) + (f"{self.comment()}\n" if self.chance(4) else "")

    def end(self) -> str:
        return f" {self.comment()}\n" if self.chance(4) else "\n"

    def key(self, name: str) -> str:
        return self.one_of((name, name, name, f'"{name}"', f"'{name}'"))

    def statement(self, name: str, indent: str) -> str:
        sign = self.one_of((" = ", " = ", "=", "   = "))
        above = self.above()
        if self.chance(5):
            lines = [f"{indent}{self.key(name)}.{each}" for each in self.keys(1, 3)]
            return above + "".join(f"{line}{sign}{self.value(0)}{self.end()}" for line in lines)
        return f"{above}{indent}{self.key(name)}{sign}{self.value(0)}{self.end()}"

    def value(self, depth: int) -> str:
        if depth < 2 and self.chance(5):
            blank = self.one_of(("", " "))
            names = [f"{self.key(each)} = {self.value(depth + 1)}" for each in self.keys(1, 3)]
            dotted = [f"y.{each} = 1" for each in self.keys(1, 2)] if self.chance(9) else []
            return f"{{{blank}{', '.join([*names, *dotted])}{blank}}}"
        if depth < 2 and self.chance(5):
            items = [self.value(depth + 1) for _ in range(self.some(0, 3))]
            if depth == 0 and items and self.chance(2):
                return "[\n" + "".join(f"    {item},{self.end()}" for item in items) + "]"
            return f"[{', '.join(items)}]"
        return self.one_of(self.SCALARS)

    def table(self, name: str) -> str:
        indent = self.one_of(("", "", "  "))
        parts = []
        headers = [f"[{name}]"]
        if self.chance(3):
            headers = [f"[[{name}]]"] * self.some(1, 2)
        elif self.chance(3):
            headers = [f"[{name}.{each}]" for each in self.keys(1, 2)]
        elif self.chance(3):
            headers.append(f"[{name} . z]")
        for header in headers:
            body = [self.statement(each, indent) for each in self.keys(0, 3)]
            parts.append(f"{indent}{header}{self.end()}{''.join(body)}{self.above()}")
        return "".join(parts)


@st.composite
def toml_texts(draw: Draw) -> str:
    """TOML with tables, arrays of tables, inline tables and dotted keys."""
    return _Toml(draw).text()
