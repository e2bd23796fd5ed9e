"""Virtual environments of the peers, which are no dependency of ours: made once and kept in ``.bench``."""

import subprocess
import sys
from pathlib import Path

from bench.stores import CACHE

_FOLDER = Path(__file__).parent


def requirements_of(peer: str) -> Path:
    """Return the file with the exact versions that are compared."""
    return _FOLDER / f"requirements-{peer}.txt"


def python_of(peer: str) -> str:
    """Return the interpreter of the peer's environment, made first if its requirements have changed.

    Raises:
        subprocess.CalledProcessError: the installation has failed; with what pip said.
    """
    requirements, home = requirements_of(peer), CACHE / f"peer-{peer}"
    python, installed = home / "bin" / "python", home / "installed.txt"
    if not installed.exists() or installed.read_bytes() != requirements.read_bytes():
        sys.stderr.write(f"installing {peer} into {home.relative_to(CACHE.parent)}\n")
        _run(sys.executable, "-m", "venv", "--clear", str(home))
        _run(str(python), "-m", "pip", "--disable-pip-version-check", "install", "-r", str(requirements))
        installed.write_bytes(requirements.read_bytes())
    return str(python)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
