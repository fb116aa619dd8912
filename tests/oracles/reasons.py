"""Why schedlint cannot tell some numbers of the tables: framework → what is unknown → why."""

from __future__ import annotations

REASONS: dict[str, dict[str, str]] = {}
