"""The keys of the frameworks, read from their releases into `schedlint/schemas/`.

`python -m tests.schemas transformers` makes `schedlint/schemas/transformers.json` anew. A framework
is a module here with a `FRAMEWORK`: which packages, which classes of their source hold the keys,
and what becomes of a key that none of them knows. Nothing is imported or installed: the source is
read through the syntax tree, release by release.
"""
