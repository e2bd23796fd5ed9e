"""The till service: state machine in, effects out, and the local HTTP API in front of it.

``wire`` and ``client`` are what the screen and plug-ins use; everything else stays behind the socket.
"""
