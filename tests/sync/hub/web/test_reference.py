"""docs/reference/hub-api.md says what there is, no more and no less."""

import re
from pathlib import Path

from sync.hub.web import handlers, problems
from sync.hub.web.metrics import Metrics
from sync.hub.web.routes import ROUTES

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "reference" / "hub-api.md").read_text("utf-8")
SOURCE = "".join(path.read_text("utf-8") for path in sorted((ROOT / "sync" / "hub" / "web").glob("*.py")))


def test_the_page_has_every_path() -> None:
    """Method and path of each route stand in one row, with what it takes and gives."""
    rows = re.findall(r"^\| `([A-Z]+) (/[^`]+)` \| .+? \| (.+?) \| (.+?) \|$", PAGE, flags=re.MULTILINE)
    assert [(method, path) for method, path, _, _ in rows] == [(route.method, route.path) for route in ROUTES]
    for route, (_, _, takes, gives) in zip(ROUTES, rows, strict=True):
        assert (f"`{route.asks.__name__}`" in takes) if route.asks else "`cursor`" in takes or "nothing" in takes
        assert route.gives is None or f"`{route.gives.__name__}`" in gives


def test_the_page_has_every_problem() -> None:
    """Each name that a problem can have stands in the table, with its status."""
    rows = re.findall(r"^\| (\d{3}) \| ((?:`[a-z-]+`(?:, )?)+) \|", PAGE, flags=re.MULTILINE)
    told = {(int(status), name) for status, names in rows for name in re.findall(r"`([a-z-]+)`", names)}
    written = {(int(s), n) for s, n in re.findall(r'Refused\(\s*(\d{3}),\s*"([a-z-]+)"', SOURCE)}
    written |= {(401, doubt.value.replace("_", "-")) for doubt in problems._DOUBTS}
    written |= {(status, fault.value.replace("_", "-")) for fault, (status, _, _) in handlers._ENROL.items()}
    written |= set(problems._ROUTER.items()) | {(404, "version")}
    assert told == written


def test_the_page_has_every_figure() -> None:
    """Names are those that Prometheus reads."""
    metrics = Metrics()
    names = set(re.findall(r"^# TYPE (\w+) (?!gauge.*_created)", metrics.text().decode(), flags=re.MULTILINE))
    told = set(re.findall(r"^\| `(hub_\w+)` \|", PAGE, flags=re.MULTILINE))
    assert told == {name for name in names if not name.endswith("_created")}
