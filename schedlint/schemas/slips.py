"""How many slips of the hand lie between two words: a sign too many, missing, wrong, or swapped."""

from __future__ import annotations


def count_slips(one: str, other: str, enough: int) -> int:
    """The slips between two words (optimal string alignment); more than `enough` are not counted.

    Long lists of words are gone through for each unknown one: what cannot be near costs little.
    """
    one, other = _differing(one, other)
    if max(len(one), len(other)) - min(len(one), len(other)) > enough:
        return enough + 1
    if not one or not other:
        return max(len(one), len(other))
    if len(one) + len(other) > 2 and enough == 1:
        return 1 if len(one) == 2 and one == other[::-1] else 2
    return _aligned(one, other)


def is_slip_of_keys(one: str, other: str) -> bool:
    """Whether a sign is missing, too many or swapped, and none is another one.

    `use_lora` and `use_dora` are two words; `learing_rate` is none.
    """
    one, other = _differing(one, other)
    return len(one) + len(other) == 1 or (len(one) == 2 and one == other[::-1])


def _differing(one: str, other: str) -> tuple[str, str]:
    """Both words without what they begin and end with in common."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    end = 0
    while end < min(len(one), len(other)) and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[: len(one) - end], other[: len(other) - end]


def _aligned(one: str, other: str) -> int:
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (sign != wanted))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
