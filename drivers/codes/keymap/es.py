"""Spanish: ``es`` of xkeyboard-config 2.35.1. Rows of a US keyboard, plain and with Shift."""

PLAIN = (
    "º1234567890'¡",
    "qwertyuiop\x00+ç",
    "asdfghjklñ\x00",
    "zxcvbnm,.-",
)
SHIFT = (
    'ª!"·$%&/()=?¿',
    "QWERTYUIOP\x00*Ç",
    "ASDFGHJKLÑ\x00",
    "ZXCVBNM;:_",
)
