"""``pos-loyalty pass``: keys in files, passes out, and what a till makes of them."""

import base64
import hmac
import json
import os
import re
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from PIL import Image

from pos_loyalty.cli import main
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.pass_keys import KeyFolder
from pos_loyalty.core.passes import REASONS, Claims, Form, PassFault, PublicKey, armoured, public_half, seal
from pos_loyalty.service.clock import SystemClock

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "member-pass.md"
REZA = "0198c6e4-7d2a-7b3c-8d4e-5f60718293a4"
PRIVATE = bytes(range(32))

# Runs one command of the program, then says on the other stream which modules that brought in.
RUN_COMMAND = """
import sys
from pos_loyalty.cli import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def run(*arguments: str | Path, given: str | bytes | None = None) -> Result:
    """Run the command as a user does."""
    outcome = CliRunner().invoke(main, ["pass", *map(str, arguments)], input=given)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    return outcome


def done(*arguments: str | Path, given: str | bytes | None = None) -> str:
    """Run a command that must succeed; return what it printed."""
    outcome = run(*arguments, given=given)
    assert outcome.exit_code == Exit.OK, outcome.output
    return outcome.stdout.strip()


def issued(keys: Path, *more: str | Path, member: str = REZA, name: str = "رضا رضایی") -> Any:  # noqa: ANN401 - JSON
    """Issue a pass; return the document that the command prints."""
    return json.loads(done("issue", "--keys", keys, "--member", member, "--name", name, "--json", *more))


def refusal(keys: Path, code: str) -> str:
    """Return why the pass is refused."""
    outcome = run("verify", "--keys", keys, "--json", "-", given=code)
    assert outcome.exit_code == Exit.REFUSED, outcome.output
    fault = json.loads(outcome.stdout)["fault"]
    assert isinstance(fault, str)
    return fault


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Return a folder with one key."""
    done("keys", "new", "--keys", tmp_path / "passes")
    return tmp_path / "passes"


@pytest.mark.parametrize("base", ["45", "32"])
def test_a_pass_is_issued_drawn_read_and_verified(keys: Path, tmp_path: Path, base: str) -> None:
    """What a scanner reads from the picture is what was printed, and says who the member is."""
    shown = issued(keys, "--tier", "gold", "--base", base, "--png", tmp_path / "pass.png")
    with Image.open(tmp_path / "pass.png") as picture:
        (symbol,) = zxingcpp.read_barcodes(picture)
    assert symbol.text == shown["code"]
    assert symbol.symbology_identifier == "]Q1"
    verified = done("verify", "--keys", keys, "-", given=symbol.text + "\r\n")
    assert verified.splitlines()[:3] == [f"member   {REZA}", "name     رضا رضایی", "tier     gold"]


@pytest.mark.parametrize(
    ("name", "base", "version", "level"),
    [
        ("Emily Carter", "45", 7, "M"),
        ("Emily Carter", "32", 6, "L"),
        ("رضا رضایی", "45", 7, "M"),
        ("x" * 19, "45", 7, "M"),
        ("x" * 20, "45", 6, "L"),
        ("رضا رضایی", "32", 6, "L"),
        ("آقای رضا رضایی", "45", 6, "L"),
        ("السيد أحمد المنصوري", "45", 7, "L"),
        ("السيد أحمد المنصوري", "32", 7, "L"),
    ],
)
def test_the_sizes_are_those_of_the_decision(
    keys: Path, tmp_path: Path, name: str, base: str, version: int, level: str
) -> None:
    """QR versions with a tier of four letters, as docs/adr/0011-member-pass.md has them."""
    shown = issued(keys, "--tier", "gold", "--base", base, "--png", tmp_path / "pass.png", name=name)
    assert (shown["qr_version"], shown["qr_level"]) == (version, level)


def test_the_private_key_is_for_this_user_alone(keys: Path) -> None:
    """Mode 0600 in a folder of mode 0700, whatever the umask; the ring is for everybody and holds no private key."""
    (file,) = (keys / "private").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((keys / "ring.json").stat().st_mode) == 0o644
    private = load_pem_private_key(file.read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey)
    (key,) = json.loads((keys / "ring.json").read_text("utf-8"))["keys"]
    assert set(key) == {"public", "since"}
    assert sorted(path.name for path in keys.iterdir()) == ["private", "revoked.json", "ring.json"]


