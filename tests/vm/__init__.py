"""Readers on real kernel devices, inside a small virtual machine (``make test-vm``).

CONTRIBUTING.md says how to run them and how to add one. The parts::

    kernel, initramfs, guest    on the host: find a kernel, pack what boots it, start QEMU and talk to it
    agent                       in the guest: process 1, which runs one test after the other when it is told to
    conftest                    on both sides: a test marked ``vm`` that is collected on the host runs in the guest

    uinput_keyboard, uhid_device, usb_gadget, usb_adapter     in the guest: devices that are not there
    boot_keyboard                                             the reports of one on USB
    vivid_camera                                              and a camera
    rival, reading_process                                    other programs, and a till that can be held
    waiting                                                   for what takes its own time
"""
