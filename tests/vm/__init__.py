"""Readers on real kernel devices, inside a small virtual machine (``make test-vm``).

Three parts; docs/howto/test-with-a-vm.md tells how to use them::

    kernel, initramfs, guest    on the host: find a kernel, pack what boots it, start QEMU and talk to it
    agent                       in the guest: process 1, which runs one test after the other when it is told to
    conftest                    on both sides: a test marked ``vm`` that is collected on the host runs in the guest

    us_keys, uinput_keyboard, uhid_device, report_descriptors, usb_gadget, other_program
                                in the guest: devices that are not there, and programs that want them too
"""