def test_no_command_prints_a_private_key(keys: Path) -> None:
    """Neither as PEM nor as its bytes in hexadecimal digits."""
    (file,) = (keys / "private").iterdir()
    private = load_pem_private_key(file.read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey)
    code = issued(keys)["code"]
    printed = [done("keys", "list", "--keys", keys, "--json"), done("verify", "--keys", keys, code), code]
    printed += [done("keys", "new", "--keys", keys), run("keys", "retire", "none", "--keys", keys).output]
    secret = file.read_text("ascii").splitlines()[1]
    assert all(secret not in text and private.private_bytes_raw().hex() not in text for text in printed)


def test_a_private_key_that_others_may_read_does_not_sign(keys: Path) -> None:
    """It may be in wrong hands already; the message says what to do."""
    (file,) = (keys / "private").iterdir()
    file.chmod(0o640)
    outcome = run("issue", "--keys", keys, "--member", REZA, "--name", "Reza")
    assert outcome.exit_code == Exit.CONFIG
    assert "chmod 600" in outcome.stderr


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_private_key_is_told(keys: Path, content: bytes) -> None:
    """The file is named, its content is not."""
    (file,) = (keys / "private").iterdir()
    file.write_bytes(content)
    outcome = run("issue", "--keys", keys, "--member", REZA, "--name", "Reza")
    assert outcome.exit_code == Exit.CONFIG
    assert f"{file.name}: expected a private key" in outcome.stderr


def test_the_private_file_of_another_key_is_told(keys: Path) -> None:
    """A file that was copied over another would sign passes that no till takes."""
    (file,) = (keys / "private").iterdir()
    other = done("keys", "new", "--keys", keys)
    file.with_name(f"{other}.pem").replace(file.with_name("kept"))
    file.replace(file.with_name(f"{other}.pem"))
    outcome = run("issue", "--keys", keys, "--member", REZA, "--name", "Reza")
    assert outcome.exit_code == Exit.CONFIG
    assert "another one" in outcome.stderr


def test_keys_take_turns(keys: Path) -> None:
    """The newest signs; a retired one signs no more and its passes stay good; those of a stolen one do not."""
    first = issued(keys)
    second_id = done("keys", "new", "--keys", keys)
    second = issued(keys)
    assert (second["key"], len(json.loads(done("keys", "list", "--keys", keys, "--json")))) == (second_id, 2)
    done("keys", "retire", second_id, "--keys", keys, "--stolen")
    assert not (keys / "private" / f"{second_id}.pem").exists()
    assert issued(keys)["key"] == first["key"]
    assert refusal(keys, second["code"]) == "key_stolen"
    done("verify", "--keys", keys, first["code"])
    lines = done("keys", "list", "--keys", keys).splitlines()
    assert [line.split()[-1] for line in lines] == ["signs", "stolen"]


def test_passes_of_a_retired_key_stay_good(keys: Path) -> None:
    """Those that were issued before it was retired."""
    now = SystemClock().now().replace(microsecond=0)
    folder = KeyFolder(keys)
    folder.add(PRIVATE, PublicKey(public=public_half(PRIVATE), since=now - timedelta(days=9)))
    claims = Claims(member_id="42", name="Ms Carter", issued=now - timedelta(days=2), expires=now + timedelta(days=2))
    code = armoured(seal(claims, PRIVATE), Form.BASE45)
    name = folder.ring.keys[-1].key_id.hex()
    done("keys", "retire", name, "--keys", keys)
    done("keys", "retire", name.upper(), "--keys", keys)
    assert done("verify", "--keys", keys, code).splitlines()[0] == "member   42"
    assert [line.split()[-1] for line in done("keys", "list", "--keys", keys).splitlines()] == ["signs", "verifies"]


