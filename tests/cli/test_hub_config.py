"""The configuration of a hub: what is right is read, what is wrong is told with its place."""

import re
from pathlib import Path

import pytest

from pos_loyalty.cli.hub_config import (
    DEFAULT_PATH,
    AllowanceFile,
    HubFile,
    Listen,
    address_of,
    database_of,
    expectations,
    listen_of,
    load,
    parse,
)
from pos_loyalty.errors import ConfigError

PATH = Path("hub.toml")
PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "hub-config.md").read_text("utf-8")


_HUB = '[hub]\ntime_zone = "UTC"\n'


def fault(text: str) -> str:
    """Return what is said of a file that is wrong."""
    with pytest.raises(ConfigError) as caught:
        parse(text, PATH)
    return str(caught.value)


def test_a_time_zone_is_enough() -> None:
    """Everything else has a value that works on one machine."""
    file, allowance = parse('[hub]\ntime_zone = "Europe/Vienna"\n', PATH)
    assert allowance is None
    assert file == HubFile(time_zone="Europe/Vienna")
    assert listen_of(file) == Listen(host="127.0.0.1", port=8470)
    assert address_of(file) == "http://127.0.0.1:8470"
    assert database_of(file) == "sqlite:///var/lib/pos-loyalty-hub/hub.db"


def test_sockets_and_addresses_of_every_kind_are_read() -> None:
    """A Unix socket, and the sixth version of the internet protocol."""
    assert listen_of(HubFile(time_zone="UTC", listen="unix:/run/h.sock")) == Listen(socket=Path("/run/h.sock"))
    assert listen_of(HubFile(time_zone="UTC", listen="[::1]:8470")) == Listen(host="::1", port=8470)
    assert address_of(HubFile(time_zone="UTC", tls_certificate="/c", tls_key="/k")) == "https://127.0.0.1:8470"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "hub.toml:1: the section [hub] is missing"),
        ("[hub]\n", 'hub.toml:1: [hub] needs the key "time_zone", an IANA time zone'),
        ('[hub]\ntime_zone = "Mars/Base"\n', 'hub.toml:2: [hub] time_zone = "Mars/Base": there is no such zone'),
        ('[hub]\ntime_zone = "UTC"\nlissen = "x"\n', 'hub.toml:3: [hub] has no key "lissen"; did you mean "listen"?'),
        ('[hub]\ntime_zone = "UTC"\nlisten = 80\n', "hub.toml:3: [hub] listen = 80: expected an address and a port"),
        ('[hub]\ntime_zone = "UTC"\nlisten = "a:99999"\n', "hub.toml:3: [hub] listen"),
        ('[hub]\ntime_zone = "UTC"\ndatabase = "mysql://x"\n', 'hub.toml:3: [hub] database = "mysql://x": expected'),
        ('[hub]\ntime_zone = "UTC"\ntls_key = "/k"\n', "tls_certificate and tls_key belong together"),
        ('[shop]\n[hub]\ntime_zone = "UTC"\n', "hub.toml:1: there is no section [shop] in a hub's file"),
        ('allowance = 7\n[hub]\ntime_zone = "UTC"\n', "hub.toml:1: allowance = 7: expected a section [allowance]"),
        (f"{_HUB}[allowance]\nterminals = []\nmost = {{ points = 1 }}\n", "terminals = []: expected names of tills"),
        (f'{_HUB}[allowance]\nterminals = ["t"]\nmost = {{ points = 0 }}\n', "expected accounts and points"),
        (f'{_HUB}[allowance]\nterminals = ["t"]\n', 'hub.toml:3: [allowance] needs the key "most", accounts'),
        (f'{_HUB}[allowance]\nterminals = ["t"]\nmost = {{ points = 1 }}\nshare = 101\n', "from 1 to 100"),
        (f'{_HUB}[allowance]\nterminals = ["t"]\nmost = {{ points = 1 }}\nday = 3\n', 'did you mean "days"?'),
        ("[hub\n", "hub.toml: is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, said: str) -> None:
    """File, line, key, value and expectation; and the nearest name where there is one."""
    assert said in fault(text)


def test_all_faults_are_told_together() -> None:
    """Nobody has to start the program three times."""
    said = fault('[hub]\ntime_zone = 1\nlisten = 2\nsnapshots = "here"\n')
    assert [line.split(": ")[0] for line in said.splitlines()] == ["hub.toml:2", "hub.toml:3", "hub.toml:4"]


def test_a_password_has_a_file_of_its_own(tmp_path: Path) -> None:
    """In the configuration it is refused; in the file it is read, and never shown."""
    said = fault('[hub]\ntime_zone = "UTC"\ndatabase = "postgresql://hub:secret@db/hub"\n')
    assert "name it in database_file" in said
    assert "secret" not in said
    secret = tmp_path / "database"
    secret.write_text("postgresql://hub:secret@db/hub\n", "utf-8")
    file = HubFile(time_zone="UTC", database_file=str(secret))
    assert database_of(file) == "postgresql://hub:secret@db/hub"
    secret.write_text("hub:secret@db\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        database_of(file)
    assert "secret" not in str(caught.value).replace(str(tmp_path), "")
    secret.unlink()
    with pytest.raises(ConfigError, match="No such file"):
        database_of(file)


def test_a_file_that_is_not_there_is_named() -> None:
    """The fault says which file was looked for and how to name another."""
    with pytest.raises(ConfigError, match="--config"):
        load(Path("/nowhere/hub.toml"))


def test_the_reference_has_every_key_and_what_it_must_be() -> None:
    """docs/reference/hub-config.md is the table of the struct."""
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+?) \| (.+?) \|", PAGE, flags=re.MULTILINE)
    both = [*expectations().items(), *expectations("allowance").items()]
    assert [(key, expects) for key, expects, _ in rows] == both
    rows = rows[: len(expectations())]
    defaults = HubFile(time_zone="UTC")
    for key, _, given in rows:
        if given.startswith("`"):
            assert getattr(defaults, key) == given.strip("`")
    assert str(DEFAULT_PATH) in PAGE
    example = re.findall(r"```toml\n(.+?)```", PAGE, flags=re.DOTALL)[0]
    hub, allowance = parse(example, PATH)
    assert hub.address == "https://hub.example.com"
    assert allowance == AllowanceFile(terminals=("till-1", "till-2"), most={"points": 20_000})
