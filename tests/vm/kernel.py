"""The kernel that the guest boots, and the drivers it needs: Debian's, installed or just unpacked."""

import lzma
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
UNPACKED = ROOT / ".vm"
"""Where ``make vm-kernel`` unpacks the package for those who do not want to install it."""


class Kernel(NamedTuple):
    """One kernel: what QEMU boots, and the folder of its modules."""

    image: Path
    modules: Path


def newest_kernel(roots: Iterable[Path] = (Path("/"), UNPACKED)) -> Kernel | None:
    """Return the newest Debian kernel that has its modules; ``None`` if there is none."""
    found = [
        Kernel(image, modules)
        for root in roots
        for image in (root / "boot").glob("vmlinuz-*-amd64")
        for lib in (root / "lib", root / "usr" / "lib")
        if (modules := lib / "modules" / image.name.removeprefix("vmlinuz-")).is_dir()
    ]
    return max(found, key=lambda kernel: _numbers(kernel.image.name), default=None)


def in_load_order(kernel: Kernel, names: Iterable[str]) -> list[Path]:
    """Return the files of these modules, each behind the ones it depends on.

    The dependencies are read from the modules themselves, because an unpacked package has no ``modules.dep``.

    Raises:
        KeyError: the kernel has no such module.
    """
    files = {_name(file): file for file in (kernel.modules / "kernel").rglob("*.ko*")}
    builtin = {_name(Path(line)) for line in (kernel.modules / "modules.builtin").read_text("utf-8").splitlines()}
    ordered: dict[str, Path] = {}

    def add(name: str) -> None:
        if name in ordered or name in builtin:
            return
        for dependency in _dependencies(module_bytes(files[name])):
            add(dependency)
        ordered[name] = files[name]

    for name in names:
        add(name)
    return list(ordered.values())


def module_bytes(file: Path) -> bytes:
    """Return the module as ``insmod`` wants it; Debian compresses from version 13 on."""
    data = file.read_bytes()
    return lzma.decompress(data) if file.suffix == ".xz" else data


def _dependencies(module: bytes) -> list[str]:
    found = re.search(rb"\0depends=([^\0]*)\0", module)
    return [name.replace("-", "_") for name in found[1].decode().split(",") if name] if found else []


def _name(file: Path) -> str:
    return file.name.partition(".")[0].replace("-", "_")


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]
