"""An engine in a process of its own, asked for one pass over the baskets at a time."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).parents[2]


class Answer(NamedTuple):
    """One pass: what each basket costs in minor units, and the seconds the engine took for it."""

    totals: list[int]
    seconds: list[float]


class EngineProcess:
    """Runs ``command`` (which calls ``till.serve``) on the file of workloads.

    Raises:
        ChildProcessError: the engine has ended; why is on standard error, which is ours.
    """

    def __init__(self, command: Sequence[str], workloads: Path) -> None:
        self._command = [*command, str(workloads)]
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.engine: str = self._read()["engine"]
        """Name and version, as the engine gives them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def price(self, workload: int, baskets: int) -> Answer:
        """Have the first ``baskets`` of the workload priced."""
        assert self._process.stdin
        self._process.stdin.write(f"[{workload}, {baskets}]\n")
        self._process.stdin.flush()
        return Answer(**self._read())

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        if line := self._process.stdout.readline():
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._end()
        raise ChildProcessError(f"{' '.join(self._command)} has ended with {self._process.returncode}")

    def _end(self) -> None:
        """Close its pipes, upon which it ends, and wait for that."""
        with self._process:
            pass
