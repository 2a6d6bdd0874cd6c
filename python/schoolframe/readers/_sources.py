"""Opening what a caller points a reader at: paths, bytes and file objects, plain or packed, in any usual encoding.

Every reader takes the same kinds of source and gets them from here as :class:`SourceFile`, one at a time, so that a
long list of files is never in memory at once. What a source is (gzip, zip, workbook, Parquet, text) is recognised from
its first bytes and never from its name.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Literal, cast

import polars as pl

from schoolframe.exceptions import InputError, ReadError

if TYPE_CHECKING:
    from typing import TypeAlias

__all__ = ["Packed", "Source", "SourceFile", "iter_sources", "read_sheet", "sheet_names"]

SingleSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | IO[str]"
Source: TypeAlias = "SingleSource | Iterable[SingleSource]"
Kind = Literal["text", "workbook", "parquet"]

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARQUET = b"PAR1"
# Text encodings that announce themselves; UTF-32 stands first because its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MEMBER_SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet", ".gz", ".zip")
_MAX_DEPTH = 4
_CHUNK = 1 << 18


@dataclass(frozen=True)
class Packed:
    """Bytes that can be opened again and again.

    Attributes:
        open: Gives a stream from the first byte.
        size: Number of bytes, where it is known without reading; a hint, not a promise.
        forward: Whether the stream can be sought only by reading it again from its beginning.
    """

    open: Callable[[], IO[bytes]]
    size: int | None
    forward: bool = False


class SourceFile:
    """One unpacked file; its bytes are read when they are asked for.

    Attributes:
        name: Short name for messages and for columns that say where a row came from: the file name, and inside an
            archive ``archive.zip/member.csv``.
        path: All that is known of where the file was, folders included; readers look here for a year or a product.
        kind: ``text``, ``workbook`` or ``parquet``.
        archive: Name of the zip file that held it, or None. Readers pass over archive members of another product, but
            refuse a file of another product that the caller named.
        size: Unpacked size in bytes, where it is known without reading; a hint, not a promise.
    """

    def __init__(self, name: str, path: str, data: bytes | Packed, kind: Kind, archive: str | None = None) -> None:
        packed = _in_memory(data) if isinstance(data, bytes) else data
        self.name = name
        self.path = path
        self.kind = kind
        self.archive = archive
        self.size = packed.size
        self._open = packed.open

    def __repr__(self) -> str:
        return f"SourceFile(name={self.name!r}, kind={self.kind!r}, archive={self.archive!r})"

    @cached_property
    def data(self) -> bytes:
        """The bytes, unpacked, in the encoding of the file.

        Raises:
            ReadError: If the file or the archive around it is damaged.
        """
        with _damage(self.name), self._open() as stream:
            return stream.read()

    def chunks(self, size: int = _CHUNK) -> Iterator[bytes]:
        """Yield the bytes in pieces of ``size``, without ever holding the whole file.

        Raises:
            ReadError: As for ``data``, when the damaged place is reached.
        """
        with _damage(self.name), self._open() as stream:
            while piece := stream.read(size):
                yield piece

    def utf8(self, encoding: str | None = None, *, keep_mark: bool = False) -> bytes:
        r"""Return the text as UTF-8 bytes without a byte order mark; line ends stay as they are.

        Without ``encoding`` a byte order mark decides; then text that is valid UTF-8 is UTF-8; anything else is
        Windows-1252, which is what older departmental files and spreadsheets saved on Windows use.

        Args:
            encoding: Name of the encoding if it is known.
            keep_mark: Leave a UTF-8 byte order mark where it is, which saves a copy of the whole file for a caller
                that passes over the mark itself.

        Returns:
            The bytes; the very same object if nothing had to change.

        Raises:
            ReadError: If the file is empty, binary, cut off inside a character, or not in the encoding.

        Example:
            >>> SourceFile("a.csv", "a.csv", b"Caf\xe9", "text").utf8().decode() == "Caf\u00e9"
            True
        """
        if self.kind != "text":
            msg = f"{self.name}: a text file (CSV) is needed, this is a {self.kind}"
            raise ReadError(msg)
        return _to_utf8(self.data, self.name, encoding, keep_mark=keep_mark)


def iter_sources(source: Source, argument: str = "source") -> Iterator[SourceFile]:
    """Yield every file that ``source`` names, unpacked.

    Gzip is unpacked, zip archives are opened (members that cannot hold data, such as PDF files, are passed over),
    archives inside archives as well.

    Args:
        source: A path, bytes, a file object, or an iterable of these.
        argument: Name of the caller's argument, for the message.

    Yields:
        The files in the order given; members of an archive in the order of their names.

    Raises:
        InputError: If ``source`` is none of the kinds above or an empty list.
        ReadError: If a file does not exist, is a folder, or is a damaged archive.

    Example:
        >>> [file.name for file in iter_sources([b"URN,NAME", b"URN,AGE"])]
        ['<bytes 1>', '<bytes 2>']
    """
    if isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)) or hasattr(source, "read"):
        yield from _open_one(cast("SingleSource", source), argument, "")
        return
    if not isinstance(source, Iterable):
        msg = f"{argument}: a path, bytes, a file object or a list of these is needed, not {_kind_of(source)}"
        raise InputError(msg)
    number = 0
    for number, item in enumerate(source, start=1):
        yield from _open_one(item, argument, f" {number}")
    if number == 0:
        msg = f"{argument}: the list of sources is empty"
        raise InputError(msg)


def sheet_names(file: SourceFile) -> list[str]:
    """Return the names of the sheets of a workbook, in order.

    Args:
        file: A file of kind ``workbook``.

    Returns:
        The names.

    Raises:
        ReadError: If the workbook is damaged or protected by a password.
    """
    return list(_open_workbook(file).sheet_names)


def read_sheet(file: SourceFile, sheet: str | int = 0) -> pl.DataFrame:
    """Return one sheet as text: row 0 is the first row of the sheet, every cell a String, empty cells null.

    Args:
        file: A file of kind ``workbook``.
        sheet: Name or index of the sheet.

    Returns:
        A frame with the columns ``column_1``, ``column_2``, ...

    Raises:
        ReadError: If the workbook is damaged, or has no such sheet.
    """
    workbook = _open_workbook(file)
    try:
        loaded = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        frame = pl.DataFrame(loaded)
    except Exception as error:
        msg = f"{file.name}: sheet {sheet!r} cannot be read ({error}); the workbook has {workbook.sheet_names}"
        raise ReadError(msg) from error
    return frame.rename({old: f"column_{i}" for i, old in enumerate(frame.columns, start=1)})


def _kind_of(value: object) -> str:
    return type(value).__qualname__


def _open_one(item: SingleSource, argument: str, number: str) -> Iterator[SourceFile]:
    if isinstance(item, (bytes, bytearray, memoryview)):
        name = f"<bytes{number}>"
        yield from _unpack(_in_memory(bytes(item)), name, name, None, 0)
    elif isinstance(item, (str, os.PathLike)):
        path = Path(item)
        yield from _unpack(_on_disk(path, argument), path.name, str(path), None, 0)
    elif hasattr(item, "read"):
        given = getattr(item, "name", None)
        path_text = given if isinstance(given, str) else f"<file object{number}>"
        content = item.read()
        if isinstance(content, str):
            content = content.encode()
        if not isinstance(content, bytes):
            msg = f"{argument}: read() of the file object gave {_kind_of(content)}, bytes are needed"
            raise InputError(msg)
        yield from _unpack(_in_memory(content), PurePosixPath(path_text).name, path_text, None, 0)
    else:
        msg = f"{argument}: a path, bytes or a file object is needed, not {_kind_of(item)}"
        raise InputError(msg)


def _in_memory(data: bytes) -> Packed:
    return Packed(lambda: io.BytesIO(data), len(data))


def _on_disk(path: Path, argument: str) -> Packed:
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
    except FileNotFoundError as error:
        hint = " (text itself must be passed as bytes, not as str)" if "\n" in str(path) else ""
        msg = f"{argument}: there is no file {str(path)[:200]!r}{hint}"
        raise ReadError(msg) from error
    except IsADirectoryError as error:
        msg = f"{argument}: {str(path)!r} is a folder; pass its files, for instance sorted(folder.glob('*.csv'))"
        raise ReadError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{argument}: {str(path)[:200]!r} cannot be read ({error})"
        raise ReadError(msg) from error
    return Packed(lambda: path.open("rb"), size)


@contextmanager
def _damage(name: str) -> Iterator[None]:
    """Turn what the standard library says about damaged archives into errors that name the file."""
    try:
        yield
    except EOFError as error:
        msg = f"{name}: the gzip file is truncated (it ends before its end-of-stream marker)"
        raise ReadError(msg) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        msg = f"{name}: the compressed file is damaged ({error})"
        raise ReadError(msg) from error
    except zipfile.BadZipFile as error:
        msg = f"{name}: the zip archive is truncated or damaged ({error})"
        raise ReadError(msg) from error
    except (RuntimeError, NotImplementedError) as error:
        msg = f"{name}: the zip archive cannot be unpacked ({error})"
        raise ReadError(msg) from error
    except OSError as error:
        msg = f"{name}: the file cannot be read ({error})"
        raise ReadError(msg) from error


def _unpack(packed: Packed, name: str, path: str, archive: str | None, depth: int) -> Iterator[SourceFile]:
    if depth > _MAX_DEPTH:
        msg = f"{name}: archives inside archives more than {_MAX_DEPTH} deep are not opened"
        raise ReadError(msg)
    with _damage(name), packed.open() as stream:
        head = stream.read(8)
    if head.startswith(_GZIP):
        inner = Packed(lambda: cast("IO[bytes]", _Gunzip(packed.open())), _gzip_size(packed), forward=True)
        yield from _unpack(inner, _strip(name, ".gz"), _strip(path, ".gz"), archive, depth + 1)
    elif head.startswith(_ZIP):
        yield from _unpack_zip(packed, name, path, archive, depth)
    else:
        kind: Kind = "workbook" if head == _OLE else "parquet" if head.startswith(_PARQUET) else "text"
        yield SourceFile(name, path, packed, kind, archive)


class _Gunzip(gzip.GzipFile):
    """A gzip reader that closes the file under it as well."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        super().__init__(fileobj=packed, mode="rb")

    def close(self) -> None:
        super().close()
        self._packed.close()


