"""The line of the till: what to send and to ask, when, and what to write of the answers. Pure.

    line, effects = step(line, happened, Now(ns, chance))

``inputs`` and ``effects`` hold the words, :mod:`sync.engine.line` puts :mod:`~sync.engine.push` and
:mod:`~sync.engine.pull` together, ``ports`` says what a store has to do, ``memory_outbox`` and ``memory_replica`` do
it in the simplest form. ``docs/explanation/sync-model.md`` says why.
"""
