"""From what the till says to what the screen shows: pure functions of a view, a shop and a locale.

Every decision about words is here and nowhere else; every text is in logical order and comes from the catalogues.

locales.py    who reads: the language of the screen, the language of the member
words.py      what ids are called, and in what points are counted
moments.py    from when on, and when again
reasons.py    why: every reason of the engine with its arithmetic
sentences.py  notices, refusals and problems, each with its remedy
prompts.py    what the field asks for
keys.py       which key does what now, and the help
status.py     the shop, readers, waiting events, the idle screen
people.py     members to choose from
greeting.py   the name, then the one thing to say, then the services of the tier
person.py     occasions, preferences, notes, purchases
sale.py       the basket, its gifts, what is to pay
picks.py      the rewards that a key can act on, and how near the others are
rewards.py    those rewards, what is missing for the others, the points
claims.py     how many points, which gift
missing.py    for every program what it gives and what is missing
farewell.py   thanks, what was paid, vouchers to hand over, points
"""
