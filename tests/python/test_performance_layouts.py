"""Other years, authorities, packings and encodings of the performance tables than those at hand."""

from __future__ import annotations

import gzip
import io
import warnings
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

import _published_tables as published
from schoolframe.exceptions import InputError, ReadError, UnknownNameError
from schoolframe.readers import read_performance_tables


def csv(*rows: str, end: str = "\r\n") -> bytes:
    return end.join(rows).encode()


# Key stage 2 of 2022-23: 2022 and 2019 ride along, no tables stood between them.
KS2_2023 = csv(
    "RECTYPE,ALPHAIND,LEA,ESTAB,URN,SCHNAME,ICLOSE,NFTYPE,TOTPUPS,TELIG,PTRWM_EXP,READPROG,READPROG_DESCR,"
    "PTRWM_EXP_NotFSM6CLA1A,PTRWM_EXP_22,READPROG_22,READ_AVERAGE_22,PTRWM_EXP_19,READPROG_19,READ_AVERAGE_19",
    "1,10,850,2000,115841,Hill Primary School,0,CY,210,30,60%,-0.4,3,67%,57%,0.1,104,65%,0.3,105",
    "1,12,850,2001,115842,Vale Primary School,0,CY,90,8,SUPP,LOWCOV,,SUPP,z,x,c,u,low,:",
    "3, ,850, , ,Hampshire, , ,140000,15000,61%,0.2,2,66%,59%,0.1,105,66%,0.2,105",
    "4, , , , , , , ,4600000,640000,59%, , ,66%,58%, ,105,65%, ,104",
    "5, , , , , , , ,4500000,630000,60%, , ,66%,59%, ,105,65%, ,104",
)
# Key stage 4 of 2024-25: no Progress 8, earlier years as _PREV and _PREV2, the middle band called MID.
KS4_2025 = csv(
    "RECTYPE,LEA,ESTAB,URN,SCHNAME,TPUP,ATT8SCR,ATT8SCR_MID,P8MEA,P8CILOW,P8CIUPP,P8_BANDING,P8MEA_PREV,P8MEA_PREV2,"
    "PTL2BASICS_95,PTL2BASICS_95_PREV,PTL2BASICS_95_PREV2,SEN_ALL4,PSEN_ALL4",
    '1,204,4000,138143,"Hill School, Hackney",180,51.2,44.0,NA,NA,NA,NA,0.31,0.28,55%,54%,52%,30,17%',
    "4,204,,,,2150,52.8,46.1,NA,NA,NA,NA,0.35,0.36,57.10%,56.00%,55.20%,400,19%",
    "7,,,,,630000,46.1,39.0,NA,NA,NA,NA,-0.03,-0.03,45.50%,45.90%,45.30%,110000,18%",
)


