"""What ``pos-loyalty reader replay`` does: play a recording through the lexer and the pipeline of its reader."""

import time
from pathlib import Path

import click
import msgspec

from drivers.codes.reading_settings import ReadingSettings
from drivers.kinds import transport
from drivers.pipeline import Pipeline
from drivers.recordings.recording import parse, played
from pos_loyalty.cli.reader_text import line, told
from pos_loyalty.errors import RecordingError


def replay(path: Path, reading: ReadingSettings, *, in_real_time: bool, show: bool, as_json: bool) -> None:
    """Tell what the readings of a recording are.

    Raises:
        RecordingError: the file cannot be read, or is no recording.
    """
    try:
        found = parse(path.read_bytes())
    except OSError as error:
        raise RecordingError(f"{path} cannot be read ({error.strerror}): name a recording of reader record") from error
    if isinstance(found, str):
        raise RecordingError(f"{path}: {found}")
    kind = transport(found.header.kind)
    pipeline = Pipeline(found.header.kind, kind.via, kind.lexer(found.settings), reading, found.settings.debounce_ms)
    start_ns = time.monotonic_ns()
    for at_ns, one in played(found, pipeline):
        if in_real_time:
            time.sleep(max(0, start_ns + at_ns - time.monotonic_ns()) / 1e9)
        result = told(one, at_ns, show=show)
        click.echo(msgspec.json.encode(result) if as_json else f"{result.at_ms / 1000:9.3f} s  {line(result)}")
