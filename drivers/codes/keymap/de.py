"""German: ``de`` of xkeyboard-config 2.35.1. Rows of a US keyboard, plain and with Shift."""

PLAIN = (
    "\x001234567890ß\x00",
    "qwertzuiopü+#",
    "asdfghjklöä",
    "yxcvbnm,.-",
)
SHIFT = (
    '°!"§$%&/()=?\x00',
    "QWERTZUIOPÜ*'",
    "ASDFGHJKLÖÄ",
    "YXCVBNM;:_",
)
