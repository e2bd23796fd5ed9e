"""The messages of a camera's thread, cut anywhere."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.camera_readings import CameraLexer, message
from drivers.lexers.framing import FRAME_BYTES_MAX, Frame, FrameFault
from pos_loyalty.core.scans import ScanFault

MS = 1_000_000


@given(st.lists(st.binary(max_size=200), max_size=6), st.data())
def test_codes_come_out_as_they_went_in(codes: list[bytes], data: st.DataObject) -> None:
    """Line breaks and control characters included, however the pipe cuts them."""
    stream = b"".join(message(code, 3 * MS) for code in codes)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    lexer, at_ns = CameraLexer(), 1000 * MS
    parts = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    found = [result for part in parts for result in lexer.receive(part, at_ns)]
    assert found == [Frame(code, at_ns - 3 * MS, at_ns) for code in codes]
    assert lexer.deadline_ns is None


def test_half_a_message_is_reported_once() -> None:
    """After a second of silence, or when the camera is lost; then the next one is whole."""
    for is_lost in (False, True):
        lexer = CameraLexer()
        assert lexer.receive(message(b"PL-1001", 0)[:-1], 0) == []
        assert lexer.silence(999 * MS) == []
        (fault,) = lexer.reset() if is_lost else lexer.silence(1000 * MS)
        assert isinstance(fault, FrameFault)
        assert fault.fault is ScanFault.INTERRUPTED
        assert lexer.reset() == []
        assert [result.payload for result in lexer.receive(message(b"PL-1002", 0), 0)] == [b"PL-1002"]


def test_what_is_longer_than_any_code_is_not_told() -> None:
    """And bytes that promise so much are dropped with a reason."""
    assert message(bytes(FRAME_BYTES_MAX + 1), 0) == b""
    (fault,) = CameraLexer().receive(b"\xff" * 8, 0)
    assert isinstance(fault, FrameFault)
    assert fault.fault is ScanFault.TOO_LONG
