"""The screen: a client of the local API, nothing more.

It keeps one stream of whole views of the till, shows the newest and posts wishes; it knows no store, no reader and
no network. ``tui.app.TillApp(socket).run()`` is the way in.

app.py        the application: messages in, one scene out; notices, pages, language, reconnection
link.py       the stream and the queue of wishes, granted one after another
wishes.py     what a cashier can wish for, each safe to send again
typed.py      what a typed text means: quantity, code, amount
scene.py      everything a screen needs to draw itself, in one value
messages.py   what the parts tell the application
rows.py       what is shown, as data: rows of text with roles
present/      views to rows: every decision about words, pure
bursts.py     keys that come as fast as only a reader types, pure
gate.py       where keys wait until it is known whose a burst was, pure
wedge.py      the gate above every widget
painting.py   when what a scan caused had gone out to the terminal
hangup.py     ending with the terminal, signal or not
rtl.py        the one boundary where logical text becomes cells, and the terminal's own BiDi
screens/      the counter, and the pages over it
widgets/      what draws: Pane (all text), Entry (what is typed), KeyBar, and the two views made of them
theme.tcss    how the roles look

A view's way to the glass: ``link`` → ``app`` (a ``Scene``) → ``screens.counter`` → ``widgets.idle`` or
``widgets.customer`` → ``present`` (rows) → ``widgets.pane`` → ``rtl`` (cells).
"""
