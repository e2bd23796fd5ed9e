"""A camera by the kernel's V4L2, from the picture that is held before it to the member."""

import select
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
import zxingcpp
from PIL import Image

from drivers.conformance import Conformance, Device
from drivers.picture import payloads
from drivers.ports.camera_capture import Capture, open_capture
from drivers.ports.port import OpenFailure
from drivers.settings import ReaderSettings
from drivers.transports.camera_transport import CAMERA
from pos_loyalty.core.scans import ReaderState, ScanFault
from tests.drivers.pictures import drawn, qr_card
from tests.drivers.till import Till
from tests.vm.conftest import Supervise
from tests.vm.test_conformance import PROMISES
from tests.vm.vivid_camera import SIZE, VividCamera
from tests.vm.waiting import wait_until

pytestmark = pytest.mark.vm


@pytest.fixture
def camera() -> Iterator[VividCamera]:
    """Give the camera over an empty desk."""
    with VividCamera() as made:
        yield made


def counter(camera: VividCamera) -> ReaderSettings:
    """Return the settings of a reader on that camera."""
    return ReaderSettings(name="counter", kind="camera", port=str(camera.port), debounce_ms=0)


def test_a_card_before_the_camera_is_a_member(
    camera: VividCamera, till: Till, supervise: Supervise, record_property: Callable[[str, object], None]
) -> None:
    """Read once while it is held, then the next one; a bank card is refused."""
    supervise(counter(camera))
    shown_s = time.monotonic()
    camera.show(qr_card("PL-1001"))
    till.wait_for_reading(1)
    record_property(
        "card shown to a camera, until it is read in the slow guest, s", f"{time.monotonic() - shown_s:.2f}"
    )
    camera.show(qr_card("PL-1002"))
    till.wait_for_reading(2)
    camera.show(drawn("4111111111111111", zxingcpp.BarcodeFormat.QRCode))
    till.wait_for_reading(3)
    assert till.codes == ["PL-1001", "PL-1002"]
    assert till.faults == [ScanFault.PAYMENT_CARD]
    assert "4111" not in repr((till.readings, till.statuses))


def test_a_camera_that_was_pulled_and_put_back_reads(
    camera: VividCamera, till: Till, supervise: Supervise, record_property: Callable[[str, object], None]
) -> None:
    """It is absent while it is away, open within a second after its node is back, and reads."""
    supervise(counter(camera))
    camera.unplug()
    till.wait_for_state(ReaderState.ABSENT)
    seen = len(till.statuses)
    camera.plug()
    back_s = time.monotonic()
    till.wait_for_state(ReaderState.READY, after=seen)
    reconnect_s = time.monotonic() - back_s
    record_property("camera open again after its node is back, s", f"{reconnect_s:.2f}")
    camera.turn_on()
    camera.show(qr_card("PL-1001"))
    till.wait_for_reading(1)
    assert till.codes == ["PL-1001"]


def test_pictures_are_those_that_are_shown(camera: VividCamera) -> None:
    """Dot for dot, in the format that was agreed; what is skipped is skipped, and the newest is what comes."""
    with closing(opened(camera)) as capture:
        camera.show(qr_card("PL-1001"))
        wait_until(lambda: payloads(picture_of(capture)) == [b"]Q1PL-1001"], "the card is in the picture")
        assert picture_of(capture).size == SIZE


def test_a_camera_that_is_in_use_is_told(camera: VividCamera, till: Till, supervise: Supervise) -> None:
    """Another program has it: that is said, and when it ends the till has the camera."""
    with closing(opened(camera)):
        supervise(counter(camera), state=ReaderState.FAULTED)
        assert "another program uses" in till.wait_for_state(ReaderState.FAULTED).detail
    till.wait_for_state(ReaderState.READY)


def test_a_node_that_films_nothing_is_refused(camera: VividCamera) -> None:
    """A camera has several nodes; the others are told apart by what they say of themselves."""
    found = open_capture(str(camera.screen))
    assert isinstance(found, OpenFailure)
    assert (found.state, "takes no pictures" in found.detail) == (ReaderState.FAULTED, True)


class CameraDevice:
    """The camera as the conformance kit handles it: a code is a card that is held before it."""

    def __init__(self, camera: VividCamera) -> None:
        self._camera = camera
        self.settings = counter(camera)

    def plug(self) -> None:
        """Bring it back, its screen on."""
        self._camera.plug()
        self._camera.turn_on()

    def unplug(self) -> None:
        """Take it away."""
        self._camera.unplug()

    def send(self, code: str) -> None:
        """Show a card with this code."""
        self._camera.show(qr_card(code))

    def written(self) -> bytes:
        """Give nothing: a camera takes no bytes."""
        return b""


class OfCamera(Conformance):
    """By V4L2."""

    transport = CAMERA

    @contextmanager
    def device(self) -> Iterator[Device]:
        """Give the camera."""
        with VividCamera() as camera:
            yield CameraDevice(camera)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__.removeprefix("test_"))
def test_the_camera_keeps_the_promises_of_a_kind(promise: Callable[[Conformance], None]) -> None:
    """What the kit asks of a device."""
    promise(OfCamera())


def opened(camera: VividCamera) -> Capture:
    """Return the camera as the till opens it."""
    found = open_capture(str(camera.port))
    assert isinstance(found, Capture), found
    return found


def picture_of(capture: Capture) -> Image.Image:
    """Wait for the next picture."""
    assert select.select([capture], [], [], 60)[0]
    picture = capture.picture()
    assert picture
    return picture