def _gzip_size(packed: Packed) -> int | None:
    """Return the size that stands at the end of a gzip file (of its last member, modulo 4 GiB)."""
    with packed.open() as stream:
        if not stream.seekable():
            return None
        stream.seek(0, os.SEEK_END)
        if stream.tell() < 4:
            return None
        stream.seek(-4, os.SEEK_END)
        return int.from_bytes(stream.read(4), "little")


def _unpack_zip(packed: Packed, name: str, path: str, archive: str | None, depth: int) -> Iterator[SourceFile]:
    with _damage(name), packed.open() as stream:
        content = _in_memory(stream.read()) if packed.forward else packed
    with _damage(name), content.open() as stream, zipfile.ZipFile(stream) as zipped:
        sizes = {info.filename: info.file_size for info in zipped.infolist()}
    # Workbooks are zip archives themselves.
    if "xl/workbook.xml" in sizes or "xl/workbook.bin" in sizes or "mimetype" in sizes:
        yield SourceFile(name, path, content, "workbook", archive)
        return
    wanted = sorted(member for member in sizes if _may_hold_data(member))
    if not wanted:
        msg = f"{name}: the archive holds no data file; it has {sorted(sizes)[:5] or 'no members'}"
        raise ReadError(msg)
    for member in wanted:
        inner = Packed(lambda member=member: _Member(content.open(), member), sizes[member])  # type: ignore[misc]
        leaf = f"{name}/{PurePosixPath(member).name}"
        yield from _unpack(inner, leaf, f"{path}/{member}", archive or name, depth + 1)


