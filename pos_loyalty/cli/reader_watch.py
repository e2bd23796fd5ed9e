"""What ``pos-loyalty reader watch`` does: read, decide and tell, until it is stopped."""

import queue
import signal
from datetime import datetime

import click
import msgspec

from drivers.pipeline import Reading
from drivers.supervisor import ReaderSupervisor
from pos_loyalty.cli.reader_choice import Choice, refuse_what_the_till_has
from pos_loyalty.cli.reader_text import line, told
from pos_loyalty.core.scans import ReaderStatus


def watch(choice: Choice, *, show: bool, as_json: bool) -> None:
    """Tell every reading and every change of state, until SIGINT or SIGTERM."""
    refuse_what_the_till_has(choice)
    news: queue.SimpleQueue[Reading | ReaderStatus | None] = queue.SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: news.put(None))
    readers = ReaderSupervisor(choice.readers, news.put, news.put, choice.reading)
    readers.start()
    try:
        states: dict[str, str] = {}
        while (one := news.get()) is not None:
            if not isinstance(one, ReaderStatus):
                _tell(one, show=show, as_json=as_json)
            elif states.get(one.reader_id) != one.state:
                states[one.reader_id] = one.state
                click.echo(f"{one.reader_id} is {one.state}{': ' * bool(one.detail)}{one.detail}", err=True)
    finally:
        readers.stop()


def _tell(reading: Reading, *, show: bool, as_json: bool) -> None:
    now = datetime.now().astimezone()
    one = told(reading, reading.last_byte_ns, show=show)
    click.echo(msgspec.json.encode(one) if as_json else f"{now:%H:%M:%S.%f}"[:-3] + f"  {line(one)}")
