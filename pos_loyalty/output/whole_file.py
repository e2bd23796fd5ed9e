"""Files and folders that are whole or not there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from pos_loyalty.errors import ConfigError

_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700
"""For this user alone: what is written has names in it."""


@contextmanager
def whole_file(file: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose bytes replace ``file`` at the end; if anything goes wrong, nothing has changed.

    Raises:
        ConfigError: the file cannot be written.
    """
    new = file.with_name(f".{file.name}.new")
    with _sentences(file):
        try:
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder to fill, which becomes ``folder`` at the end; if anything goes wrong, there is none.

    Raises:
        ConfigError: the folder is there already, or cannot be made.
    """
    new = folder.with_name(f".{folder.name}.new")
    with _sentences(folder):
        try:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(_FOLDER_MODE)
            yield new
            new.rename(folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; look at the folder that it is in") from error
