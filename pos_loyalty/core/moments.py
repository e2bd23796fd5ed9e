"""A moment on the wire: a time without its zone names no moment and is refused."""

from datetime import datetime
from typing import Annotated

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
