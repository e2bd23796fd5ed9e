"""The line of what a path names in a TOML document."""

import tomllib

import pytest

from pos_loyalty.core.document_faults import DocumentFault
from pos_loyalty.core.document_lines import placed

TEXT = '''# فروشگاه
[shop]
name = "a"
"a b".c = 1

[[programs]]
program_id = "one"
only.when = { hours = { from = "9" } }
text = """
version = 5
"""
version = 1
[[programs.rules]]
amount = 1
  [[programs.rules]]
  ammount = 2
[programs.tiering]
by = "x"

[[programs]]
'program_id' = "two"
codes = [
  "A",
  "B",
]
[[programs.rules]]
amount = 3
'''


@pytest.mark.parametrize(
    ("path", "found", "line"),
    [
        ("$.shop.name", "", 3),
        ('$.shop["a b"].c', "", 4),
        ('$.shop["a b"]', "", 4),
        ("$.programs[0]", "", 6),
        ("$.programs[0].only.when.hours", "", 8),
        ("$.programs[0].version", "", 12),
        ("$.programs[0].rules[0].amount", "", 14),
        ("$.programs[0].rules[1]", '"ammount"', 16),
        ("$.programs[0].rules[1].amount", "", 15),
        ("$.programs[0].tiering.by", '"x"', 18),
        ("$.programs[1].program_id", "", 21),
        ("$.programs[1].codes[1]", "5", 22),
        ("$.programs[1].rules[0].amount", "", 27),
        ("$.groups", "", None),
        ("$", "", None),
    ],
)
def test_a_path_has_the_line_of_what_it_names_or_of_what_holds_it(path: str, found: str, line: int | None) -> None:
    """Tables, tables in lists, dotted and quoted names, values in one piece, and names in a text that are none."""
    assert tomllib.loads(TEXT)["programs"][0]["version"] == 1
    (fault,) = placed([DocumentFault(path=path, found=found, message="m")], TEXT)
    assert (fault.line, fault.path, fault.message) == (line, path, "m")


def test_a_fault_of_the_text_keeps_its_line() -> None:
    """The reader knows better where the text is wrong."""
    fault = DocumentFault(path="$", line=4, column=2, message="m")
    assert placed([fault], TEXT) == (fault,)
