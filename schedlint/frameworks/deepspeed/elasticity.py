"""DeepSpeed's elastic batch size: the one that most numbers of ranks can share.

Sources: deepspeed `elasticity/elasticity.py:_get_compatible_gpus_v01`, `compute_elastic_config`;
`elasticity/config.py:ElasticityConfig`. The section is gone since 0.19.8.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from schedlint.plan import Interval, Number, Relation, relation
from schedlint.reading.config import Config
from schedlint.source import Scalar, Sequence

_HIGHLY_COMPOSITE = (
    *(1, 2, 4, 6, 12, 24, 36, 48, 60, 120, 180, 240, 360, 720, 840, 1260, 1680, 2520, 5040, 7560),
    *(10080, 15120, 20160, 25200, 27720, 45360, 50400, 55440, 83160, 110880, 166320, 221760),
    *(277200, 332640, 498960, 554400, 665280, 720720),
)
"""Numbers with more divisors than any smaller one (`HCN_LIST`)."""
_LARGEST = 1_000_000
"""Batch sizes above this are left alone: finding their divisors would take too long."""


class Elastic(NamedTuple):
    """What the section chooses: the batch size, and the numbers of ranks that it allows."""

    batch_size: int
    ranks: tuple[int, ...]


def read_elasticity(config: Config) -> bool:
    """Claim the batch size that an `elasticity` section chooses; whether there is such a section.

    Version 0.1 chooses the same for all numbers of ranks. Version 0.2 (the default) chooses by the
    ranks at hand: nothing is claimed.
    """
    switch = config.flag("elasticity.enabled").value
    if switch is True:
        _claim_choice(config)
    return switch is not False


def _claim_choice(config: Config) -> None:
    micro_batches = _micro_batches(config)
    limit = config.setting("elasticity.max_train_batch_size")
    bounds = _bounds(config)
    if config.setting("elasticity.version").value != 0.1 or not micro_batches or bounds is None:
        return
    if not isinstance(limit.value, int) or not math.lcm(*micro_batches) <= limit.value <= _LARGEST:
        return  # with a larger common multiple the choice differs between versions
    larger = config.flag("elasticity.prefer_larger_batch", default=True).value is True
    chosen = choose(micro_batches, limit.value, *bounds, larger=larger)
    if chosen.ranks:
        entry = config.setting("elasticity")
        config.claim("global_batch_size", Interval.exactly(chosen.batch_size), limit)
        config.claim("data_parallel_size", Interval(chosen.ranks[0], chosen.ranks[-1]), entry)
        config.relate(micro_batch_relation(micro_batches))


def choose(
    micro_batches: tuple[int, ...], limit: int, least: int, most: int, *, larger: bool
) -> Elastic:
    """The batch size up to `limit` that most numbers of ranks from `least` to `most` can share.

    Of equally good ones the larger or the smaller.
    """
    best = Elastic(min(micro_batches), ())
    for size in sorted(set(_candidates(micro_batches, limit)), reverse=larger):
        ranks = tuple(sorted(set(_ranks(size, micro_batches, least, most))))
        if len(ranks) > len(best.ranks):
            best = Elastic(size, ranks)
    return best


def _candidates(micro_batches: tuple[int, ...], limit: int) -> Iterator[int]:
    for base in (*micro_batches, math.lcm(*micro_batches)):
        index = bisect_right(_HIGHLY_COMPOSITE, limit // base)
        yield base if base == limit else _HIGHLY_COMPOSITE[index - 1] * base


def _ranks(size: int, micro_batches: tuple[int, ...], least: int, most: int) -> Iterator[int]:
    for micro_batch in micro_batches:
        batches, rest = divmod(size, micro_batch)
        if rest == 0:
            yield from (n for n in _divisors(batches) if least <= n <= most)


def _divisors(number: int) -> Iterator[int]:
    for divisor in range(1, math.isqrt(number) + 1):
        if number % divisor == 0:
            yield divisor
            yield number // divisor


@cache
def micro_batch_relation(micro_batches: tuple[int, ...]) -> Relation:
    """The largest of the micro batches that divides what falls on a rank."""
    sizes = ", ".join(map(str, micro_batches))

    @relation(
        "00",
        says=f"the largest of {sizes} that divides {{global_batch_size}} / {{data_parallel_size}}",
        output="micro_batch_size",
    )
    def micro_batch(global_batch_size: Number, data_parallel_size: Number) -> Number:
        share = global_batch_size // data_parallel_size
        fitting = [size for size in micro_batches if share % size == 0]
        return max(fitting, default=min(micro_batches))

    return micro_batch


def _micro_batches(config: Config) -> tuple[int, ...]:
    """The list of micro batches where all of them are known and positive, else empty."""
    node = config.setting("elasticity.micro_batch_sizes").value
    if not isinstance(node, Sequence):
        return ()
    scalars = [item.value for item in node.items if isinstance(item.value, Scalar)]
    sizes = [scalar.value for scalar in scalars]
    whole = tuple(size for size in sizes if isinstance(size, int) and size > 0)
    return whole if len(whole) == len(node.items) else ()


def _bounds(config: Config) -> tuple[int, int] | None:
    least = config.whole("elasticity.min_gpus", default=1).value
    most = config.whole("elasticity.max_gpus", default=10000).value
    return (least, most) if isinstance(least, int) and isinstance(most, int) else None
