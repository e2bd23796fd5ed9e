"""The till of pos-loyalty: rules, store and service beside the cash register."""

__version__ = "0.1.0"
