"""From what the till says to what the screen shows: pure functions of a view, a shop and a locale.

Every decision about words is here and nowhere else; every text is in logical order and comes from the catalogues.

locales.py    who reads: the language of the screen, the language of the member
greeting.py   the name, then the one thing to say
person.py     occasions, preferences, notes, purchases
sale.py       the basket, its total, rewards and points, the farewell
sentences.py  notices, refusals, problems and reasons, each with its remedy
status.py     the shop, readers, waiting events, the idle screen
people.py     members to choose from
keys.py       which key does what now, and the help
"""
