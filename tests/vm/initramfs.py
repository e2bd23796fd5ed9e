"""What the kernel of the guest starts from: busybox, the drivers, and a script that goes over to the host's own files.

The guest has no image of its own. The host's root is its root, read-only over 9p, so that it runs the very Python and
packages of the checkout. The few folders that must be the guest's own are mounted over the host's.
"""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.vm.kernel import Kernel, in_load_order, module_bytes

LOADED = (
    *("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console"),  # the machine
    *("evdev", "uinput", "uhid", "hid_generic", "usbhid"),  # keyboards and HID, both ways
    *("usb_f_acm", "usb_f_hid", "cdc_acm"),  # a USB reader as the till sees it, and its inside
    "dummy_hcd",  # and the cable between the two
    *("xhci_pci", "ftdi_sio"),  # the USB adapter that QEMU has
    "vivid",  # a camera
)
PARAMETERS = {
    "dummy_hcd": "num=4",  # as many cables: so many readers can be plugged in at once
    "vivid": "node_types=0x101 num_inputs=1 input_types=3 num_outputs=1 output_types=1",  # HDMI in, HDMI out, no more
}

# /tmp stays the host's, read-only, because the checkout may lie in it; the guest's is TMPDIR, below /run.
_INIT = """\
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
while read -r file parameters; do insmod "/modules/$file" $parameters || echo "guest: no $file"; done </modules/order
echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind
mount -t configfs config /sys/kernel/config
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose host /new || echo "guest: no root"
mount -t tmpfs run /new/run
mkdir -p /new/run/tmp /new/run/etc/ours /new/run/etc/work /dev/shm /dev/pts
mount -t overlay -o lowerdir=/new/etc,upperdir=/new/run/etc/ours,workdir=/new/run/etc/work etc /new/etc
mount -t tmpfs shm /dev/shm
mount -t devpts -o ptmxmode=0666 pts /dev/pts
ip link set lo up
for folder in dev proc sys; do mount --move /$folder /new/$folder; done
{environment}
exec switch_root /new {command}
"""


def initramfs(kernel: Kernel, busybox: Path, environment: Mapping[str, str], command: Sequence[str]) -> bytes:
    """Pack it; ``command`` becomes process 1 of the guest, on the host's files and with ``environment``."""
    modules = in_load_order(kernel, LOADED)
    names = [f"{number:02}-{file.name.partition('.')[0]}.ko" for number, file in enumerate(modules)]
    order = [
        f"{name} {PARAMETERS.get(file.name.partition('.')[0], '')}" for name, file in zip(names, modules, strict=True)
    ]
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())
    init = _INIT.format(environment=exports, command=shlex.join(command))
    folders = ("bin", "dev", "proc", "sys", "new", "modules")
    files = {
        "bin/busybox": busybox.read_bytes(),
        "init": init.encode(),
        "modules/order": "".join(f"{line}\n" for line in order).encode(),
        **{f"modules/{name}": module_bytes(file) for name, file in zip(names, modules, strict=True)},
    }
    return cpio(folders, files)


def cpio(folders: Sequence[str], files: Mapping[str, bytes]) -> bytes:
    """Write an archive in the "newc" format of cpio (Linux, Documentation/driver-api/early-userspace/buffer-format)."""
    entries = [*((name, 0o040755, b"") for name in folders), *((name, 0o100755, data) for name, data in files.items())]
    return b"".join(_entry(number, *entry) for number, entry in enumerate((*entries, ("TRAILER!!!", 0, b"")), start=1))


def _entry(inode: int, name: str, mode: int, data: bytes) -> bytes:
    path = name.encode() + b"\0"
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + path
    return _padded(header) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
