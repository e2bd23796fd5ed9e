"""Scratch of helper W, deleted after one run."""
import os, select, struct, fcntl, threading, time, tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
import pytest
from drivers.conformance import Conformance
from drivers.wedge_transport import WEDGE
from drivers.hidpos_transport import HIDPOS
from drivers.hidmsr_transport import HIDMSR
from drivers.port import Alarm, OpenFailure, read_available
from drivers.settings import ReaderSettings
from drivers.keystrokes import KeystrokeLexer
from tests.drivers.hid_reports import MAGTEK, MAGNESAFE, POS_SCANNER, parts, swipe, KEYBOARD
from tests.drivers.keyboard_reader import packed, reported, typed, pressed, ENTER
from tests.vm.uinput_keyboard import UinputKeyboard
from tests.vm.uhid_device import UhidDevice
pytestmark = pytest.mark.vm

class Wedge:
    def __init__(self, place):
        self.link = Path(place)/"event-kbd"
        self.settings = ReaderSettings(name="w", kind="wedge", port=str(self.link), usb="0c2e:0b61")
        self.plug()
    def plug(self):
        self.kb = UinputKeyboard(); self.link.symlink_to(self.kb.node)
    def unplug(self):
        self.link.unlink(missing_ok=True); self.kb.unplug()
    def send(self, code): self.kb.press(typed(code), apart_s=0.001)
    def written(self): return b""

class Hid:
    def __init__(self, place, kind, descriptor, reports):
        self.link = Path(place)/"hid"; self.descriptor=descriptor; self.reports=reports
        self.settings = ReaderSettings(name="h", kind=kind, port=str(self.link), usb="05e0:1300")
        self.plug()
    def plug(self):
        self.dev = UhidDevice(self.descriptor, (0x05E0,0x1300)); self.link.symlink_to(self.dev.node)
    def unplug(self):
        self.link.unlink(missing_ok=True); self.dev.unplug()
    def send(self, code):
        for r in self.reports(code): self.dev.send(r)
    def written(self): return b""

class TestWedge(Conformance):
    transport = WEDGE
    @contextmanager
    def _d(self):
        with tempfile.TemporaryDirectory() as place:
            d = Wedge(place); yield d; d.unplug()
    def device(self): return self._d()
    def reads_of(self, code): return (packed(reported(typed(code))),)

class TestPos(Conformance):
    transport = HIDPOS
    cuts_matter = True
    codes = ("PL-1001", "PL-1002")
    @contextmanager
    def _d(self):
        with tempfile.TemporaryDirectory() as place:
            d = Hid(place, "hidpos", POS_SCANNER, self.reads_of); yield d; d.unplug()
    def device(self): return self._d()
    def reads_of(self, code): return tuple(parts(code.encode()))

class TestMsr(Conformance):
    transport = HIDMSR
    cuts_matter = True
    codes = (";1234567=9901?", ";1234568=9901?")
    payment_card = "4111111111111111"
    @contextmanager
    def _d(self):
        with tempfile.TemporaryDirectory() as place:
            d = Hid(place, "hidmsr", MAGTEK, self.reads_of); yield d; d.unplug()
    def device(self): return self._d()
    def reads_of(self, code):
        return (swipe(b"", code.encode() if code[0]==";" else b";"+code.encode()+b"=30121010000000000?"),)

def test_whole_keyboard_says_usb():
    with UinputKeyboard() as kb, closing(Alarm()) as alarm:
        f = WEDGE.open(ReaderSettings(name="x", kind="wedge", port=str(kb.node)), alarm)
        assert isinstance(f, OpenFailure)
        assert 'set usb = "0c2e:0b61"' in f.detail and "Wedge" in f.detail, f.detail
        f = WEDGE.open(ReaderSettings(name="x", kind="wedge", port=str(kb.node), usb="046d:c31c"), alarm)
        assert "is 0c2e:0b61 and not 046d:c31c" in f.detail
        f = WEDGE.open(ReaderSettings(name="x", kind="wedge", port="/dev/hidraw99"), alarm)
        print(f)

