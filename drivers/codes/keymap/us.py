"""English, United States: ``us`` of xkeyboard-config 2.35.1. Rows of a US keyboard, plain and with Shift."""

PLAIN = (
    "`1234567890-=",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
)
SHIFT = (
    "~!@#$%^&*()_+",
    "QWERTYUIOP{}|",
    'ASDFGHJKL:"',
    "ZXCVBNM<>?",
)
