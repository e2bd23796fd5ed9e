"""Language, calendar, digits, money words, name folding and right-to-left lines. Pure: no clock, no terminal.

Import the module that holds the noun. A screen needs one object, :class:`pos_loyalty.i18n.locales.Locale`, and,
where it paints, :mod:`pos_loyalty.i18n.bidi`. All text is in logical order except what ``bidi`` returns.
"""