def test_without_a_key_nothing_is_signed(keys: Path, tmp_path: Path) -> None:
    """A folder without a ring, and one whose only key is retired, say what to do."""
    nowhere = run("issue", "--keys", tmp_path / "nowhere", "--member", REZA, "--name", "Reza")
    assert nowhere.exit_code == Exit.CONFIG
    assert "pass keys new" in nowhere.stderr
    (key,) = json.loads(done("keys", "list", "--keys", keys, "--json"))
    done("keys", "retire", key["key"], "--keys", keys)
    retired = run("issue", "--keys", keys, "--member", REZA, "--name", "Reza")
    assert retired.exit_code == Exit.REFUSED
    assert "pass keys new" in retired.stderr


def test_a_lost_pass_is_revoked_and_replaced(keys: Path) -> None:
    """The old one is refused, also twice; the new one, made in the same second, is good."""
    lost = issued(keys)["code"]
    done("revoke", "--keys", keys, "-", given=lost)
    done("revoke", "--keys", keys, lost)
    assert refusal(keys, lost) == "revoked"
    done("revoke", "--keys", keys, "--member", REZA)
    done("verify", "--keys", keys, issued(keys)["code"])
    outcome = run("verify", "--keys", keys, lost)
    assert outcome.exit_code == Exit.REFUSED
    assert (outcome.stdout.splitlines()[0], outcome.stderr) == (f"member   {REZA}", "it was revoked\n")


def test_all_passes_of_a_member_are_revoked_without_any_of_them(keys: Path) -> None:
    """For the customer who lost the telephone; other members keep theirs."""
    mine, other = issued(keys)["code"], issued(keys, member="42", name="Ms Carter")["code"]
    done("revoke", "--keys", keys, "--member", REZA)
    assert refusal(keys, mine) == "revoked"
    done("verify", "--keys", keys, other)


@pytest.mark.parametrize("arguments", [[], ["PL45", "--member", "42"]])
def test_revoke_takes_a_code_or_a_member(keys: Path, arguments: list[str]) -> None:
    """Neither and both are wrong command lines."""
    assert run("revoke", "--keys", keys, *arguments).exit_code == Exit.USAGE


def test_what_is_no_pass_of_ours_is_not_revoked(keys: Path) -> None:
    """The list does not fill with what strangers hold up."""
    stranger = Claims(
        member_id="42",
        name="Ms Carter",
        issued=datetime(2026, 11, 22, tzinfo=UTC),
        expires=datetime(2027, 11, 22, tzinfo=UTC),
    )
    outcome = run("revoke", "--keys", keys, armoured(seal(stranger, PRIVATE), Form.BASE45))
    assert outcome.exit_code == Exit.REFUSED
    assert "another shop" in outcome.stderr
    assert json.loads((keys / "revoked.json").read_text("utf-8")) == {"passes": [], "members": {}}


@pytest.mark.parametrize("given", [b"", b"PL-1001", "پاس".encode(), b"\xff\xfe\x00", b"PL45" + b"0" * 9000])
def test_what_is_no_pass_is_refused_with_a_reason(keys: Path, given: bytes) -> None:
    """From standard input anything may come."""
    outcome = run("verify", "--keys", keys, "-", given=given)
    assert outcome.exit_code == Exit.REFUSED
    assert outcome.stderr.startswith(("expected a text that begins with PL45 or PL32", "it is longer"))