class TestLaterYears:
    def test_key_stage_2_of_2023(self) -> None:
        tables = read_performance_tables(KS2_2023)
        assert tables.schools["year"].to_list() == [2023, 2023]
        assert tables.schools["la"].to_list() == ["850", "850"]
        row = tables.schools.row(0, named=True)
        assert [row[name] for name in ("PTRWM_EXP", "PTRWM_EXP_22", "READPROG_19")] == [60, 57, 0.3]
        assert tables.national.select("rectype", "population").rows() == [(4, "all"), (5, "state_funded")]
        assert tables.authorities["PTRWM_EXP_NOTFSM6CLA1A"].to_list() == [66]
        meanings = tables.codes.filter(urn=115842).select("column", "text", "meaning").rows()
        assert meanings == [
            ("PTRWM_EXP", "SUPP", "suppressed"),
            ("READPROG", "LOWCOV", "low_coverage"),
            ("READPROG_DESCR", "", "blank"),
            ("PTRWM_EXP_NOTFSM6CLA1A", "SUPP", "suppressed"),
            ("PTRWM_EXP_22", "z", "not_applicable"),
            ("READPROG_22", "x", "not_available"),
            ("READ_AVERAGE_22", "c", "suppressed"),
            ("PTRWM_EXP_19", "u", "low_reliability"),
            ("READPROG_19", "low", "rounds_to_zero"),
            ("READ_AVERAGE_19", ":", "not_available"),
        ]

    def test_key_stage_2_of_2022_carries_2019(self) -> None:
        assert read_performance_tables(KS2_2023.replace(b"_22", b"_18")).schools["year"][0] == 2022

    def test_key_stage_4_of_2025(self, tmp_path: Path) -> None:
        folder = tmp_path / "2024-2025"
        folder.mkdir()
        path = folder / "204_ks4final.csv"
        path.write_bytes(KS4_2025)
        tables = read_performance_tables(path)
        row = tables.schools.row(0, named=True)
        assert (row["year"], row["release"], row["school_name"]) == (2025, "final", "Hill School, Hackney")
        assert [row[name] for name in ("P8MEA", "P8MEA_PREV", "P8MEA_PREV2", "ATT8SCR_AV")] == [None, 0.31, 0.28, 44]
        codes = tables.codes_for("P8MEA")
        assert codes.select("rectype", "text", "meaning").unique().sort("rectype").rows() == [
            (1, "NA", "not_applicable"),
            (4, "NA", "not_applicable"),
            (7, "NA", "not_applicable"),
        ]
        assert tables.national["population"].to_list() == ["state_funded"]

    def test_years_of_both_layouts_concatenate(self) -> None:
        later = KS2_2023.replace(b"_22", b"_23").replace(b"_19", b"_22")
        tables = read_performance_tables([KS2_2023, later])
        assert tables.schools["year"].to_list() == [2023, 2023, 2024, 2024]
        assert tables.schools["PTRWM_EXP_19"].to_list() == [65, None, None, None]
        assert tables.schools["PTRWM_EXP_22"].to_list() == [57, None, 65, None]

    def test_bands_of_every_spelling_share_a_column(self) -> None:
        files = [
            csv(f"URN,P8MEA_{band},READPROG_{other}", "1,0.5,0.1") for band, other in (("AV", "M"), ("MID", "MID"))
        ]
        tables = read_performance_tables(files, table="ks4", year={"<bytes 1>": 2023, "<bytes 2>": 2024})
        assert tables.schools["P8MEA_AV"].to_list() == [0.5, 0.5]
        assert tables.schools["READPROG_M"].to_list() == [0.1, 0.1]

    def test_unknown_columns_are_judged_by_their_content(self) -> None:
        data = csv(
            "URN,P8MEA,NEW_MEASURE,NEW_WORD", *(f"{urn},0.1,{urn}%,word" for urn in range(1, 12)), "12,SUPP,NE,NA"
        )
        schools = read_performance_tables(data, year=2026).schools
        assert schools.schema["NEW_MEASURE"] == pl.Float64
        assert schools["NEW_WORD"].to_list() == ["word"] * 11 + [None]

    def test_a_column_of_years_says_the_year_of_every_row(self) -> None:
        data = csv("Academic Year,URN,Progress 8", "2017-18,1,0.1", "2019,2,0.2", "201819,3,0.3")
        assert read_performance_tables(data).schools["year"].to_list() == [2018, 2019, 2019]

    def test_the_caller_overrides(self) -> None:
        tables = read_performance_tables(KS2_2023, "ks2", 2030, release="final", text_columns=["TELIG"])
        assert tables.schools.select("year", "release", "TELIG").row(0) == (2030, "final", "30")
        assert read_performance_tables(KS2_2023, number_columns=["ESTAB"]).schools["estab"][0] == "2000"

    def test_further_record_types_are_taken_from_the_caller(self) -> None:
        data = KS2_2023.replace(b"3, ,850", b"9, ,850")
        with pytest.raises(
            ReadError, match=r"1 row has a record type that ks2 does not have .* line 4: 9\. Pass rectypes="
        ):
            read_performance_tables(data)
        assert read_performance_tables(data, rectypes={9: "authority"}).authorities["rectype"].to_list() == [9]

    def test_provisional_key_stage_4_of_2016(self, tmp_path: Path) -> None:
        """The first year of Progress 8: old measures, the record type of England in the column of the authority."""
        path = tmp_path / "2015-2016-england_ks4provisional.csv"
        path.write_bytes(
            csv(
                "RECTYPE,LEA,ESTAB,URN,ICLOSE,NFTYPE,TPUP,ATT8SCR,P8MEA,P8CILOW,P8CIUPP,PTEBACC_E_PTQ_EE,PTEBACC_PTQ_EE,"
                "PTL2BASICS_LL_PTQ_EE,PTAC5EM_PTQ_EE",
                "1,202,4285,100053,0,CY,175,49.4,-0.33,-0.49,-0.17,42%,30%,59%,52%",
                "1,202,4000,137181,0,AC,,,,,,,,,",
                "2,211,7168,100989,0,CYS,7,NE,SUPP,SUPP,SUPP,NE,NE,NE,NE",
                "4,201,,,,,,,,,,,,,",
                "4,202,,,,,1439,50.0,0.00,-0.06,0.05,45.4%,27.9%,62.1%,55.4%",
                "5,5,,,,,603203,48.2,,,,36.6%,22.8%,58.7%,52.8%",
                "7,7,,,,,541080,49.8,-0.03,,,39.6%,24.5%,62.6%,56.8%",
            )
        )
        tables = read_performance_tables(path)
        assert tables.files.select("year", "release", "schools", "authorities", "national").row(0) == (
            *("2016", "provisional"),
            *(3, 2, 2),
        )
        assert tables.schools["PTL2BASICS_LL_PTQ_EE"].to_list() == [59, None, None]
        assert tables.national.select("la", "population", "ATT8SCR", "PTAC5EM_PTQ_EE").rows() == [
            (None, "all", 48.2, 52.8),
            (None, "state_funded", 49.8, 56.8),
        ]
        assert tables.codes_for("ATT8SCR", "no_entries")["urn"].to_list() == [100989]