class _Member(io.BufferedReader):
    """A member of a zip archive that closes the archive as well."""

    def __init__(self, packed: IO[bytes], member: str) -> None:
        self._packed = packed
        try:
            self._zipped = zipfile.ZipFile(packed)
            super().__init__(self._zipped.open(member))  # type: ignore[arg-type]
        except BaseException:
            packed.close()
            raise

    def close(self) -> None:
        super().close()
        self._zipped.close()
        self._packed.close()


def _may_hold_data(member: str) -> bool:
    leaf = PurePosixPath(member).name
    hidden = leaf.startswith((".", "~$")) or member.startswith("__MACOSX/")
    return not hidden and not member.endswith("/") and leaf.lower().endswith(_MEMBER_SUFFIXES)


def _strip(name: str, suffix: str) -> str:
    return name[: -len(suffix)] if name.lower().endswith(suffix) else name


def _to_utf8(data: bytes, name: str, encoding: str | None, *, keep_mark: bool) -> bytes:
    if not data or data.isspace():
        msg = f"{name}: the file is empty ({len(data)} {'byte' if len(data) == 1 else 'bytes'})"
        raise ReadError(msg)
    if encoding is not None:
        return _recode(data, name, encoding)
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return _recode(data[len(mark) :], name, marked)
    zero = data.find(0)
    if zero >= 0:
        return _recode(data, name, _utf16_without_mark(data, name, zero))
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    fault = _utf8_fault(data, start)
    if fault is None:
        return data if keep_mark or not start else data[start:]
    if _is_cut(data[fault:]) and (start or not data[:fault].isascii()):
        msg = f"{name}: the file is truncated, it ends inside a character (line {_line_of(data, fault)})"
        raise ReadError(msg)
    if start:
        msg = (
            f"{name}, line {_line_of(data, fault)}: the file is marked as UTF-8 but has the byte 0x{data[fault]:02x}, "
            "which is not UTF-8; pass encoding= if another encoding is meant"
        )
        raise ReadError(msg)
    return _recode(data, name, "cp1252", guessed=True)


