"""Readers: from bytes on a wire to a ``Scan``, or to the reason why there is none.

A reading passes these files in this order; the first five are pure::

    framing    bytes        -> frames          CR, LF, CRLF, STX..ETX, idle gap
    decoding   frames       -> text            UTF-8, AIM identifier, wrong parity named
    guard      text         -> refused or not  payment cards end here
    debounce   same code    -> counted         a trigger held down is one reading
    pipeline   all of these -> Scan | RefusedScan

What a text means is decided apart from how it came; all of it is pure::

    reading        text         -> Decision    the one order in which everything below is asked
    symbology      AIM identifiers             ean            EAN, UPC and ITF-14
    shop_numbers   templates, vouchers         check_digits   what they are checked by
    stripe         tracks 1 to 3               rfid           125 kHz tags
    contacts       vCard, MECARD, links        layout_undo    what a keyboard reader meant (tables: keymap)
    meanings       every candidate             decision       the shape of the answer

And the way of the bytes, which is not pure::

    port           a byte source as the reader thread sees it, and how it waits
    serial_port    ttys, by pyserial           socket_port   socket://host:port
    reader         one thread per reader: open, read, lose, open again
    supervisor     all configured readers; the only class the till service needs
    settings       what the configuration says about one reader
    holders        which process holds a device
    virtual_scanner, pseudo_terminal           a scanner for machines that have none

To add a way of marking the end of a reading, extend ``framing``. To add a reader that is not a byte stream
(evdev, hidraw, PC/SC), add one file per transport which ends in ``Scan`` and ``RefusedScan``, and pass every
text through ``guard`` before it is stored, logged or sent. Never write to a port to find out what it is: the
probe of one device is the error beep of another.
"""
