"""What the whole suite shares: how hard the crash, fault and fuzz tests try, which chances they take, and the order."""

import secrets
import signal

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes is the machine's mood, and no property of what is tested.
settings.register_profile("suite", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# Started in the background of a script, this process ignores Ctrl-C, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

LONGEST = (
    "tests/test_tutorial.py",
    "tests/cli/test_demo.py",
    "tests/faults/test_faults.py",
    "tests/crash/test_kill.py",
    "tests/sync/simulator/test_shrinking.py",
    "tests/sync/hub/postgres/test_processes.py",
)
"""Files with tests of ten seconds and more. At the end of a run one of them would keep a single worker busy."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of tests/crash, tests/faults, tests/fuzz and tests/soak."""
    group = parser.getgroup("crash", "killing the real service (tests/crash)")
    group.addoption("--crash-kills", type=int, default=10, help="how often it is killed by the tests marked crash")
    group.addoption("--crash-seed", type=int, default=None, help="takes the chances of an earlier run again")
    fuzz = parser.getgroup("fuzz", "damaged bytes at lexers and decoders (tests/fuzz)")
    fuzz.addoption("--fuzz-frames", type=int, default=20_000, help="how many frames are sent, over all seeds")
    fuzz.addoption("--fuzz-seed", type=int, default=None, help="sends the same bytes as an earlier run")
    faults = parser.getgroup("faults", "cutting and killing tills, hub and database (tests/faults)")
    faults.addoption("--faults", type=int, default=100, help="how many there are in the test marked faults")
    faults.addoption("--faults-seed", type=int, default=None, help="takes the faults of an earlier run again")
    soak = parser.getgroup("soak", "a long day at one till (tests/soak)")
    soak.addoption("--soak-scans", type=int, default=1_000, help="how many readings the day has")


def pytest_configure(config: pytest.Config) -> None:
    """Draw the seeds here, before workers are started, so that all of them have the ones that are printed."""
    for seed in ("crash_seed", "faults_seed", "fuzz_seed"):
        if getattr(config.option, seed) is None:
            setattr(config.option, seed, secrets.randbelow(10**9))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest: the short ones behind them are shared out to whoever is free."""
    items.sort(key=lambda item: item.location[0] not in LONGEST)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say how to take the same chances again."""
    chosen = config.option
    return [
        f"crash: --crash-kills {chosen.crash_kills} --crash-seed {chosen.crash_seed}",
        f"faults: --faults {chosen.faults} --faults-seed {chosen.faults_seed}",
        f"fuzz: --fuzz-frames {chosen.fuzz_frames} --fuzz-seed {chosen.fuzz_seed}",
    ]
