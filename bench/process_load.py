"""What a process takes: memory, and time of the processor."""

import os
import re
import time
from pathlib import Path

_LOOK_EVERY_S = 1.0
_IDLE_SHARE = 0.02


def rss_mb(pid: int) -> float:
    """Return the resident set (VmRSS, proc_pid_status(5)) in MB."""
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS") * 1_024 / 1e6


def peak_mb(pid: int) -> float:
    """Return the largest resident set so far (VmHWM) in MB. That of getrusage(2) would begin with the parent's."""
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM") * 1_024 / 1e6


def pss_mb(pid: int) -> float:
    """Return the proportional set, in which shared pages count in part (proc_pid_smaps(5)), in MB."""
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss") * 1_024 / 1e6


def wait_until_idle(pid: int) -> None:
    """Wait until a process has used no time for a while: a service checks a large replica after its start."""
    before = -1.0
    while (used := cpu_s(pid)) - before > _IDLE_SHARE * _LOOK_EVERY_S:
        before = used
        time.sleep(_LOOK_EVERY_S)


def cpu_s(pid: int) -> float:
    """Return the seconds of a processor that a process took, all its threads together."""
    # The name of the program, in parentheses, may hold spaces (proc_pid_stat(5)).
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _kilobytes(path: Path, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", path.read_text(encoding="ascii"), re.MULTILINE)
    assert found, f"{path} has no {name}"
    return int(found[1])
