"""Opening what a caller points a reader at."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from schoolframe.exceptions import InputError, ReadError
from schoolframe.readers._sources import SourceFile, iter_sources, read_sheet, sheet_names

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"URN,NAME\n1,Hill\n"


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def workbook(path: Path) -> bytes:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("First")
        sheet.write_row(2, 0, ["URN", 12, 0.5, True, None, " x "])
        book.add_worksheet("Second")
    return path.read_bytes()


class TestWhatIsGiven:
    def test_every_kind_of_source(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(TEXT)
        with path.open("rb") as binary, path.open() as text:
            sources: list[object] = [
                path,
                str(path),
                TEXT,
                bytearray(TEXT),
                memoryview(TEXT),
                binary,
                text,
                io.BytesIO(TEXT),
            ]
            files = list(iter_sources(sources))  # type: ignore[arg-type]
        assert [file.data for file in files] == [TEXT] * len(sources)
        assert [file.name for file in files] == [
            *("a.csv", "a.csv", "<bytes 3>", "<bytes 4>", "<bytes 5>", "a.csv", "a.csv", "<file object 8>"),
        ]
        assert next(iter_sources(TEXT)).name == "<bytes>"
        assert files[0].path == str(path)

    def test_one_file_at_a_time(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(TEXT)
        files = iter_sources([path, tmp_path / "missing.csv"])
        assert next(files).data == TEXT
        with pytest.raises(ReadError, match=r"source: there is no file '.*missing\.csv'"):
            next(files)

    @pytest.mark.parametrize("source", [7, None, [7], object()])
    def test_anything_else_is_refused(self, source: object) -> None:
        with pytest.raises(InputError, match="source: a path, bytes"):
            list(iter_sources(source))  # type: ignore[arg-type]

    def test_a_reader_of_something_else_is_refused(self) -> None:
        class Odd:
            def read(self) -> int:
                return 7

        with pytest.raises(InputError, match=r"read\(\) of the file object gave int, bytes are needed"):
            list(iter_sources(Odd()))  # type: ignore[arg-type]


class TestPacking:
    def test_zip_members_by_name_with_their_archive(self, tmp_path: Path) -> None:
        book = workbook(tmp_path / "b.xlsx")
        inner = zipped(deep__csv=TEXT)
        content = zipped(
            b__csv=TEXT, a__csv__gz=gzip.compress(TEXT), c__xlsx=book, d__zip=inner, e__pdf=b"%PDF", f__csv=b""
        )
        path = tmp_path / "all.zip"
        path.write_bytes(content)
        found = [(file.name, file.kind, file.archive) for file in iter_sources(path)]
        assert found == [
            ("all.zip/a.csv", "text", "all.zip"),
            ("all.zip/b.csv", "text", "all.zip"),
            ("all.zip/c.xlsx", "workbook", "all.zip"),
            ("all.zip/d.zip/deep.csv", "text", "all.zip"),
            ("all.zip/f.csv", "text", "all.zip"),
        ]
        assert [file.size for file in iter_sources(path)] == [len(TEXT), len(TEXT), len(book), len(TEXT), 0]
        assert {file.data for file in iter_sources(path)} == {TEXT, book, b""}

    def test_folders_and_leftovers_in_archives_are_passed_over(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("2019/", b"")
            archive.writestr("2019/a.CSV", TEXT)
            archive.writestr("__MACOSX/2019/._a.csv", b"\0")
            archive.writestr("2019/~$b.xlsx", b"\0")
        files = list(iter_sources(buffer.getvalue()))
        assert [(file.name, file.path) for file in files] == [("<bytes>/a.CSV", "<bytes>/2019/a.CSV")]

    def test_kinds_are_known_by_content(self, tmp_path: Path) -> None:
        book = workbook(tmp_path / "b.xlsx")
        frame = io.BytesIO()
        pl.DataFrame({"a": [1]}).write_parquet(frame)
        contents = [book, gzip.compress(book), frame.getvalue(), TEXT, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."]
        kinds = [file.kind for file in iter_sources(contents)]
        assert kinds == ["workbook", "workbook", "parquet", "text", "workbook"]

    def test_pieces_are_the_whole(self, tmp_path: Path) -> None:
        content = os.urandom(10_000)
        path = tmp_path / "a.csv.gz"
        path.write_bytes(gzip.compress(content))
        file = next(iter_sources(path))
        pieces = list(file.chunks(999))
        assert b"".join(pieces) == content
        assert {len(piece) for piece in pieces[:-1]} == {999}
        assert file.size == len(content)
        assert b"".join(file.chunks()) == file.data

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (gzip.compress(TEXT * 99)[:-9], "the gzip file is truncated"),
            (gzip.compress(TEXT * 99)[:-6] + bytes(6), "the compressed file is damaged .CRC check failed"),
            (gzip.compress(TEXT)[:10] + b"\x07" + gzip.compress(TEXT)[11:], "the compressed file is damaged .Error -3"),
            (zipped(a__csv=TEXT * 99)[:-40], "the zip archive is truncated or damaged"),
            (zipped(readme__pdf=b"%PDF"), r"the archive holds no data file; it has \['readme\.pdf'\]"),
            (zipped(), "the archive holds no data file; it has no members"),
        ],
        # The bytes hold the time of packing: as names they would differ between processes.
        ids=["cut short", "wrong sum", "wrong block", "archive cut short", "no data", "empty archive"],
    )
    def test_damage_names_the_file(self, content: bytes, message: str) -> None:
        with pytest.raises(ReadError, match=f"<bytes>: {message}"):
            list(map(SourceFile.utf8, iter_sources(content)))

    def test_a_bomb_of_archives_is_not_opened(self) -> None:
        content = TEXT
        for _ in range(6):
            content = gzip.compress(content)
        with pytest.raises(ReadError, match="archives inside archives more than 4 deep"):
            list(iter_sources(content))


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_unicode_in_any_dress(self, encoding: str) -> None:
        text = "URN,NAME\r\n1,Caf\xe9 \u2019 \u0141\r\n"
        assert SourceFile("a", "a", text.encode(encoding), "text").utf8() == text.encode()

    def test_the_rest_is_windows_1252(self) -> None:
        text = "URN,NAME\n1,St Anne\u2019s Caf\xe9\n"
        assert SourceFile("a", "a", text.encode("cp1252"), "text").utf8() == text.encode()

    def test_nothing_is_copied_without_need(self) -> None:
        marked = b"\xef\xbb\xbf" + TEXT
        assert SourceFile("a", "a", marked, "text").utf8() == TEXT
        assert SourceFile("a", "a", marked, "text").utf8(keep_mark=True) == marked

    def test_a_late_foreign_byte_is_found(self) -> None:
        content = "\xe9".encode() * 300_000 + b"\xe9,1"
        assert SourceFile("a", "a", content, "text").utf8() == content.decode("cp1252").encode()

    @pytest.mark.parametrize(
        ("content", "encoding", "message"),
        [
            (b"", None, r"a: the file is empty \(0 bytes\)"),
            (b"\n", None, r"a: the file is empty \(1 byte\)"),
            (b"a,b\n\x00\x01", None, "a: this is a binary file, not text .zero byte at position 4"),
            (b"\xef\xbb\xbfa\n\xe9\n", None, "a, line 2: the file is marked as UTF-8 but has the byte 0xe9"),
            ("a\xe9\n\xe9".encode()[:-1], None, "a: the file is truncated, it ends inside a character .line 2"),
            (b"a\n\x81\n", None, "a, line 2: the file is neither UTF-8 nor Windows-1252 .byte 0x81"),
            (b"a\n\xe9\n", "utf-8", "a, line 2: the file is not utf-8"),
            (b"a\nb", "utf-16", "a, line 2: the file is not utf-16|not utf-16"),
        ],
    )
    def test_what_is_wrong_is_said(self, content: bytes, encoding: str | None, message: str) -> None:
        with pytest.raises(ReadError, match=message):
            SourceFile("a", "a", content, "text").utf8(encoding)

    def test_an_unknown_encoding_is_the_callers_fault(self) -> None:
        with pytest.raises(InputError, match="a: there is no encoding 'utf-99'"):
            SourceFile("a", "a", TEXT, "text").utf8("utf-99")

    def test_only_text_has_an_encoding(self) -> None:
        with pytest.raises(ReadError, match=r"a: a text file \(CSV\) is needed, this is a workbook"):
            SourceFile("a", "a", b"PK", "workbook").utf8()

    @given(
        st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), min_size=1).filter(
            lambda text: text.strip()
        )
    )
    def test_utf8_comes_back_as_it_is(self, text: str) -> None:
        content = text.encode()
        file = SourceFile("a", "a", content, "text")
        # A cp1252 text can be valid UTF-8 by chance, never the other way round.
        assert file.utf8() == content


class TestWorkbooks:
    def test_cells_as_text_by_row_of_the_sheet(self, tmp_path: Path) -> None:
        file = next(iter_sources(workbook(tmp_path / "a.xlsx")))
        assert sheet_names(file) == ["First", "Second"]
        frame = read_sheet(file, "First")
        assert frame.columns == [f"column_{place}" for place in range(1, 7)]
        assert frame.rows()[2] == ("URN", "12", "0.5", "true", None, " x ")
        assert read_sheet(file, 0).equals(frame)
        assert read_sheet(file, "Second").is_empty()

    def test_what_is_wrong_is_said(self, tmp_path: Path) -> None:
        file = next(iter_sources(workbook(tmp_path / "a.xlsx")))
        with pytest.raises(
            ReadError, match=r"(?s)<bytes>: sheet 'Third' cannot be read .* the workbook has \['First', 'Second'\]"
        ):
            read_sheet(file, "Third")
        with pytest.raises(ReadError, match=r"a: a workbook \(\.xlsx\) is needed, this is text"):
            sheet_names(SourceFile("a", "a", TEXT, "text"))
        with pytest.raises(ReadError, match="a: the workbook is damaged, protected or of an unknown kind"):
            sheet_names(SourceFile("a", "a", b"PK\x03\x04", "workbook"))
