"""Tills, a hub and everything that can happen between them, in one process, on one clock and under one seed.

    report = run(drawn(seed))

The line, the stores in memory and the hub's step are the real ones; only disks, network and power are played, by one
``random.Random``. So a seed is a whole story: it can be told again word for word, and made shorter until only what
matters is left (:mod:`~sync.simulator.shrinking`). What must hold is in :mod:`~sync.simulator.watch`.
"""
