"""Hebrew: ``il`` of xkeyboard-config 2.35.1. Rows of a US keyboard, plain and with Shift."""

PLAIN = (
    ";1234567890-=",
    "/'קראטוןםפ][\\",
    "שדגכעיחלךף,",
    "זסבהנמצתץ.",
)
SHIFT = (
    "~!@#$%^&*)(_+",
    "QWERTYUIOP}{|",
    'ASDFGHJKL:"',
    "ZXCVBNM><?",
)