class TestYearsAndNames:
    def test_a_year_in_the_name_is_taken_where_no_column_says_it(self, tmp_path: Path) -> None:
        data = csv("URN,P8MEA", "1,0.1")
        for name, year in (("815_2017_ks4.csv", 2017), ("2017-2018_850_ks4final.csv", 2018), ("ks4_201819.csv", 2019)):
            path = tmp_path / name
            path.write_bytes(data)
            assert read_performance_tables(path).schools["year"].to_list() == [year]

    def test_an_unknown_year_is_asked_for(self) -> None:
        with pytest.raises(ReadError, match=r"<bytes>: neither a column nor the name of the file says .* pass year="):
            read_performance_tables(csv("URN,P8MEA", "1,0.1"))

    def test_a_name_that_contradicts_the_columns_is_reported(self, tmp_path: Path) -> None:
        path = tmp_path / "2018-2019_ks2final.csv"
        path.write_bytes(KS2_2023)
        with pytest.warns(UserWarning, match="by its columns the file is of 2023, by its name of 2019; 2023 is taken"):
            tables = read_performance_tables(path)
        assert tables.schools["year"][0] == 2023
        assert read_performance_tables(path, year=2019).schools["year"][0] == 2019

    def test_a_name_that_two_columns_share_is_marked(self) -> None:
        with pytest.warns(UserWarning, match="column 3, 'P8MEA_NOTFSM6CLA1A', is P8MEA_NFSM6CLA1A_DUPLICATE_2"):
            tables = read_performance_tables(csv("URN,P8MEA_NFSM6CLA1A,P8MEA_NOTFSM6CLA1A", "1,0.1,0.2"), year=2019)
        assert tables.schools.row(0)[-2:] == (0.1, 0.2)

    def test_names_of_files_that_do_not_exist_are_refused(self) -> None:
        with pytest.raises(UnknownNameError, match="year: there is no file 'x.csv'; there are <bytes>"):
            read_performance_tables(KS2_2023, year={"x.csv": 2019})
        with pytest.raises(UnknownNameError, match="text_columns: there is no column 'X'"):
            read_performance_tables(KS2_2023, text_columns=["x"])
        with pytest.raises(UnknownNameError, match="table: 'ks5' is not a table; there are ks2, ks4"):
            read_performance_tables(KS2_2023, table="ks5")  # type: ignore[arg-type]


