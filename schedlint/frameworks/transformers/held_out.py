"""Rows held out for validation by `datasets.Dataset.train_test_split`.

A test size below 1 is a fraction, rounded up to rows; a whole number is a count of rows. What is
left of the rows is the training data, as long as no row is dropped or packed after the split.

Source: datasets `arrow_dataset.py:Dataset.train_test_split`.
"""

from __future__ import annotations

from math import inf

from schedlint.plan import Interval, Number, Word, relation
from schedlint.plan.arithmetic import ceil_times
from schedlint.reading.config import Config, Setting

WORDS = (
    Word("kept_rows", "rows", "rows that the framework takes of the stored ones, before the split"),
    Word("held_out_fraction", "of the rows", "fraction of the rows held out", whole=False),
)


@relation("+", says="{dataset_rows}, all of them")
def kept_rows(dataset_rows: Number) -> Number:
    return dataset_rows


@relation("+", says="{kept_rows} (no row is dropped)", output="dataset_size")
def all_rows_train(kept_rows: Number) -> Number:
    return kept_rows


@relation("++", says="ceil({held_out_fraction} × {kept_rows})", output="eval_dataset_size")
def rows_held_out(held_out_fraction: Number, kept_rows: Number) -> Number:
    return ceil_times(held_out_fraction, kept_rows)


@relation(
    "+-",
    says="{kept_rows} - ceil({held_out_fraction} × {kept_rows}) (no row is dropped)",
    output="dataset_size",
)
def rows_beside_fraction(kept_rows: Number, held_out_fraction: Number) -> Number:
    if kept_rows == inf:
        return inf
    return max(kept_rows - ceil_times(held_out_fraction, kept_rows), 0)


@relation("+-", says="{kept_rows} - {eval_dataset_size} (no row is dropped)", output="dataset_size")
def rows_beside_count(kept_rows: Number, eval_dataset_size: Number) -> Number:
    return inf if kept_rows == inf else max(kept_rows - eval_dataset_size, 0)


def split(config: Config, test_size: Setting) -> None:
    """Relate training and evaluation samples to the rows kept, as `test_size` divides them.

    A size that the split would refuse (`1.0`, a negative one) or that is not known relates nothing.
    """
    number = test_size.number
    if isinstance(number, int) and number > 0:
        config.claim("eval_dataset_size", Interval.exactly(number), test_size)
        config.relate(rows_beside_count)
    elif isinstance(number, float) and 0 < number < 1:
        config.state("held_out_fraction", test_size)
        config.relate(rows_held_out, rows_beside_fraction)
