"""Bad input that every reader must refuse in the same manner, and one small right file of every product."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from schoolframe.exceptions import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

    Reader = Callable[[object], pl.DataFrame]


@dataclass(frozen=True)
class Sample:
    """A header and a row of one product, and the name of the function that reads it."""

    reader: str
    header: str
    row: str

    @property
    def text(self) -> bytes:
        return f"{self.header}\r\n{self.row}\r\n".encode()


SAMPLES = {
    "inspections": Sample("read_inspections", "URN,Rating,Inspection Date", "100000,Good,20130418"),
    "register": Sample(
        "read_school_register",
        "URN,LA,ESTAB,LAESTAB,SCHNAME,ICLOSE,OPENDATE,CLOSEDATE,NFTYPE,AGEL,AGEH",
        "100000,201,3614,2013614,Hill,1,01/09/1990,,Community school,4,11",
    ),
    "urn_links": Sample(
        "read_urn_links",
        "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate",
        "100000,140000,Hill Academy,Successor,01-09-2013",
    ),
    "census": Sample(
        "read_census", "URN,LA,ESTAB,SCHOOLTYPE,NOR,NUMEAL,PNUMEAL", "100000,201,3614,State-funded primary,285,141,49.5"
    ),
    "absence": Sample("read_absence", "LA,ESTAB,URN,PERCTOT,PPERSABS10", "201,3614,100000,2.6,3.4"),
    "exclusions": Sample(
        "read_exclusions",
        "time_period,geographic_level,old_la_code,laestab,school_type,headcount,perm_excl,perm_excl_rate",
        "201617,School,935,9354604,State-funded secondary,1802,3,0.17",
    ),
    "lait": Sample(
        "read_lait",
        "Short Desc,Data item,Years,LA and Regions,Values,LA Number,Region",
        "KS2_RWM,Expected standard,2018-19,Southend-on-Sea,65.2,882,East of England",
    ),
    "neighbours": Sample(
        "read_statistical_neighbours",
        "LA num,LA Name,GOReg,SN1,SNP",
        "882,Southend-on-Sea,East of England,839,Very close",
    ),
    "performance": Sample(
        "read_performance_tables", "RECTYPE,LEA,ESTAB,URN,SCHNAME,TELIG", "1,936,2000,125000,Hill,30"
    ),
}


def bad_inputs(sample: Sample) -> dict[str, tuple[bytes, str]]:
    """Return broken files of a product, each with a pattern that the message must match."""
    whole = sample.text * 50
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", whole)
    damaged_book = io.BytesIO()
    with zipfile.ZipFile(damaged_book, "w") as archive:
        archive.writestr("xl/workbook.xml", "<no workbook")
    two = sample.text + f"{sample.row}\r\n".encode()
    return {
        "empty": (b"", "empty"),
        "white space": (b" \r\n\r\n ", "empty"),
        "binary": (bytes(range(256)) * 8, "binary"),
        "truncated gzip": (gzip.compress(whole)[:-12], "truncated"),
        "truncated zip": (zipped.getvalue()[:-30], "truncated|damaged"),
        "damaged workbook": (damaged_book.getvalue(), "damaged"),
        "header only": (f"{sample.header}\r\n".encode(), "no row"),
        "cut in a row": (two + sample.row[: len(sample.row) // 3].encode(), "truncated"),
        "quote never closed": (two + f'"{sample.row}\r\n'.encode() + two, "never closed|truncated"),
        "of no product": (b"a,b,c\r\n1,2,3\r\n", "this is not"),
        "marked UTF-8 but not": (b"\xef\xbb\xbf" + sample.text + b"\xe9\r\n", "UTF-8"),
    }


def check_bad_inputs(reader: Reader, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a reader every broken file and every other product; it must say what is wrong and leave nothing behind."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for case, (content, pattern) in bad_inputs(SAMPLES[name]).items():
        with pytest.raises(ReadError, match=f"(?is){pattern}") as caught:
            reader(content)
        assert "<bytes>" in str(caught.value), f"{case}: the message does not name the file: {caught.value}"
    for other, sample in SAMPLES.items():
        if other != name:
            with pytest.raises(ReadError, match=rf"looks like .*sf\.{sample.reader}\b"):
                reader(sample.text)
    assert list(folder.iterdir()) == []


def check_accepted_sources(reader: Reader, name: str, folder: Path) -> None:
    """A path, a string, bytes, an open file, gzip and zip give the same frame but for the name of the file."""
    content = SAMPLES[name].text
    path = folder / "file.csv"
    path.write_bytes(content)
    packed = folder / "file.csv.gz"
    packed.write_bytes(gzip.compress(content))
    zipped = folder / "several.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("notes.txt", "a,b\n1,2\n")
        archive.writestr("data/file.csv", content)
        archive.writestr("file.meta.csv", "col_name,col_type,label\nx,Filter,y\n")
    expected = reader(content).drop("source_file")
    assert expected.height > 0
    with path.open("rb") as opened:
        frames = [reader(path), reader(str(path)), reader(opened), reader(packed), reader(zipped)]
    for frame in frames:
        assert frame.drop("source_file").equals(expected)
    assert [frame["source_file"][0] for frame in frames] == ["file.csv"] * 4 + ["several.zip/file.csv"]
    assert reader("\ufeff".encode() + content).drop("source_file").equals(expected)
    assert reader(content.replace(b"\r\n", b"\n")).drop("source_file").equals(expected)
    assert reader(content.decode().encode("utf-16")).drop("source_file").equals(expected)
