"""How MMEngine's versions differ, where a config may meet it.

Sources: mmengine `hooks/logger_hook.py`, `hooks/checkpoint_hook.py`, `runner/runner.py`,
`config/config.py` at 0.1.0 to 0.10.7.
"""

from __future__ import annotations

from schedlint.reading.config import Config
from schedlint.reading.versions import Change

PACKAGE = "mmengine"
BACKEND_ARGS = Change(PACKAGE, "0.2", "the argument backend_args of CheckpointHook is new")
RESERVED_VARIABLES = Change(PACKAGE, "0.6", "env_variables is a name of the config's own")
COMPILE = Change(PACKAGE, "0.7", "compile is new")
PUBLISHED_KEYS = Change(PACKAGE, "0.7.1", "the argument published_keys of CheckpointHook is new")
LOGGER_HOOK_CHECKS = Change(PACKAGE, "0.7.3", "LoggerHook checks its arguments")

CHANGES = (BACKEND_ARGS, RESERVED_VARIABLES, COMPILE, PUBLISHED_KEYS, LOGGER_HOOK_CHECKS)


def has_key(config: Config, change: Change) -> bool:
    """Whether the version has a key that a change brought; a file with it says so itself."""
    return not config.decides(change) or config.since(change)
