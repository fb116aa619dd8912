"""Comments, and what only looks like one."""

from __future__ import annotations

from schedlint.source import read_text

YAML = """\
# first
a: "x # no"   # second
b: it's#no
c: 'don''t # no'# third
d: |  # fourth
  # no
  text # no

# fifth
e: [1, # sixth
  2] #
f: plain
  over # seventh
g: &x # eighth
  h: *x   # ninth
--- # tenth
i: !t # eleventh
  {j: >-
    folded # no
    }
k: # twelfth
"""


def test_yaml_comments() -> None:
    """A comment is what stands outside of scalars, block scalar headers included."""
    text = YAML.replace("  {j: >-\n    folded # no\n    }", "  j: >-\n    folded # no")
    comments = list(read_text(text, "x.yaml").comments())
    assert [said.strip() for _, _, said in comments] == [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
    ]
    assert all(
        text[start] == "#" and text[start + 1 : end] == said for start, end, said in comments
    )


def test_yaml_comment_ends_with_its_line() -> None:
    """A comment ends before any line end, carriage returns included."""
    comments = list(read_text("a: 1 # x\r\n# y\rb: 2\n", "x.yaml").comments())
    assert comments == [(5, 8, " x"), (10, 13, " y")]


def test_toml_comments() -> None:
    """Strings and keys of TOML may hold the comment sign."""
    text = '# one\n\'k # no\' = "v # no" # two\n[t."# no"] # three\na = [1, # four\n 2]\n'
    comments = [said for _, _, said in read_text(text, "x.toml").comments()]
    assert comments == [" one", " two", " three", " four"]


def test_strict_json_has_none() -> None:
    """A strict JSON file has no comments, whatever its strings hold."""
    assert list(read_text('{"a": "# no // no"}', "x.json").comments()) == []


def test_file_of_comments_only() -> None:
    """Comments are found where there is nothing else."""
    assert list(read_text("# a\n# b", "x.yaml").comments()) == [(0, 3, " a"), (4, 7, " b")]
