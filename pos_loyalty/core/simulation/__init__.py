"""The simulator: what a draft of the programs would have cost, and whom it would have helped."""

from pos_loyalty.core.simulation.baskets import Customer, OtherEvent, PastBasket, PastLine, lines_of, read_basket
from pos_loyalty.core.simulation.replay import Ready, Replay
from pos_loyalty.core.simulation.tally import Change, Contribution, Side, Simulation, Swing

__all__ = [
    "Change",
    "Contribution",
    "Customer",
    "OtherEvent",
    "PastBasket",
    "PastLine",
    "Ready",
    "Replay",
    "Side",
    "Simulation",
    "Swing",
    "lines_of",
    "read_basket",
]