def test_half_typed_at_open_is_dropped():
    with UinputKeyboard() as kb, closing(Alarm()) as alarm:
        s = ReaderSettings(name="x", kind="wedge", port=str(kb.node), usb="0c2e:0b61")
        t = threading.Thread(target=lambda: kb.press(typed("0"*40+"4006381333931"), apart_s=0.01))
        t.start()
        a = time.monotonic()
        port = WEDGE.open(s, alarm)
        took = time.monotonic()-a
        assert not isinstance(port, OpenFailure), port
        t.join()
        assert read_available(port, alarm, 0.1) == b""
        kb.press(typed("42"))
        lex = WEDGE.lexer(s); got=[]
        while not got: got += lex.receive(read_available(port, alarm, 5), time.monotonic_ns())
        assert got[0].payload == b"42"
        assert 0 <= time.monotonic_ns()-got[0].last_byte_ns < 500_000_000
        print("took", took)
        port.close()
        # given back
        fd = os.open(kb.node, os.O_RDONLY|os.O_NONBLOCK); fcntl.ioctl(fd, 0x40044590, 1); os.close(fd)

def test_endless_typing_at_open():
    with UinputKeyboard() as kb, closing(Alarm()) as alarm:
        s = ReaderSettings(name="x", kind="wedge", port=str(kb.node), usb="0c2e:0b61")
        stop = threading.Event()
        def run():
            while not stop.is_set(): kb.press(typed("12"), apart_s=0.01)
        t = threading.Thread(target=run); t.start()
        f = WEDGE.open(s, alarm); stop.set(); t.join()
        assert isinstance(f, OpenFailure) and "without a pause" in f.detail, f

def test_encrypting_reader():
    with UhidDevice(MAGNESAFE, (0x0801,0x0011)) as d, closing(Alarm()) as alarm:
        f = HIDMSR.open(ReaderSettings(name="x", kind="hidmsr", port=str(d.node)), alarm)
        assert "encrypts" in f.detail, f
        f = HIDPOS.open(ReaderSettings(name="x", kind="hidpos", port=str(d.node)), alarm)
        assert "no bar code reader in HID POS mode" in f.detail, f
        f = HIDPOS.open(ReaderSettings(name="x", kind="hidpos", port=str(d.node), usb="0801:0012"), alarm)
        assert "is 0801:0011 and not 0801:0012" in f.detail, f
        f = WEDGE.open(ReaderSettings(name="x", kind="wedge", port=str(d.node)), alarm)
        assert "no reader of this kind" in f.detail, f

HONEYWELL = POS_SCANNER[:-2] + bytes.fromhex("85 fe 09 10 95 01 b1 02 85 fd 09 11 95 3f 91 02 c0 c0")
def test_honeywell():
    d = UhidDevice(HONEYWELL, (0x0C2E,0x0B8F)); seen=[]; stop=threading.Event()
    def serve():
        while not stop.is_set():
            if not select.select([d._fd],[],[],0.05)[0]: continue
            e = os.read(d._fd, 4380); kind, = struct.unpack_from("<I", e)
            if kind == 13:
                rid, rnum, rtype, size = struct.unpack_from("<IBBH", e, 4)
                seen.append(("set", rnum, rtype, e[12:12+size]))
                os.write(d._fd, struct.pack("<IIH", 14, rid, 0))
            elif kind == 6:
                size, = struct.unpack_from("<H", e, 4+4096)
                seen.append(("out", e[4:4+size]))
            else: seen.append(kind)
    t = threading.Thread(target=serve); t.start()
    try:
        with closing(Alarm()) as alarm:
            port = HIDPOS.open(ReaderSettings(name="x", kind="hidpos", port=str(d.node), usb="0c2e:0b8f", feedback="honeywell"), alarm)
            assert not isinstance(port, OpenFailure), (port, seen)
            port.write(b"\x16\x07\r")
            time.sleep(0.3)
            port.close()
            assert [s for s in seen if s[0]=="set"] if False else True
            assert ("set", 254, 0, b"\xfe\x01") in seen, seen
            assert any(isinstance(s, tuple) and s[0]=="out" and s[1].startswith(b"\xfd\x03\x16\x07\r") for s in seen), seen
    finally:
        stop.set(); t.join(); d.unplug()
