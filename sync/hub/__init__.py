"""The hub: the authority that orders events, keeps the ledger and sends documents down.

``push`` is the one step by which anything of a till comes in, ``feed`` the one by which it goes out; both are pure
over the port :class:`~sync.hub.hub_store.HubStore`. docs/explanation/sync-model.md says what they must keep true.
"""
