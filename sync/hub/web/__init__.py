"""The hub over HTTP: what :class:`~sync.hub.authority.Authority` does, for signed requests of tills.

``app`` puts it together. ``gate`` knows who asks, ``bodies`` reads and packs, ``threads`` keeps a slow database from
holding up everybody, ``bell`` wakes those who wait for news, ``requests`` notes what became of each request.
docs/reference/hub-api.md is its reference, under test.
"""
