"""The real clock and the real sources of identifiers and codes: the edge where time and chance enter."""

import os
import time
from datetime import UTC, datetime

from pos_loyalty.core.ids import ENTROPY_BYTES, uuid7
from pos_loyalty.core.voucher_codes import RANDOM_BYTES, voucher_code


class SystemClock:
    """The clock of this machine, as :class:`pos_loyalty.ports.Clock`."""

    def now(self) -> datetime:
        """Return the wall clock in UTC."""
        return datetime.now(UTC)

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never go back; every process of this machine counts alike."""
        return time.monotonic_ns()


class RandomIds:
    """UUIDv7 from the wall clock and the kernel's randomness, as :class:`pos_loyalty.ports.Ids`."""

    def __call__(self) -> str:
        """Return a new identifier."""
        return uuid7(time.time_ns() // 1_000_000, os.urandom(ENTROPY_BYTES))


def random_voucher_code() -> str:
    """Return a new code from the kernel's randomness, as :class:`pos_loyalty.ports.VoucherCodes`."""
    return voucher_code(os.urandom(RANDOM_BYTES))
