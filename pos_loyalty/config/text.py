"""Values as TOML."""

import json


def toml(value: object) -> str:
    """Return a value as TOML; JSON spells texts (but for DEL), numbers, truths and flat lists the same way.

    >>> toml(("a", "b")), toml(True)
    ('["a", "b"]', 'true')
    """
    return json.dumps(value, ensure_ascii=False, default=str).replace("\x7f", "\\u007f")
