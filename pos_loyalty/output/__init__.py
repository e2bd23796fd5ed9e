"""What leaves the till on paper: member cards.

A card is drawn in these files, in this order::

    paper       sizes: the card, the sheet, and millimetres as whole dots
    symbols     a code as modules, dark and light, or why it is not printed
    modules     modules as dots
    lettering   names in every direction, shaped, and made to fit
    card        the front of one card
    sheet       ten cards on a sheet, with crop marks
    pdf         pages of dots as a PDF
    whole_file  files and folders that are whole or not there

Everything is drawn in black and white, one bit a dot, at 300 dots an inch: what card printers and lasers put on paper.
No edge is grey, so no printer has to guess where a bar ends.
"""
