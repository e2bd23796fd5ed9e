"""The least that greets: a blocking read of the port, one lookup, one write to the terminal.

python -m bench.floor_program PORT REPLICA
"""

import sys
from contextlib import closing

import msgspec
import serial

from pos_loyalty.core.members import Member
from pos_loyalty.store.linked_sqlite import dbapi

READY = "floor ready"
_SQL = "SELECT document FROM identifier JOIN member ON member.row = identifier.member_row WHERE identifier.code = ?"


def main(port: str, replica: str) -> None:
    """Greet until killed."""
    decode = msgspec.json.Decoder(Member).decode
    database = dbapi.connect(f"file:{replica}?mode=ro&immutable=1", uri=True)
    with closing(database), serial.Serial(port, 9600) as reader:
        sys.stdout.write(f"\x1b[2J\x1b[H{READY}")
        sys.stdout.flush()
        while True:
            code = reader.read_until(b"\r").strip().decode()
            name = decode(database.execute(_SQL, (code,)).fetchone()[0]).name
            sys.stdout.write(f"\x1b[2J\x1b[HWelcome, {name.given} {name.family}")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
