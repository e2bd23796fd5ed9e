"""The till's side of the wire: the line of :mod:`sync.engine` driven over HTTP, in a thread of its own.

:mod:`~sync.client.hub_line` is the whole, as the till service holds it. In it, ``network`` is the thread, ``runner``
performs what the engine wants, ``calls`` are single requests, ``listening`` waits for news, ``replacing`` and
``bootstrap`` fetch a prepared replica, and ``enquiries`` are what a customer waits for.
"""
