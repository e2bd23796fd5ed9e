"""A camera from its pictures to readings; the kernel's side of it is tests/vm/test_camera.py."""

import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from drivers.codes.reading_settings import ReadingSettings
from drivers.conformance import Conformance
from drivers.kinds import transport
from drivers.lexers.camera_readings import CameraLexer, message
from drivers.misconfiguration import problems
from drivers.pipeline import Pipeline, Reading
from drivers.ports.camera_port import CameraPort
from drivers.ports.port import Alarm, OpenFailure
from drivers.settings import ReaderSettings
from drivers.transports.camera_transport import CAMERA
from pos_loyalty.core.scans import ReaderState, RefusedScan, Scan, ScanFault
from tests.drivers.picture_camera import PictureCamera
from tests.drivers.pictures import drawn, on_a_desk, qr_card
from tests.drivers.till import DEADLINE_S

WEBCAM = "/dev/v4l/by-id/usb-Acme_Cam-video-index0"
DESK = Image.new("L", (640, 480), 180)


@pytest.fixture
def camera() -> PictureCamera:
    """Give a camera over an empty desk."""
    made = PictureCamera()
    made.before_it = DESK
    return made


@pytest.fixture
def port(camera: PictureCamera) -> Iterator[CameraPort]:
    """Give the port of that camera."""
    with closing(CameraPort(camera, "counter")) as made:
        yield made


class Counter:
    """Reads a port like the reader thread, and waits for what is expected."""

    def __init__(self, port: CameraPort) -> None:
        self._port = port
        self._line = Pipeline("counter", "camera", CameraLexer(), ReadingSettings(), debounce_ms=0)
        self.readings: list[Reading] = []

    def next(self) -> Reading:
        """Wait for the next reading."""
        deadline = time.monotonic() + DEADLINE_S
        seen = len(self.readings)
        while len(self.readings) == seen:
            assert self._ready(deadline - time.monotonic()), self.readings
            self.readings += self._line.receive(os.read(self._port.fileno(), 4096), time.monotonic_ns())
        return self.readings[seen]

    def hears_the_end(self) -> bool:
        """Whether the pipe hangs up within the deadline."""
        return self._ready(DEADLINE_S) and os.read(self._port.fileno(), 4096) == b""

    def is_silent(self) -> bool:
        """Whether there is nothing to read now."""
        return not self._ready(0)

    def _ready(self, seconds: float) -> bool:
        return bool(select.select([self._port.fileno()], [], [], max(0, seconds))[0])


def wait_for_pictures(camera: PictureCamera, count: int) -> None:
    """Wait until so many more have been looked at."""
    wanted, deadline = camera.taken + count, time.monotonic() + DEADLINE_S
    while camera.taken < wanted:
        assert time.monotonic() < deadline
        select.select([], [], [], 0.01)


def test_a_card_held_before_the_camera_is_one_member(camera: PictureCamera, port: CameraPort) -> None:
    """However long it is held; the next card is the next reading, and times are those of the pictures."""
    counter, shown_ns = Counter(port), time.monotonic_ns()
    camera.before_it = on_a_desk(qr_card("PL-1001"))
    first = counter.next()
    assert isinstance(first, Scan)
    assert (first.code, first.decision.aim) == ("PL-1001", "Q1")
    assert shown_ns - 200_000_000 <= first.first_byte_ns < first.last_byte_ns <= time.monotonic_ns()
    wait_for_pictures(camera, 4)
    assert counter.is_silent()
    camera.before_it = on_a_desk(qr_card("PL-1002"))
    second = counter.next()
    assert isinstance(second, Scan)
    assert second.code == "PL-1002"


def test_a_bank_card_in_a_picture_is_refused(camera: PictureCamera, port: CameraPort) -> None:
    """Nothing of its number is delivered."""
    counter = Counter(port)
    camera.before_it = drawn("4111111111111111", zxingcpp.BarcodeFormat.QRCode)
    refused = counter.next()
    assert isinstance(refused, RefusedScan)
    assert refused.fault is ScanFault.PAYMENT_CARD
    assert "4111" not in repr(counter.readings)


