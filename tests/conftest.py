"""What the whole suite shares: how hard the crash tests try, and which chances they take."""

import secrets

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of tests/crash."""
    group = parser.getgroup("crash", "killing the real service (tests/crash)")
    group.addoption("--crash-kills", type=int, default=10, help="how often it is killed by the tests marked crash")
    group.addoption("--crash-seed", type=int, default=None, help="takes the chances of an earlier run again")


def pytest_configure(config: pytest.Config) -> None:
    """Draw the seed here, before workers are started, so that all of them have the one that is printed."""
    if config.option.crash_seed is None:
        config.option.crash_seed = secrets.randbelow(10**9)


def pytest_report_header(config: pytest.Config) -> str:
    """Say how to take the same chances again."""
    return f"crash: --crash-kills {config.option.crash_kills} --crash-seed {config.option.crash_seed}"
