"""Files that are not what they should be: each is refused with a message that says where and why."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
from pathlib import Path

import pytest

import _published_tables as published
from schoolframe.exceptions import InputError, ReadError
from schoolframe.readers import read_performance_tables

HEADER = "RECTYPE,LEA,ESTAB,URN,SCHNAME,TOTPUPS,TPUP,ATT8SCR,P8MEA,P8CILOW,P8CIUPP,PTL2BASICS_94"
ROWS = [f"1,936,{4000 + n},{125000 + n},School {n},900,150,48.{n},0.1{n},-0.{n},0.3,6{n}%" for n in range(10)]


def csv(*rows: str) -> bytes:
    return "\r\n".join([HEADER, *rows]).encode()


@pytest.fixture(autouse=True)
def nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def refused(content: object, pattern: str, **options: object) -> str:
    with pytest.raises((ReadError, InputError), match=pattern) as caught:
        read_performance_tables(content, year=2019, **options)  # type: ignore[arg-type]
    assert not list(Path().iterdir())
    return str(caught.value)


class TestNotATable:
    def test_empty(self) -> None:
        refused(b"", r"<bytes>: the file is empty \(0 bytes\)")
        refused(b" \r\n \r\n", r"<bytes>: the file is empty \(6 bytes\)")

    def test_header_only(self) -> None:
        for end in (b"", b"\r\n", b"\r\n\r\n,,,\r\n"):
            refused(HEADER.encode() + end, "<bytes>: the file has a header and no rows")

    def test_binary(self) -> None:
        refused(bytes(range(256)) * 20, "<bytes>: this is a binary file, not text")
        refused(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\x00", "binary file")

    def test_another_product(self, data: Path) -> None:
        other = {
            "ks2/2018-2019_ks2_meta.csv": "no header with a column URN .* begins with 'Column', 'Field Name'",
            "registers/england_census_2018-2019.csv.gz": r"looks like the school census by school \(sf.read_census\)",
            "absence-exclusions/england_abs_2018-2019.csv.gz": r"absence data \(sf.read_absence\)",
            "la/lait_back_data_2016-2025.parquet": "it is a Parquet file",
            "2018-2019_abbreviations.xlsx": "sheet 'Abbreviations': no header with a column URN",
            "registers/grammar_schools.csv": "none of its 2 columns is a measure of either",
            "ks4/ees_ks4_2017-2018_national_characteristics.zip": "no file of the archive is a performance table",
        }
        for name, pattern in other.items():
            message = refused(data / name, pattern)
            assert name.rpartition("/")[2].removesuffix(".gz").split(".")[0] in message or "archive" in message

    def test_the_other_table(self, data: Path) -> None:
        path = data / published.SURREY[0].name
        refused(path, "2016-2017_936_ks2final.csv: this is not ks4 but ks2: 2[0-9]{2} of its columns", table="ks4")

    def test_a_missing_file_and_a_folder(self, tmp_path: Path) -> None:
        refused("no/such.csv", "source: there is no file 'no/such.csv'")
        refused(tmp_path, "is a folder; pass its files")
        refused(csv(ROWS[0]).decode(), r"there is no file .* \(text itself must be passed as bytes, not as str\)")
        refused([], "source: the list of sources is empty")
        refused(7, "source: a path, bytes, a file object or a list of these is needed, not int")


class TestDamage:
    def test_gzip_and_zip(self) -> None:
        packed = gzip.compress(csv(*ROWS * 500))
        refused(packed[: len(packed) // 2], "<bytes>: the gzip file is truncated")
        refused(packed[:40] + b"\xff" * 20 + packed[60:], "<bytes>: the compressed file is damaged")
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("ks4.csv", csv(*ROWS))
        refused(zipped.getvalue()[:-30], "<bytes>: the zip archive is truncated or damaged")
        damaged = bytearray(zipped.getvalue())
        damaged[60] ^= 0xFF
        refused(bytes(damaged), "damaged|truncated")
        refused(b"PK\x03\x04nothing", "truncated or damaged")

    @pytest.mark.parametrize("cells", range(1, 12))
    def test_cut_inside_a_row(self, cells: int) -> None:
        """Wherever the last row is cut, it is noticed, but where it ends as the row of a new school would."""
        whole = csv(*ROWS)
        cut = csv(*ROWS[:-1], ",".join(ROWS[-1].split(",")[:cells]))
        assert whole.startswith(cut)
        if cells in {5, 6, 7, 8}:
            assert read_performance_tables(cut, year=2019).schools.height == 10
        else:
            line = refused(cut, "<bytes>, line 11: the file looks truncated: its last row has")
            assert f"has {cells} of 12 cells, which no other row has, and no line end" in line

    def test_a_published_file_cut_in_half(self, data: Path) -> None:
        for file in published.SURREY:
            content = (data / file.name).read_bytes()
            refused(content[: len(content) // 2], "the file looks truncated", table=file.table)

    def test_short_rows_alone_are_no_damage(self) -> None:
        short = ",".join(ROWS[3].split(",")[:9])
        assert read_performance_tables(csv(*ROWS[:3], short, *ROWS[4:]), year=2019).schools.height == 10
        assert (
            read_performance_tables(csv(*ROWS[:3], short, short.replace("125003", "126000")), year=2019).schools.height
            == 5
        )
        assert read_performance_tables(csv(*ROWS[:3], short) + b"\r\n", year=2019).schools.height == 4

    def test_cut_inside_quotes_or_a_character(self) -> None:
        refused(csv(*ROWS, '1,936,4999,126000,"School'), "<bytes>, line 12: a quote is opened and never closed")
        refused(csv(*ROWS, '1,936,4999,126000,"School" x,'), "<bytes>, line 12: text follows the closing quote")
        content = csv("1,936,4000,125000,Caf\xe9 Caf\xe9,1,1,1,1,1,1,1", "1,936,4001,125001,Caf\xe9")
        refused(content[:-1], r"<bytes>: the file is truncated, it ends inside a character \(line 3\)")

    def test_wrong_encoding(self) -> None:
        content = csv("1,936,4000,125000,Caf\xe9,1,1,1,1,1,1,1")
        refused(content.decode().encode("cp1252"), "<bytes>, line 2: the file is not utf-8", encoding="utf-8")
        refused(
            b"\xef\xbb\xbf" + content.decode().encode("cp1252"),
            "line 2: the file is marked as UTF-8 but has the byte 0xe9",
        )
        refused(content.replace(b"\xc3\xa9", b"\x81"), "<bytes>, line 2: the file is neither UTF-8 nor Windows-1252")
        refused(content, "there is no encoding 'utf-99'", encoding="utf-99")


class TestCells:
    def test_a_text_where_a_number_belongs(self) -> None:
        rows = [row.replace("0.1", "about 0.1") if place in {2, 5} else row for place, row in enumerate(ROWS)]
        message = refused(csv(*rows), "2 cells are neither a number nor a known code")
        assert message == (
            "<bytes>: 2 cells are neither a number nor a known code; "
            "line 4, column P8MEA: 'about 0.12'; line 7, column P8MEA: 'about 0.15'"
        )

    def test_a_column_of_texts_where_numbers_belong(self) -> None:
        rows = [row.rpartition(",")[0] + ",good" for row in ROWS]
        message = refused(csv(*rows), "10 cells are neither a number nor a known code")
        assert message.endswith("line 6, column PTL2BASICS_94: 'good'; and 5 more")

    def test_an_unknown_column_that_is_nearly_all_numbers_reports_the_rest(self) -> None:
        def with_column(*cells: str) -> bytes:
            return "\n".join(["URN,P8MEA,NEW", *(f"{urn},0.1,{cell}" for urn, cell in enumerate(cells))]).encode()

        refused(with_column(*["1"] * 9, "word"), "1 cell is neither .*; line 11, column NEW: 'word'")
        assert (
            read_performance_tables(with_column(*["1"] * 8, "word"), year=2019).schools["NEW"].to_list()[-1] == "word"
        )
        refused(with_column("word", "1"), "1 cell is neither .*; line 2, column NEW: 'word'", number_columns=["NEW"])
        texts = read_performance_tables(with_column(*["1"] * 9, "word"), year=2019, text_columns=["NEW"])
        assert texts.schools["NEW"].to_list() == ["1"] * 9 + ["word"]

    def test_the_caller_may_go_on(self) -> None:
        rows = [*ROWS[:9], ROWS[9].replace("0.19", "about 0.2")]
        with pytest.warns(UserWarning, match="1 cell is neither a number nor a known code; line 11, column P8MEA"):
            tables = read_performance_tables(csv(*rows), year=2019, unknown="warn")
        assert tables.schools["P8MEA"].to_list()[-2:] == [0.18, None]
        assert tables.codes.select("line", "column", "text", "meaning").rows() == [
            (11, "P8MEA", "about 0.2", "unknown")
        ]

    def test_codes_in_unusual_spelling_keep_it(self) -> None:
        rows = [
            row.replace(f"0.1{n},", f"{cell},", 1)
            for (n, row), cell in zip(enumerate(ROWS), ("supp", "[c]", " Ne ", "  "), strict=False)
        ]
        codes = read_performance_tables(csv(*rows), year=2019).codes
        assert codes.select("text", "meaning").rows() == [
            ("supp", "suppressed"),
            ("[c]", "suppressed"),
            (" Ne ", "no_entries"),
            ("  ", "blank"),
        ]

    def test_a_row_longer_than_the_header(self) -> None:
        assert read_performance_tables(csv(ROWS[0] + ",,, ", *ROWS[1:]), year=2019).schools.height == 10
        long = csv(ROWS[0], ROWS[1] + ",,0.5", *ROWS[2:])
        refused(long, "1 row is longer than the header of 12 columns; line 3 has 14 cells, beyond it stands '0.5'")
        with pytest.warns(UserWarning, match="longer than the header"):
            assert read_performance_tables(long, year=2019, unknown="warn").schools.height == 10

    def test_keys_that_are_none(self) -> None:
        refused(
            csv(ROWS[0].replace("125000", "12500O")), "1 row breaks the rule that URN is a whole number; line 2: 12500O"
        )
        refused(csv(*ROWS, "1,936,4999,,School"), "rule that a school has a URN; line 12: blank|truncated")
        refused(csv(ROWS[0], "x" + ROWS[1]), "1 row has a record type that ks4 does not have .*; line 3: x1")

    def test_two_schools_of_one_urn(self) -> None:
        twice = csv(*ROWS, ROWS[4])
        message = refused(twice, "1 school comes more than once in the same table, year and release")
        assert message.endswith("URN 125004 in ks4 2019 (<bytes>, line 6; <bytes>, line 12)")
        with pytest.warns(UserWarning, match="comes more than once"):
            assert read_performance_tables(twice, year=2019, duplicates="warn").schools.height == 11

    def test_two_files_of_one_year(self) -> None:
        message = refused([csv(*ROWS), csv(*ROWS)], "10 schools come more than once")
        assert "URN 125000 in ks4 2019 (<bytes 1>, line 2; <bytes 2>, line 2)" in message
        assert message.endswith("and 5 more")
        releases = {"<bytes 1>": "provisional", "<bytes 2>": "final"}
        tables = read_performance_tables([csv(*ROWS), csv(*ROWS)], year=2019, release=releases)
        assert tables.schools.height == 20

    def test_years_before_and_after_the_grades_changed(self) -> None:
        data = b"Academic Year,URN,Eng Maths Grade 5\n2016,1,60%\n2018,1,40%\n"
        with pytest.raises(ReadError, match="years before and after 2017"):
            read_performance_tables(data)


def test_arguments() -> None:
    with pytest.raises(InputError, match="unknown: 'ignore' is not possible; it is 'raise' or 'warn'"):
        read_performance_tables(csv(*ROWS), unknown="ignore")  # type: ignore[arg-type]
    with pytest.raises(LookupError, match="rectypes: 9 cannot be 'trust'; there are school, authority, national"):
        read_performance_tables(csv(*ROWS), rectypes={9: "trust"})  # type: ignore[dict-item]


@pytest.mark.parametrize("year", ["2019", 19, 201819, 2019.0, True, {"x.csv": 19}])
def test_a_year_that_is_none(year: object) -> None:
    with pytest.raises(InputError, match="year: the calendar year in which the academic year ends is needed"):
        read_performance_tables(csv(*ROWS), year=year)  # type: ignore[arg-type]