def test_a_camera_that_is_pulled_hangs_up(camera: PictureCamera, port: CameraPort) -> None:
    """So the reader opens it anew; the camera was let go of."""
    camera.unplug()
    assert Counter(port).hears_the_end()
    assert camera.is_closed


def test_pictures_are_bounded(camera: PictureCamera, port: CameraPort) -> None:
    """A camera that is always ready is looked at ten times a second, not as often as it can."""
    wait_for_pictures(camera, 1)
    begun, before = time.monotonic(), camera.taken
    wait_for_pictures(camera, 5)
    # The first may follow at once.
    assert (camera.taken - before) <= (time.monotonic() - begun) / 0.1 + 1


def test_closing_lets_go_of_the_camera_and_of_the_descriptors(camera: PictureCamera) -> None:
    """Twice is as good as once; its lamp goes out."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    port = CameraPort(camera, "counter")
    port.write(b"beep")
    port.close()
    port.close()
    assert camera.is_closed
    # Two of the camera itself were open before.
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 2


@pytest.mark.parametrize("node", ["/dev/null", "file"])
def test_what_is_no_camera_is_told(tmp_path: Path, node: str) -> None:
    """Another device, or a file, is not opened as a camera, and stays as it was."""
    (tmp_path / "file").touch()
    with closing(Alarm()) as alarm:
        found = CAMERA.open(ReaderSettings(name="door", kind="camera", port=str(tmp_path / node)), alarm)
    assert isinstance(found, OpenFailure)
    assert (found.state, "is no reader of this kind" in found.detail) == (ReaderState.FAULTED, True)


def test_a_camera_that_is_not_there_is_absent(tmp_path: Path) -> None:
    """By looking, and by opening."""
    settings = ReaderSettings(name="door", kind="camera", port=str(tmp_path / "video0"))
    with closing(Alarm()) as alarm:
        failures = CAMERA.absence(settings), CAMERA.open(settings, alarm)
    assert [failure.state for failure in failures if isinstance(failure, OpenFailure)] == [ReaderState.ABSENT] * 2


def test_the_kind_has_a_name_and_wants_a_name_that_stays() -> None:
    """/dev/video0 is another camera after a restart; what means nothing to a camera is said."""
    assert transport("camera") is CAMERA
    assert problems([ReaderSettings(name="door", kind="camera", port=WEBCAM)]) == []
    (sentence,) = problems([ReaderSettings(name="door", kind="camera", port="/dev/video0")])
    assert "by-id" in sentence
    assert len(problems([ReaderSettings(name="door", kind="camera", port="webcam", baud=1200)])) == 2


class OfCamera(Conformance):
    """The promises about bytes; those about a device need a kernel with a camera: tests/vm/test_camera.py."""

    transport = CAMERA

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give the message of the thread."""
        return (message(b"]Q1" + code.encode(), 5_000_000),)

    def settings(self) -> ReaderSettings:
        """Give settings without a device."""
        return ReaderSettings(name="door", kind="camera", port=WEBCAM)


@pytest.mark.parametrize(
    "promise",
    [
        Conformance.test_a_reading_is_one_frame,
        Conformance.test_bytes_may_come_in_any_portions,
        Conformance.test_no_bytes_make_the_lexer_raise,
        Conformance.test_half_a_reading_is_reported_at_a_disconnect_and_forgotten,
        Conformance.test_silence_before_the_deadline_changes_nothing,
        Conformance.test_payment_cards_end_in_the_driver,
        Conformance.test_the_kind_says_what_it_is,
        Conformance.test_the_kind_can_be_configured,
        Conformance.test_problems_are_sentences,
    ],
    ids=lambda promise: promise.__name__.removeprefix("test_"),
)
def test_the_camera_keeps_the_promises_of_a_kind(promise: Callable[[Conformance], None]) -> None:
    """What the conformance kit asks of every kind."""
    promise(OfCamera())