def test_the_last_day_is_a_day_of_the_shop(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Tehran 1 January 2030 ends at 20:30 UTC, on a till in Los Angeles eleven and a half hours later."""
    ends = []
    for zone in ("Asia/Tehran", "America/Los_Angeles"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        ends.append(issued(keys, "--expires", "2030-01-01")["claims"]["expires"])
    monkeypatch.undo()
    time.tzset()
    assert ends == ["2030-01-01T20:30:00Z", "2030-01-02T08:00:00Z"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--member", "42", "--name", ""), "name: expected"),
        (("--member", "m" * 33, "--name", "Reza"), "member_id: expected"),
        (("--member", "42", "--name", "Reza", "--expires", "2020-01-01"), "after issued"),
        (("--member", "42", "--name", "Reza", "--expires", "2200-01-01"), "2106"),
    ],
)
def test_what_a_pass_cannot_hold_is_refused(keys: Path, arguments: tuple[str, ...], said: str) -> None:
    """The command ends with 1 and the field is named."""
    outcome = run("issue", "--keys", keys, *arguments)
    assert outcome.exit_code == Exit.REFUSED
    assert said in outcome.stderr


def test_a_pass_that_no_till_would_take_is_not_printed(keys: Path) -> None:
    """The clock was set back to before the key was made."""
    now = SystemClock().now().replace(microsecond=0)
    KeyFolder(keys).add(PRIVATE, PublicKey(public=public_half(PRIVATE), since=now + timedelta(hours=1)))
    outcome = run("issue", "--keys", keys, "--member", "42", "--name", "Reza")
    assert outcome.exit_code == Exit.REFUSED
    assert outcome.stdout == ""
    assert "is the clock of this machine right?" in outcome.stderr


def test_every_fault_has_a_sentence_and_a_remedy() -> None:
    """In the program and in the table of docs/howto/member-pass.md."""
    table = re.findall(r"^\| (`.+`) \|", PAGE.read_text("utf-8").partition("| fault |")[2], re.MULTILINE)
    told = [fault for row in table for fault in re.findall(r"`(\w+)`", row)]
    assert set(REASONS) == set(PassFault)
    assert sorted(told) == sorted(PassFault)


def test_a_picture_that_cannot_be_written_is_told(keys: Path, tmp_path: Path) -> None:
    """The file is named."""
    outcome = run("issue", "--keys", keys, "--member", "42", "--name", "Reza", "--png", tmp_path / "no" / "pass.png")
    assert outcome.exit_code == Exit.CONFIG
    assert "pass.png" in outcome.stderr


@pytest.mark.parametrize("name", ["ring.json", "revoked.json"])
@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"keys": [{}], "passes": 1}'])
def test_a_damaged_document_is_told(keys: Path, name: str, content: bytes) -> None:
    """No pass is taken with half a ring or half a list."""
    code = issued(keys)["code"]
    (keys / name).write_bytes(content)
    outcome = run("verify", "--keys", keys, code)
    assert outcome.exit_code == Exit.CONFIG
    assert name in outcome.stderr


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "file").write_text("", "utf-8")
    outcome = run("keys", "new", "--keys", tmp_path / "file" / "passes")
    assert outcome.exit_code == Exit.CONFIG


def test_keys_made_at_once_are_all_kept(tmp_path: Path) -> None:
    """Four processes make a key each; none is lost."""
    command = [sys.executable, "-P", "-m", "pos_loyalty", "pass", "keys", "new", "--keys", str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    made = {process.communicate(timeout=60)[0].strip() for process in running}
    assert {key.key_id.hex() for key in KeyFolder(tmp_path).ring.keys} == made
    assert len(made) == 4


def test_a_till_needs_only_the_public_files(keys: Path, tmp_path: Path) -> None:
    """With a copy of ring.json alone a pass is verified, and no key there can sign."""
    code = issued(keys)["code"]
    till = tmp_path / "till"
    till.mkdir()
    (till / "ring.json").write_bytes((keys / "ring.json").read_bytes())
    done("verify", "--keys", till, code)
    assert done("keys", "list", "--keys", till).split()[-1] == "verifies"
    assert run("issue", "--keys", till, "--member", REZA, "--name", "Reza").exit_code == Exit.REFUSED


def test_a_pass_that_rotates_is_shown_by_a_telephone_and_good_with_the_secret(keys: Path, tmp_path: Path) -> None:
    """The text of the moment is verified where the secret is; a till without it says that it cannot tell."""
    assert done("keys", "rotation", "--keys", keys) == str(keys / "private" / "rotation.key")
    assert stat.S_IMODE((keys / "private" / "rotation.key").stat().st_mode) == 0o600
    phone = tmp_path / "phone.json"
    shown = issued(keys, "--rotating", phone, "--tier", "gold")
    assert shown["claims"]["rotates"] is True
    assert stat.S_IMODE(phone.stat().st_mode) == 0o600
    text = done("show", phone, "--png", tmp_path / "pass.png")
    with Image.open(tmp_path / "pass.png") as picture:
        (symbol,) = zxingcpp.read_barcodes(picture)
    assert symbol.text == text
    done("verify", "--keys", keys, text)
    (keys / "private" / "rotation.key").rename(tmp_path / "kept")
    assert refusal(keys, text) == "code_unchecked"
    (keys / "private" / "rotation.key").write_text("00" * 32 + "\n", "ascii")
    (keys / "private" / "rotation.key").chmod(0o600)
    assert refusal(keys, text) == "stale_code"


def test_the_file_of_a_telephone_makes_what_the_guide_says(keys: Path, tmp_path: Path) -> None:
    """By the words of docs/howto/member-pass.md alone: TOTP with SHA-256, eight digits, four bytes at the end."""
    done("keys", "rotation", "--keys", keys)
    issued(keys, "--rotating", tmp_path / "phone.json", "--base", "32")
    phone = json.loads((tmp_path / "phone.json").read_text("utf-8"))
    before = int(SystemClock().now().timestamp()) // 30
    text = done("show", tmp_path / "phone.json")
    texts = []
    for step in (before, before + 1):
        digest = hmac.digest(base64.b64decode(phone["secret"]), step.to_bytes(8), "sha256")
        start = digest[-1] & 0xF
        code = (int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 10**8
        data = base64.b64decode(phone["sealed"]) + code.to_bytes(4)
        texts.append(phone["prefix"] + base64.b32encode(data).decode().rstrip("="))
    assert text in texts


def test_without_the_secret_no_pass_rotates_and_it_is_made_once(keys: Path, tmp_path: Path) -> None:
    """Another one would make every pass stale that is out."""
    none = run("issue", "--keys", keys, "--member", "42", "--name", "Reza", "--rotating", tmp_path / "phone.json")
    assert (none.exit_code, (tmp_path / "phone.json").exists()) == (Exit.REFUSED, False)
    assert "pass keys rotation" in none.stderr
    done("keys", "rotation", "--keys", keys)
    again = run("keys", "rotation", "--keys", keys)
    assert again.exit_code == Exit.REFUSED
    assert "there already" in again.stderr


@pytest.mark.parametrize(("content", "mode"), [(b"00" * 32, 0o644), (b"nothing", 0o600)])
def test_a_secret_that_is_open_or_damaged_is_told_and_not_quoted(keys: Path, content: bytes, mode: int) -> None:
    """The file is named."""
    file = keys / "private" / "rotation.key"
    file.write_bytes(content)
    file.chmod(mode)
    outcome = run("verify", "--keys", keys, "PL45")
    assert outcome.exit_code == Exit.CONFIG
    assert "rotation.key" in outcome.stderr
    assert content.decode() not in outcome.stderr


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"])
def test_a_file_that_is_no_telephones_is_told(tmp_path: Path, content: bytes | None) -> None:
    """With what it should be."""
    file = tmp_path / "phone.json"
    if content is not None:
        file.write_bytes(content)
    outcome = run("show", file)
    assert outcome.exit_code == Exit.CONFIG
    assert "pass issue --rotating" in outcome.stderr


def test_the_commands_of_the_page_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of docs/howto/member-pass.md, in its order, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    \$ pos-loyalty pass (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(commands) >= 6
    code, first = "", ""
    for command in commands:
        arguments = re.sub(r"^keys retire \w+", f"keys retire {first}", command).replace(" < code.txt", "")
        printed = done(*_words(arguments), given=code)
        first = first or printed
        code = printed if command.startswith("issue") else code


def _words(command: str) -> list[str]:
    return [quoted or word for quoted, word in re.findall(r"'([^']*)'|(\S+)", command)]


@pytest.mark.parametrize("command", [["--help"], ["version"], ["serve", "--help"], ["pass", "--help"]])
def test_other_commands_load_no_cryptography_and_no_pictures(command: list[str]) -> None:
    """The program starts as fast as without passes."""
    outcome = subprocess.run(
        [sys.executable, "-P", "-c", RUN_COMMAND, *command], capture_output=True, text=True, check=True, timeout=60
    )
    assert {"cryptography", "qrcode", "PIL"}.isdisjoint(outcome.stderr.split())


def test_verifying_loads_no_pictures(keys: Path) -> None:
    """A till verifies and never draws."""
    code = issued(keys)["code"]
    outcome = subprocess.run(
        [sys.executable, "-P", "-c", RUN_COMMAND, "pass", "verify", "--keys", str(keys), code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert "cryptography" in outcome.stderr.split()
    assert {"qrcode", "PIL"}.isdisjoint(outcome.stderr.split())
