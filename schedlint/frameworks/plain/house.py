"""A framework of the house: its keys mapped to the common words in the settings, without Python.

[frameworks.house-trainer]
recognise = ["trainer.total_iters", "data.batch"]
micro_batch_size = "data.batch"
max_steps = "trainer.total_iters"
"""

from __future__ import annotations

from collections.abc import Mapping

from schedlint.frameworks.plain import loop
from schedlint.plan import WORDS, Number
from schedlint.reading.config import Config, Setting
from schedlint.reading.framework import Framework
from schedlint.source import Document


class HouseFramework(Framework):
    """A trainer that counts as a plain loop does (`loop.py`) and has its own names.

    `recognise` are the dotted keys that a config of it holds, all of them; `keys` maps words to
    dotted keys.
    """

    may_refuse_duplicates = True
    words = loop.WORDS

    def __init__(self, name: str, recognise: tuple[str, ...], keys: Mapping[str, str]) -> None:
        self.name = self.title = name
        self.recognise = recognise
        self.keys = dict(keys)
        self.applies = tuple(word for word in WORDS if word in keys or word in loop.APPLIES)

    def fits(self, document: Document) -> bool:
        """Whether a document has all the keys that it is recognised by."""
        return bool(self.recognise) and all(document.find(key) for key in self.recognise)

    def read(self, config: Config) -> None:
        given: dict[str, Number | None] = {}
        for word, key in self.keys.items():
            setting = config.whole(key) if WORDS[word].whole else config.real(key)
            if setting.stated and not _says_nothing(word, setting):
                config.state(word, setting)
                given[word] = setting.number
        not_said = Setting("drop_last", None, default=True)
        loop.relate(config, {**given, **config.told}, not_said)


def _says_nothing(word: str, setting: Setting) -> bool:
    """Null, and a number such as 0 or -1 that stands for "no limit" or "automatic"."""
    least = 1 if word in ("epochs", "max_steps", "total_steps") else WORDS[word].least
    return setting.value is None or (setting.number is not None and setting.number < least)
