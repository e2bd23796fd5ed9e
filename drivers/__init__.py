"""Readers: from the bytes of a device to a ``Scan``, or to the reason why there is none.

Every kind of reader goes the same way::

    kinds           a kind by its name: ours, and those of other packages by entry point
    transport       the contract of a kind: look, open, and the lexer
    transports/     one file for each kind
    ports/          open devices: ttys, sockets, input devices, hidraw, PC/SC, cameras; who else has them
    lexers/         bytes -> frames, for each kind its own. Pure
    codes/          a frame -> what it means: ``reading`` is the one order in which everything is asked. Pure
    debounce        a trigger held down, or a card left on the reader, is one reading
    pipeline        lexer, decision, debounce -> Scan | RefusedScan. Payment cards end here
    reader          one thread for each: open, read, lose, open again, tell the device what came of it (``feedback``)
    supervisor      all configured readers; the only class the till service needs

Beside it::

    settings        what the configuration says about one reader; misconfiguration says what is wrong with it
    discovery       what is plugged in, by looking at files only
    recordings/     what a reader sent, written down so that it names nobody and can be played again
    picture         the codes in a picture
    conformance     the test kit of a kind, with lexer_conformance for its pure half
    virtual_scanner a scanner for machines that have none

To add a kind of reader, write its transport and its lexer, name it in ``kinds``, and let ``conformance`` test it
(docs/howto/write-a-driver.md). Never write to a port to find out what it is: the probe of one device is the error beep
of another.
"""
