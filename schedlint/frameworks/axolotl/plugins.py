"""Which plugins an Axolotl config lists, its own and others.

Sources: axolotl `cli/config.py:prepare_plugins`, `integrations/config.py:merge_input_args`.
"""

from __future__ import annotations

from schedlint.reading.config import Config
from schedlint.source import Sequence, value_of

OWN = "axolotl.integrations."


def lists(config: Config, name: str) -> bool:
    """Whether `plugins` certainly lists the plugin of Axolotl's in a folder of that name."""
    return any(
        isinstance(each, str) and each.startswith(f"{OWN}{name}.") for each in _listed(config)
    )


def all_known(config: Config) -> bool:
    """Whether all plugins are Axolotl's own: others bring keys, adapters and optimizers."""
    known = (isinstance(each, str) and each.startswith(OWN) for each in _listed(config))
    given = config.setting("plugins").value
    return all(known) and (given is None or isinstance(given, Sequence))


def _listed(config: Config) -> list[object]:
    plugins = config.setting("plugins").value
    return [value_of(each.value) for each in plugins.items] if isinstance(plugins, Sequence) else []
