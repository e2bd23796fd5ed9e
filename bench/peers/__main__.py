"""``python -m bench.peers [--only NAME] [--baskets N] [--rounds N]``: our engine and our sync beside others."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import pull, push
from bench.peers.comparison import OURS, difference, table
from bench.peers.engine_process import EngineProcess
from bench.peers.environment import python_of
from bench.peers.workload import Workload, make_workloads, write
from bench.series import Rounds, in_turns, say

MODULES = {OURS: "our_peer", "pretix": "pretix_peer", "oscar": "oscar_peer"}
POUCHDB = "pouchdb"
BASKETS, ROUNDS = 200, 5
OSCAR_BASKETS = {5: 15, 20: 10, 100: 5}
"""By the number of programs: at up to two seconds a basket, all two hundred would take an hour."""


def main(arguments: Sequence[str]) -> int:
    """Compare the totals of all engines, and only then their times; return 1 if a total differs. Then the sync."""
    parser = argparse.ArgumentParser(prog="bench.peers")
    parser.add_argument(
        "--only", action="append", choices=[*MODULES, POUCHDB], help="a peer to run; may be given again"
    )
    parser.add_argument("--baskets", type=int, default=BASKETS, help="in each workload")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="timed passes over all baskets")
    chosen = parser.parse_args(arguments)
    only = chosen.only or [*MODULES, POUCHDB]
    code = _compare_engines([name for name in only if name != POUCHDB], chosen.baskets, chosen.rounds)
    if code == 0 and POUCHDB in only:
        push.run()
        pull.run()
    return code


def _compare_engines(names: Sequence[str], baskets: int, times: int) -> int:
    workloads = make_workloads(baskets)
    with ExitStack() as stack:
        file = Path(stack.enter_context(TemporaryDirectory())) / "workloads.json"
        write(workloads, file)
        engines = _start(names, file, stack)
        if not engines:
            return 0
        measured: list[Rounds] = []
        for number, workload in enumerate(workloads):
            counts = {name: _baskets_for(name, workload) for name in engines}
            for name, engine in engines.items():
                if fault := difference(workload, name, engine.price(number, counts[name]).totals):
                    say(fault)
                    return 1
            priced = ", ".join(f"{name} ({count} baskets)" for name, count in counts.items())
            say(f"{workload.name}: equal totals by hand and in {priced}")
            passes = {name: partial(_times, engine, number, counts[name]) for name, engine in engines.items()}
            measured.append(in_turns(passes, times))
    for workload, rounds in zip(workloads, measured, strict=True):
        say(*table(workload.name, rounds))
    return 0


def _start(names: Sequence[str], workloads: Path, stack: ExitStack) -> dict[str, EngineProcess]:
    """Start the engines that can be had; what could not be installed is named and left out."""
    engines: dict[str, EngineProcess] = {}
    for name in names:
        try:
            python = sys.executable if name == OURS else python_of(name)
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip().splitlines() or ["nothing"])[-1]
            say(f"{name}: not compared, since it could not be installed: {last}")
            continue
        command = (python, "-m", f"bench.peers.{MODULES[name]}")
        engines[name] = stack.enter_context(EngineProcess(command, workloads))
        say(f"{name}: {engines[name].engine}")
    return engines


def _baskets_for(name: str, workload: Workload) -> int:
    most = OSCAR_BASKETS[len(workload.programs)] if name == "oscar" else len(workload.baskets)
    return min(most, len(workload.baskets))


def _times(engine: EngineProcess, workload: int, baskets: int) -> list[float]:
    return engine.price(workload, baskets).seconds


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ChildProcessError as error:
        sys.exit(f"bench.peers: {error}")
