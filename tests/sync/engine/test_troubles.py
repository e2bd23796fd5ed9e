"""What an HTTP answer means to the line."""

import pytest

from sync.engine.troubles import Trouble, trouble_of

JSON = "application/json"


@pytest.mark.parametrize(
    ("status", "media_type", "trouble"),
    [
        (200, JSON, None),
        (200, "application/json; charset=utf-8", None),
        (200, "text/html", Trouble.PORTAL),
        (200, "Text/HTML; charset=iso-8859-1", Trouble.PORTAL),
        (400, "text/html", Trouble.PORTAL),
        (403, "application/xhtml+xml", Trouble.PORTAL),
        (302, "", Trouble.PORTAL),
        (404, "text/html", Trouble.PORTAL),
        (511, JSON, Trouble.PORTAL),
        (511, "text/html", Trouble.PORTAL),
        (408, "text/html", Trouble.TIMEOUT),
        (429, "text/html", Trouble.BUSY),
        (500, "text/html", Trouble.SERVER),
        (502, "text/html; charset=utf-8", Trouble.SERVER),
        (503, "text/html", Trouble.BUSY),
        (504, "text/html", Trouble.TIMEOUT),
        (400, JSON, Trouble.REFUSED),
        (413, "", Trouble.TOO_LARGE),
        (401, JSON, Trouble.UNAUTHENTICATED),
        (403, JSON, Trouble.FORBIDDEN),
        (408, JSON, Trouble.TIMEOUT),
        (429, JSON, Trouble.BUSY),
        (500, JSON, Trouble.SERVER),
        (502, JSON, Trouble.SERVER),
        (503, JSON, Trouble.BUSY),
        (504, JSON, Trouble.TIMEOUT),
        (599, JSON, Trouble.SERVER),
        (404, JSON, Trouble.UNEXPECTED),
        (204, JSON, Trouble.UNEXPECTED),
        (999, JSON, Trouble.UNEXPECTED),
    ],
)
def test_each_answer_has_one_meaning(status: int, media_type: str, trouble: Trouble | None) -> None:
    """A portal is known before its status is believed: it must neither put events aside nor halt the line.

    A gateway without its hub says so in a page as well: then it is the status that counts.
    """
    assert trouble_of(status, media_type) is trouble
