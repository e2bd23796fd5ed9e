"""What systemd is told, and that nobody waits for it."""

import socket
from pathlib import Path

from pos_loyalty.service.notify import SystemdNotifier


def test_a_supervisor_that_does_not_read_holds_up_nothing(tmp_path: Path) -> None:
    """More is sent than its queue takes; what was heard is the beginning, and the till goes on."""
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(address))
        supervisor.settimeout(0)
        notifier = SystemdNotifier({"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "200000"})
        notifier.ready()
        for _ in range(2_000):
            notifier.watchdog()
        assert supervisor.recv(100) == b"READY=1"
        assert supervisor.recv(100) == b"WATCHDOG=1"


def test_without_a_supervisor_nothing_is_sent_and_nothing_beats(tmp_path: Path) -> None:
    """Outside systemd, and where its socket is gone."""
    SystemdNotifier({}).ready()
    assert SystemdNotifier({"WATCHDOG_USEC": "200000"}).watchdog_interval is None
    gone = SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "200000"})
    gone.stopping()
    assert gone.watchdog_interval == 0.1
