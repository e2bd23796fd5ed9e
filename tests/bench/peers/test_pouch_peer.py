"""What the PouchDB peer says before anything is installed."""

import json
import re
from pathlib import Path

import pytest

from bench.peers.pouch_peer import NotInstalled, PouchPeer

PACKAGES = Path(__file__).parents[3] / "bench" / "peers" / "pouchdb" / "package.json"


def test_exact_versions_are_compared() -> None:
    """A figure belongs to a version, so none is a range."""
    wanted = json.loads(PACKAGES.read_bytes())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {"pouchdb", "express-pouchdb"} <= set(wanted)


def test_a_machine_without_node_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is started, and the benchmark can name the reason and go on."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match="no node"):
        PouchPeer(tmp_path)
