"""The implied numbers as a table: value, unit, and how each came about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schedlint.outlook import Outlook, VersionedQuantity
from schedlint.plan import Claim, Number, Origin, Quantity, Step, numeral, span
from schedlint.reports.escape import harmless, inert, width
from schedlint.rules import Place
from schedlint.run import Run
from schedlint.scenario import Scenario
from schedlint.undecided import missing


def table(run: Run) -> Iterator[str]:
    """Everything that is known of a run, then what is missing to know the rest."""
    return inert(_table(run))


def _table(run: Run) -> Iterator[str]:
    yield heading(run)
    yield ""
    known = [run.plan[name] for name in run.plan if _says_something(run.plan[name])]
    rows: list[tuple[str, ...]] = [(q.name, str(q), q.unit, _how(q, run.path)) for q in known]
    yield from _columns(rows, left=(0, 2, 3))
    yield from _contradictions(run.plan, "These")
    yield from _unknown(run)


def heading(run: Run) -> str:
    """`train.yaml · transformers 4.57.6 (--package) · with ds.json`."""
    name = run.framework.name
    pins = {pin.package: f"{pin.spec.removeprefix('==')} ({pin.origin})" for pin in run.told.pins}
    own = [f"{package} {pins[package]}" for package in run.framework.packages if package in pins]
    if own and own[0].startswith(f"{name} "):
        name, own = own[0], own[1:]
    beside = [f"with {path}" for path in run.files[1:]]
    return " · ".join(map(harmless, [run.path, name, *own, *beside]))


def why(run: Run, name: str) -> Iterator[str]:
    """The proof of one quantity: every line it rests on, with file and line number."""
    return inert(_why(run, name))


def _why(run: Run, name: str) -> Iterator[str]:
    yield heading(run)
    yield ""
    quantity = run.plan[name]
    amount = str(quantity)
    yield f"{name}: {amount}" if amount == "unknown" else f"{name}: {amount} {quantity.unit}"
    if isinstance(quantity, VersionedQuantity):
        for versions, each in quantity.by_versions:
            yield ""
            yield f"  {versions}: {each}"
            yield from (f"  {line}" for line in _proof(each.why()))
    elif steps := quantity.why():
        yield ""
        yield from _proof(steps)
    needs = _missing(run.scenarios[0], [name]) if quantity.value is None else ()
    if needs:
        yield ""
        yield f"  Not known, would tell more: {', '.join(needs)}"
    elif amount == "unknown":
        yield ""
        yield "  Nothing in the files says anything about it."


def sweep(run: Run, name: str, variants: Sequence[tuple[Number, Outlook]]) -> Iterator[str]:
    """The table side by side for several values of one quantity, without the rows that all
    agree; then what keeps a value from fitting the files.
    """
    return inert(_sweep(run, name, variants))


def _sweep(run: Run, name: str, variants: Sequence[tuple[Number, Outlook]]) -> Iterator[str]:
    yield heading(run)
    yield ""
    values = {word: [str(plan[word]) for _, plan in variants] for word in run.plan if word != name}
    rows = [(word, *row) for word, row in values.items() if len(set(row)) > 1]
    yield from _columns([(name, *(numeral(value) for value, _ in variants)), *rows], left=(0,))
    if not rows:
        yield ""
        yield "  Nothing else changes, as far as is known."
    for value, plan in variants:
        yield from _contradictions(plan, f"With {name} = {numeral(value)}, these")
    unknown = [word for word in values if variants[0][1][word].value is None]
    needs = [word for word in _missing(run.scenarios[0], unknown) if word != name]
    if needs:
        yield ""
        yield f"  Not known, would tell more: {', '.join(needs)}"


def _says_something(quantity: Quantity) -> bool:
    return quantity.value is not None or span(quantity.interval) != "unknown"


def _how(quantity: Quantity, path: str) -> str:
    claim = quantity.claim
    if claim is not None and not isinstance(quantity, VersionedQuantity):
        return _told(claim, path)
    claims = quantity.claims()
    if len(claims) == 1 and claims[0].interval == quantity.interval and quantity.known:
        return _told(claims[0], path)  # handed on as it was told
    return harmless(quantity.how()) + _others(quantity)


def _told(claim: Claim, path: str) -> str:
    """Where a claim comes from: its line, or its text where it has none."""
    if isinstance(claim.place, Place) and claim.origin is Origin.STATED:
        where = f"line {claim.place.line}"
        return where if claim.place.path == path else f"{harmless(claim.place.name)}, {where}"
    return harmless(claim.text)


def _others(quantity: Quantity) -> str:
    """Which other values give the same count, where one was chosen for leaving no remainder."""
    if quantity.value is None or quantity.known:
        return ""
    return f" ({span(quantity.interval)} give the same count)"


def _columns(rows: Sequence[tuple[str, ...]], left: Sequence[int]) -> Iterator[str]:
    """The cells below each other: text to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if index in left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("  " + "  ".join(cells)).rstrip()


def _proof(steps: Sequence[Step]) -> Iterator[str]:
    lines = [(_line(step), _where(step)) for step in steps]
    gutter = max((width(text) for text, where in lines if where), default=0)
    for text, where in lines:
        yield f"  {text}{' ' * (gutter - width(text))}  {where}".rstrip()


def _where(step: Step) -> str:
    place = None if step.claim is None else step.claim.place
    return f"{harmless(place.path)}:{place.line}" if isinstance(place, Place) else ""


def _line(step: Step) -> str:
    """A step of a proof; `data_parallel_size = 8` where the formula is no more than its value."""
    handed_on = step.claim is None and step.text == span(step.interval)
    return harmless(f"{step.quantity} = {step.text}" if handed_on else str(step))


def _contradictions(plan: Outlook, these: str) -> Iterator[str]:
    for contradiction in plan.contradictions:
        yield ""
        yield f"  {these} cannot all be true ({contradiction.quantity}); none of them was used:"
        yield from (f"  {line}" for line in _proof(contradiction.because))


def _unknown(run: Run) -> Iterator[str]:
    unknown = [name for name in run.plan if run.plan[name].value is None]
    needs = _missing(run.scenarios[0], unknown)
    if any(isinstance(run.plan[name], VersionedQuantity) for name in run.plan):
        needs += tuple(f"the version of {package} (--package)" for package in _open_packages(run))
    if needs:
        yield ""
        yield f"  Not known, would tell more: {', '.join(needs)}"


def _open_packages(run: Run) -> list[str]:
    """The packages in whose versions the scenarios differ."""
    regions = [ranges for scenario in run.scenarios for ranges in scenario.ranges]
    packages = dict.fromkeys(package for ranges in regions for package in ranges)
    return [each for each in packages if len({ranges.get(each) for ranges in regions}) > 1]


def _missing(scenario: Scenario, names: Sequence[str]) -> tuple[str, ...]:
    plan = scenario.plan
    return missing(plan, [plan[name] for name in names])
