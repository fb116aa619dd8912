"""Oracles: each framework's own code, run on many small configs, and what really happened.

`python -m tests.oracles NAME --version V` runs one again in a virtual environment of its own and
writes its table; `test_agreement.py` holds schedlint against the tables and needs no framework.
"""
