"""French AZERTY: ``fr`` of xkeyboard-config 2.35.1. Rows of a US keyboard, plain and with Shift."""

PLAIN = (
    "²&é\"'(-è_çà)=",
    "azertyuiop\x00$*",
    "qsdfghjklmù",
    "wxcvbn,;:!",
)
SHIFT = (
    "~1234567890°+",
    "AZERTYUIOP\x00£µ",
    "QSDFGHJKLM%",
    "WXCVBN?./§",
)