def _utf16_without_mark(data: bytes, name: str, zero: int) -> str:
    """Return the byte order of unmarked UTF-16, in which nearly every second byte of English text is zero."""
    sample = data[:2000]
    for offset, guess in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = sample[offset::2]
        if zeros.count(0) > 0.8 * len(zeros) and sample[1 - offset :: 2].count(0) == 0:
            return guess
    msg = f"{name}: this is a binary file, not text (zero byte at position {zero})"
    raise ReadError(msg)


def _utf8_fault(data: bytes, start: int) -> int | None:
    """Return the position of the first byte from ``start`` on that is not UTF-8, reading in pieces to save memory."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    waiting = 0
    for piece in range(start, len(data), _CHUNK):
        try:
            decoder.decode(data[piece : piece + _CHUNK])
        except UnicodeDecodeError as error:
            return piece - waiting + error.start
        waiting = len(decoder.getstate()[0])
    return len(data) - waiting if waiting else None


def _is_cut(tail: bytes) -> bool:
    """Say whether ``tail`` is the beginning of a UTF-8 character whose rest is missing."""
    try:
        tail.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return False


def _recode(data: bytes, name: str, encoding: str, *, guessed: bool = False) -> bytes:
    try:
        text = data.decode(encoding)
    except LookupError as error:
        msg = f"{name}: there is no encoding {encoding!r}"
        raise InputError(msg) from error
    except UnicodeDecodeError as error:
        line = _line_of(data, error.start)
        what = "neither UTF-8 nor Windows-1252" if guessed else f"not {encoding}"
        msg = f"{name}, line {line}: the file is {what} (byte 0x{data[error.start]:02x}: {error.reason})"
        raise ReadError(msg) from error
    if "\0" in text:
        msg = f"{name}: this is a binary file or not {encoding} (zero character at position {text.index(chr(0))})"
        raise ReadError(msg)
    return text.removeprefix("\ufeff").encode()


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _open_workbook(file: SourceFile) -> _Workbook:
    if file.kind != "workbook":
        msg = f"{file.name}: a workbook (.xlsx) is needed, this is {file.kind}"
        raise ReadError(msg)
    try:
        import fastexcel  # noqa: PLC0415 - only workbooks need it
    except ImportError as error:
        msg = f"{file.name}: reading workbooks needs the package fastexcel (pip install fastexcel)"
        raise ReadError(msg) from error
    try:
        return cast("_Workbook", fastexcel.read_excel(file.data))
    except Exception as error:
        msg = f"{file.name}: the workbook is damaged, protected or of an unknown kind ({error})"
        raise ReadError(msg) from error


if TYPE_CHECKING:
    from typing import Any, Protocol

    class _Workbook(Protocol):
        """The part of fastexcel's reader that is used here."""

        sheet_names: list[str]

        def load_sheet(self, idx_or_name: str | int, **options: Any) -> Any: ...