class TestPacking:
    def test_zip_of_the_download_service(self, data: Path, tmp_path: Path) -> None:
        path = tmp_path / "Performancetables_1.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in published.SURREY:
                if file.year == 2019:
                    archive.write(data / file.name, f"2018-2019/936_{file.table}final.csv")
            archive.write(data / "ks2/2018-2019_ks2_meta.csv", "2018-2019/ks2_meta.csv")
            archive.write(data / "2018-2019_abbreviations.xlsx", "2018-2019/abbreviations.xlsx")
            archive.write(data / "registers/grammar_schools.csv", "2018-2019/936_spine.csv")
            archive.writestr("readme.pdf", b"%PDF-1.4")
        tables = read_performance_tables(path)
        assert tables.files.select("source", "year", "release", "schools").rows() == [
            ("Performancetables_1.zip/936_ks2final.csv", "2019", "final", 239),
            ("Performancetables_1.zip/936_ks4final.csv", "2019", "final", 130),
        ]
        assert read_performance_tables(path, table="ks4").files["table"].to_list() == ["ks4"]

    def test_every_packing_gives_the_same(self, data: Path, tmp_path: Path) -> None:
        plain = data / published.SURREY[3].name
        content = plain.read_bytes()
        packed = tmp_path / "2016-2017_ks4.csv.gz"
        packed.write_bytes(gzip.compress(content[: len(content) // 2]) + gzip.compress(content[len(content) // 2 :]))
        doubly = io.BytesIO()
        with zipfile.ZipFile(doubly, "w") as archive:
            archive.writestr("2017/ks4.csv.gz", gzip.compress(content))
        expected = read_performance_tables(plain, release="final").schools
        with plain.open("rb") as stream:
            text = io.StringIO(content.decode("utf-8-sig"))
            for source in (str(plain), content, stream, text, packed, doubly.getvalue()):
                assert read_performance_tables(source, year=2017, release="final").schools.equals(expected)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32"])
    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
    def test_encodings_and_line_ends(self, encoding: str, end: str) -> None:
        text = end.join(["RECTYPE,URN,SCHNAME,P8MEA", "1,100000,St Anne\u2019s Caf\xe9,\u20130.3", "4,,,0.2", ""])
        tables = read_performance_tables(text.encode(encoding), year=2019)
        assert tables.schools.select("school_name", "P8MEA").row(0) == ("St Anne\u2019s Caf\xe9", -0.3)
        assert tables.authorities.height == 1

    def test_an_encoding_can_be_stated(self) -> None:
        text = "URN,SCHNAME,P8MEA\n1,\u0141\xf3d\u017a,0.1\n"
        assert (
            read_performance_tables(text.encode("cp1250"), year=2019, encoding="cp1250").schools["school_name"][0]
            == "\u0141\xf3d\u017a"
        )

    def test_a_file_longer_than_one_piece_with_a_late_foreign_byte(self) -> None:
        rows = [f"{urn},Hill School,{urn % 7}" for urn in range(100_000, 140_000)]
        rows[-5] = rows[-5].replace("Hill", "Caf\xe9")
        tables = read_performance_tables("\n".join(["URN,SCHNAME,P8MEA", *rows]).encode("cp1252"), year=2019)
        assert tables.schools.height == 40_000
        assert tables.schools["school_name"][-5] == "Caf\xe9 School"

    def test_a_line_break_in_a_quoted_header(self) -> None:
        data = b'RECTYPE,URN,"PTAC5EM\n_PTQ",ATT8SCR\n1,100000,61%,SUPP\n"1",100001,"NA","1,234"\n'
        tables = read_performance_tables(data, year=2014)
        assert tables.schools["PTAC5EM_PTQ"].to_list() == [61, None]
        assert tables.schools["ATT8SCR"].to_list() == [None, 1234]
        assert tables.codes.select("line", "text").rows() == [(3, "SUPP"), (4, "NA")]

    def test_titles_above_the_header_and_blank_lines(self) -> None:
        data = csv("Key stage 4,,", "", "Published 2019,,", "URN,P8MEA,,", "1,0.1,,", ",,,", "", "2,SUPP,,")
        tables = read_performance_tables(data, year=2019)
        assert tables.schools["urn"].to_list() == [1, 2]
        assert tables.codes_for("P8MEA")["line"].to_list() == [8]

    def test_other_delimiters(self) -> None:
        assert (
            read_performance_tables(csv("URN;SCHNAME;P8MEA", '1;"Hill; Vale";0.5'), year=2019).schools["P8MEA"][0]
            == 0.5
        )
        assert read_performance_tables(csv("URN\tP8MEA", "1\t0.5"), year=2019).schools["P8MEA"][0] == 0.5

    def test_numbers_that_a_spreadsheet_rewrote(self) -> None:
        tables = read_performance_tables(csv("RECTYPE,LEA,ESTAB,URN,P8MEA", "1.0,936.0,4000.0,100000.0,0.5"), year=2019)
        assert tables.schools.select("rectype", "la", "estab", "laestab", "urn").row(0) == (
            1,
            "936",
            "4000",
            9364000,
            100000,
        )

    def test_laestab_alone_gives_authority_and_school(self) -> None:
        tables = read_performance_tables(csv("LAESTAB,URN,P8MEA", "936/4000,1,0.1", "2010001,2,0.1"), year=2019)
        assert tables.schools.select("la", "estab", "laestab").rows() == [
            ("936", "4000", 9364000),
            ("201", "0001", 2010001),
        ]


class TestWorkbooks:
    @staticmethod
    def workbook(path: Path, rows: list[list[object]], note: bool = False) -> Path:
        book = xlsxwriter.Workbook(path)
        if note:
            book.add_worksheet("Notes").write(0, 0, "See the next sheet")
        sheet = book.add_worksheet("Data")
        percent = book.add_format({"num_format": "0%"})
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, float) and cell < 1 and column >= 5:
                    sheet.write_number(place, column, cell, percent)
                elif cell is not None:
                    sheet.write(place, column, cell)
        book.close()
        return path

    HEADER = ("RECTYPE", "LEA", "URN", "SCHNAME", "P8MEA", "PTL2BASICS_94", "PTL2BASICS_95")

    def test_cells_as_text(self, tmp_path: Path) -> None:
        rows: list[list[object]] = [
            ["Key stage 4 performance"],
            [],
            list(self.HEADER),
            [1, "936", 100000, "Hill\nSchool", -0.31, "61%", "0.5%"],
            [1, "936", 100001, "Vale School", "SUPP", None, "NE"],
        ]
        path = self.workbook(tmp_path / "2018-2019_ks4final.xlsx", rows, note=True)
        tables = read_performance_tables(path)
        assert tables.schools.select(
            "year", "la", "urn", "school_name", "P8MEA", "PTL2BASICS_94", "PTL2BASICS_95"
        ).rows() == [
            (2019, "936", 100000, "Hill School", -0.31, 61.0, 0.5),
            (2019, "936", 100001, "Vale School", None, None, None),
        ]
        assert tables.codes.select("line", "column", "meaning").rows() == [
            (5, "P8MEA", "suppressed"),
            (5, "PTL2BASICS_94", "blank"),
            (5, "PTL2BASICS_95", "no_entries"),
        ]

    def test_percentages_kept_as_fractions(self, tmp_path: Path) -> None:
        rows: list[list[object]] = [
            list(self.HEADER),
            [1, "936", 100000, "Hill School", 0.31, 0.57, 0.0],
            [1, "936", 100001, "Vale School", 0.5, 1, 0.29],
        ]
        tables = read_performance_tables(self.workbook(tmp_path / "2019.xlsx", rows))
        assert tables.schools.select("P8MEA", "PTL2BASICS_94", "PTL2BASICS_95").rows() == [
            (0.31, 57, 0),
            (0.5, 100, 29),
        ]

    @pytest.mark.parametrize(("cells", "expected"), [((1, 0), (1, 0)), ((0.6, 1.2), (0.6, 1.2)), ((0.6, 1), (60, 100))])
    def test_fractions_are_known_by_the_whole_sheet(
        self, tmp_path: Path, cells: tuple[float, float], expected: tuple[float, float]
    ) -> None:
        rows: list[list[object]] = [list(self.HEADER), [1, "936", 100000, "Hill", 0.3, *cells]]
        tables = read_performance_tables(self.workbook(tmp_path / "2019.xlsx", rows))
        assert tables.schools.select("PTL2BASICS_94", "PTL2BASICS_95").row(0) == expected

    def test_a_published_table_saved_as_a_workbook(self, data: Path, tmp_path: Path) -> None:
        file = published.SURREY[0]
        header, rows = published.rows(data / file.name)
        book = xlsxwriter.Workbook(tmp_path / "2016-2017_ks2final.xlsx", {"strings_to_numbers": True})
        sheet = book.add_worksheet()
        for place, row in enumerate([header, *(row for _, row in rows)]):
            for column, cell in enumerate(row):
                sheet.write(place, column, cell)
        book.close()
        tables = read_performance_tables(tmp_path / "2016-2017_ks2final.xlsx")
        expected = read_performance_tables(data / file.name)
        for level in ("schools", "authorities", "national"):
            measures = [name for name, kind in getattr(expected, level).schema.items() if kind == pl.Float64]
            assert getattr(tables, level).select(measures).equals(getattr(expected, level).select(measures))
            assert getattr(tables, level)["urn"].equals(getattr(expected, level)["urn"])


def test_no_warning_where_nothing_is_wrong(data: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = read_performance_tables([data / file.name for file in published.SURREY])
    assert read.files.height == len(published.SURREY)


def test_files_that_disagree_about_a_column_are_refused() -> None:
    files = [csv("URN,P8MEA,NEW", "1,0.1,word"), csv("URN,P8MEA,NEW", "1,0.1,7")]
    years = {"<bytes 1>": 2018, "<bytes 2>": 2019}
    with pytest.raises(
        InputError, match="column NEW holds texts in <bytes 1> and numbers in <bytes 2>; pass text_columns="
    ):
        read_performance_tables(files, year=years)
    together = read_performance_tables(files, year=years, text_columns=["new"])
    assert together.schools["NEW"].to_list() == ["word", "7"]
    blank = read_performance_tables([files[0], csv("URN,P8MEA,NEW", "1,0.1,SUPP")], year=years)
    assert blank.schools["NEW"].to_list() == ["word", None]


def test_bands_that_are_spelt_out_become_their_numbers() -> None:
    words = ("Well above average", "Above average", "Average", "Below average", "Well below average")
    rows = [f"1,{100001 + place},0.1,{word}" for place, word in enumerate((*words, "3", "SUPP", " AVERAGE "))]
    read = read_performance_tables("\n".join(["RECTYPE,URN,P8MEA,P8_BANDING", *rows]).encode(), year=2023)
    assert read.schools["P8_BANDING"].to_list() == [1.0, 2.0, 3.0, 4.0, 5.0, 3.0, None, 3.0]
    codes = read.codes.filter(column="P8_BANDING")
    assert codes.select("urn", "text", "meaning").rows() == [(100007, "SUPP", "suppressed")]


def test_a_word_that_is_no_band_is_reported_and_a_band_elsewhere_is_no_number() -> None:
    for header, word in (("P8_BANDING", "Rather good"), ("P8MEA", "Average")):
        names = "RECTYPE,URN,P8MEA" if header == "P8MEA" else "RECTYPE,URN,P8MEA,P8_BANDING"
        row = f"1,100001,{word}" if header == "P8MEA" else f"1,100001,0.1,{word}"
        with pytest.raises(ReadError, match=f"line 2, column {header}: '{word}'"):
            read_performance_tables(f"{names}\n{row}\n".encode(), year=2023)


def test_bands_stay_words_where_the_caller_asks_for_texts() -> None:
    read = read_performance_tables(
        b"RECTYPE,URN,P8MEA,P8_BANDING\n1,100001,0.1,Average", year=2023, text_columns=["P8_BANDING"]
    )
    assert read.schools["P8_BANDING"].to_list() == ["Average"]


def test_percentages_of_a_text_file_that_look_like_fractions_are_left_with_a_warning() -> None:
    header = "RECTYPE,URN,P8MEA,PTL2BASICS_94,PTL2BASICS_95"
    with pytest.warns(UserWarning, match="no percentage is above 1; if they are fractions of one, multiply"):
        read = read_performance_tables(f"{header}\n1,100001,0.1,0.61,1\n".encode(), year=2019)
    assert read.schools["PTL2BASICS_94"].to_list() == [0.61]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cells in ("0.61,2", "0%,1%", "SUPP,"):
            assert read_performance_tables(f"{header}\n1,100001,0.1,{cells}\n".encode(), year=2019).schools.height == 1
