"""Files that are no framework files: refused with the name of the file and what is wrong, never read without bound."""

from __future__ import annotations

from pathlib import Path

import pytest

import schoolframe as sf
from schoolframe.exceptions import FrameworkError, ReadError


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.toml, line 1: key 'format' is missing"),
        (b"format = 1\n\x00", "x.toml, line 2: "),
        (b"\xef\xbb\xbf", "x.toml, line 1: key 'format' is missing"),
        (b"a = " + b"[" * 100_000, "x.toml, line 1: tables, lists and dotted keys may be nested at most 64 deep"),
        (b"#\n" * 3_000_000, "x.toml, line 2000001: a framework file may have at most 4000000 bytes"),
        ("#é".encode() * 2_000_000, "x.toml, line 1: a framework file may have at most 4000000 bytes"),
    ],
)
def test_a_text_that_is_no_framework(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(FrameworkError) as caught:
        sf.Framework.load(path)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("data", [b"format = 1\n\xff\xfe", b"\xc3", "format = 1".encode("utf-16")])
def test_bytes_that_are_no_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(ReadError, match=r"x\.toml: the framework file cannot be read as UTF-8 text"):
        sf.Framework.load(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "the framework file cannot be read"),
        ("no_such_file.toml", "there is no such file"),
        ("a\0b.toml", "the framework file cannot be read"),
    ],
)
def test_a_path_that_is_no_file(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        sf.Framework.load(tmp_path / name)


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    endless = Path("/dev/zero")
    if not endless.exists():
        pytest.skip("there is no endless file")
    with pytest.raises(FrameworkError, match="a framework file may have at most 4000000 bytes"):
        sf.Framework.load(endless)


def test_ends_of_lines_do_not_matter(tmp_path: Path) -> None:
    text = sf.Framework.new_template()
    path = tmp_path / "x.toml"
    hashes = set()
    for end in ["\n", "\r\n"]:
        path.write_bytes(text.replace("\n", end).encode())
        hashes.add(sf.Framework.load(path).content_hash)
    assert len(hashes) == 1
