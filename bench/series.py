"""Samples taken in turns, so that the noise of the machine falls on all alike, and the table that compares them."""

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence

import msgspec

Rounds = Mapping[str, Sequence[Sequence[float]]]
"""What was measured: name to rounds to samples, in seconds."""


class Unit(msgspec.Struct, frozen=True):
    """How seconds are shown."""

    name: str
    per_second: float
    decimals: int = 1


MICROSECONDS = Unit("µs", 1e6)
MILLISECONDS = Unit("ms", 1e3, 2)
SECONDS = Unit("s", 1.0, 2)


def in_turns(contenders: Mapping[str, Callable[[], Sequence[float]]], rounds: int) -> Rounds:
    """Let every contender take its samples once in each round; each round begins with another one."""
    names = list(contenders)
    taken: dict[str, list[Sequence[float]]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            taken[name].append(contenders[name]())
    return taken


def table(title: str, measured: Rounds, unit: Unit, floors: Mapping[str, str]) -> None:
    """Print quantiles of all samples, and the ratio to the floor of the same round: median, least and most.

    ``floors`` names the floor of each contender that has one.
    """
    width = max(len(name) for name in measured)
    head = f"{'':{width}}  {'p50':>8} {'p95':>8} {'p99':>8} {unit.name:<3} {'samples':>9}   x floor (rounds)"
    lines = ["", title, head]
    for name, rounds in measured.items():
        everything = [sample for one in rounds for sample in one]
        ratio = ratio_of(measured, name, floors[name]) if name in floors else ""
        numbers = " ".join(f"{quantile(everything, q) * unit.per_second:8.{unit.decimals}f}" for q in _SHOWN)
        lines.append(f"{name:{width}}  {numbers} {unit.name:<3} {len(everything):>9}   {ratio}".rstrip())
    say(*lines)


def rates(title: str, things: str, measured: Mapping[str, Sequence[float]], peer: str) -> None:
    """Print how many ``things`` a second each did, and by how many times that is more than ``peer`` in the same round.

    ``measured`` has one rate for each round.
    """
    width = max(len(name) for name in measured)
    lines = ["", title, f"{'':{width}}  {'median':>9} {'least':>9} {'most':>9} {things}/s   x {peer} (rounds)"]
    for name, found in measured.items():
        ratio = ""
        if peer in measured and name != peer:
            ratios = sorted(ours / theirs for ours, theirs in zip(found, measured[peer], strict=True))
            ratio = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"
        numbers = " ".join(f"{rate:9,.0f}" for rate in (statistics.median(found), min(found), max(found)))
        lines.append(f"{name:{width}}  {numbers} {things}/s   {ratio}".rstrip())
    say(*lines)


def ratio_of(measured: Rounds, name: str, floor: str, q: float = 0.5) -> str:
    """Return by how many times ``name`` takes longer than ``floor``: median, least and most of the rounds."""
    pairs = zip(measured[name], measured[floor], strict=True)
    ratios = sorted(quantile(one, q) / quantile(base, q) for one, base in pairs)
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"


def quantile(samples: Sequence[float], q: float) -> float:
    """Return the smallest sample that a share ``q`` of all does not exceed."""
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * q))]


def say(*lines: str) -> None:
    """Print at once: a benchmark is watched while it runs."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


_SHOWN = (0.5, 0.95, 0.99)
