"""Files and folders that are whole or not there."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_loyalty.errors import ConfigError
from pos_loyalty.output.whole_file import whole_file, whole_folder


def test_a_file_is_replaced_at_the_end(tmp_path: Path) -> None:
    """Until then the old one stands; the new one is for this user alone."""
    file = tmp_path / "cards.pdf"
    file.write_bytes(b"old")
    with whole_file(file) as stream:
        stream.write(b"new")
        assert file.read_bytes() == b"old"
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def half_a_file(file: Path) -> None:
    """Write half a file, then fail."""
    with whole_file(file) as stream:
        stream.write(b"half")
        raise ZeroDivisionError


def half_a_folder(folder: Path) -> None:
    """Fill half a folder, then fail."""
    with whole_folder(folder) as new:
        (new / "1.png").touch()
        raise ZeroDivisionError


@pytest.mark.parametrize("half", [half_a_file, half_a_folder])
def test_what_goes_wrong_leaves_nothing(tmp_path: Path, half: Callable[[Path], None]) -> None:
    """Neither half a file, nor half a folder, nor what they were written in."""
    with pytest.raises(ZeroDivisionError):
        half(tmp_path / "cards")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_appears_with_everything_in_it(tmp_path: Path) -> None:
    """And what an interrupted run left behind is no part of it."""
    (tmp_path / ".cards.new").mkdir()
    (tmp_path / ".cards.new" / "old.png").touch()
    with whole_folder(tmp_path / "cards") as folder:
        (folder / "0001.png").touch()
        assert not (tmp_path / "cards").exists()
    assert [file.name for file in (tmp_path / "cards").iterdir()] == ["0001.png"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With its path, and where to look."""
    with (
        pytest.raises(ConfigError, match=r"cards\.pdf: No such file or directory; look at"),
        whole_file(tmp_path / "no" / "cards.pdf"),
    ):
        pass
    with (
        pytest.raises(ConfigError, match="cards: No such file or directory; look at"),
        whole_folder(tmp_path / "no" / "cards"),
    ):
        pass
