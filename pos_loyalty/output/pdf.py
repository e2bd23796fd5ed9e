"""Pages of dots as a PDF (ISO 32000-1), written as they come.

Pillow writes PDF too, but holds every page until the end (8.7 MB for a sheet), and keeps grey ones as JPEG.
"""

import zlib
from typing import BinaryIO, Final

from PIL import Image

from pos_loyalty.output.paper import Size

_CATALOG, _PAGES = 1, 2
_OBJECTS_PER_PAGE: Final = 3
_IN_USE, _FREE = "{:010} 00000 n \n", "0000000000 65535 f \n"


class PdfPages:
    """Writes a PDF; each page is as large as its picture is at 300 dots an inch. Call :meth:`finish` at the end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._offsets: dict[int, int] = {}
        self._at = 0
        self._pages = 0
        # The comment of four bytes above 127 says that the file is not text (7.5.2).
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def add(self, picture: Image.Image) -> None:
        """Write a page with this picture of mode ``1``."""
        page = _PAGES + 1 + self._pages * _OBJECTS_PER_PAGE
        width, height = Size(*picture.size).points
        drawing = f"{width:.4f} 0 0 {height:.4f} 0 0 cm /P Do".encode()
        self._object(
            page,
            f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {width:.4f} {height:.4f}]"
            f" /Resources << /XObject << /P {page + 2} 0 R >> >> /Contents {page + 1} 0 R >>",
        )
        self._object(page + 1, "<<", drawing)
        self._object(
            page + 2,
            f"<< /Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height}"
            " /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /FlateDecode",
            zlib.compress(picture.tobytes(), 9),
        )
        self._pages += 1

    def finish(self) -> None:
        """Write what a reader begins with: the list of pages, and where each object is."""
        kids = " ".join(f"{_PAGES + 1 + page * _OBJECTS_PER_PAGE} 0 R" for page in range(self._pages))
        self._object(_PAGES, f"<< /Type /Pages /Count {self._pages} /Kids [{kids}] >>")
        self._object(_CATALOG, f"<< /Type /Catalog /Pages {_PAGES} 0 R >>")
        start, count = self._at, len(self._offsets) + 1
        table = _FREE + "".join(_IN_USE.format(self._offsets[number]) for number in range(1, count))
        trailer = f"trailer\n<< /Size {count} /Root {_CATALOG} 0 R >>\nstartxref\n{start}\n%%EOF\n"
        self._write(f"xref\n0 {count}\n{table}{trailer}".encode())

    def _object(self, number: int, head: str, data: bytes | None = None) -> None:
        self._offsets[number] = self._at
        body = head.encode()
        if data is not None:
            body += f" /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"
        self._write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._at += len(data)
