"""Turkish Q: ``tr`` of xkeyboard-config 2.35.1. Rows of a US keyboard, plain and with Shift."""

PLAIN = (
    '"1234567890*-',
    "qwertyuıopğü,",
    "asdfghjklşi",
    "zxcvbnmöç.",
)
SHIFT = (
    "é!'^+%&/()=?_",
    "QWERTYUIOPĞÜ;",
    "ASDFGHJKLŞİ",
    "ZXCVBNMÖÇ:",
)
