"""Readers: from the bytes of a device to a ``Scan``, or to the reason why there is none.

A reading passes these files in this order; all but the first two are pure::

    kinds          the kind of a reader by name: ours, and those of other packages by entry point
    transport      the contract of a kind: look, open, and the lexer; conformance is its test kit
    lexing         bytes -> frames, for each kind its own: framing (text lines), keystrokes, reports, tags ...
    decoding       frames -> text              UTF-8, AIM identifier, wrong parity named
    reading        text -> Decision            the one order in which everything below is asked
    guard          payment cards end here
    debounce       same code -> counted        a trigger held down is one reading
    pipeline       all of these -> Scan | RefusedScan

What a text means is decided apart from how it came; all of it is pure::

    symbology      AIM identifiers             ean            EAN, UPC and ITF-14
    shop_numbers   templates, vouchers         check_digits   what they are checked by
    stripe         tracks 1 to 3               rfid           125 kHz tags
    contacts       vCard, MECARD, links        layout_undo    what a keyboard reader meant (tables: keymap)
    meanings       every candidate             reading_settings   what this shop's codes look like
    element_strings, digital_link, gs1_meanings, application_identifiers, associations    GS1

And the way of the bytes, which is not pure::

    port           an open device as the reader thread sees it, and how it waits
    serial_port    ttys, by pyserial           socket_port   socket://host:port
    reader         one thread per reader: open, read, lose, open again
    supervisor     all configured readers; the only class the till service needs
    settings       what the configuration says about one reader; misconfiguration says what is wrong with it
    holders        which process holds a device
    virtual_scanner, pseudo_terminal           a scanner for machines that have none

To add a kind of reader, write its transport and its lexer, name it in ``kinds``, and let ``drivers.conformance`` test
it. Never write to a port to find out what it is: the probe of one device is the error beep of another.
"""
