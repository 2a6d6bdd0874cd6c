"""Names of columns: one spelling for each measure, and what each column holds, against the published dictionaries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import _published_tables as published
from schoolframe.readers._performance_layouts import (
    key_columns,
    recognise_table,
    release_from_path,
    year_from_columns,
    year_from_path,
    year_from_text,
)
from schoolframe.readers._performance_names import column_kind, is_percentage, measure_kind
from schoolframe.readers.performance import canonical_name

if TYPE_CHECKING:
    from pathlib import Path

ORIGINALS = [file for file in published.FILES if "cut" not in file.name]


@pytest.mark.parametrize("file", ORIGINALS, ids=lambda file: file.name)
class TestPublishedColumns:
    def test_the_departments_names_are_kept(self, data: Path, file: published.Published) -> None:
        header, _ = published.rows(data / file.name)
        changed = {name.upper(): canonical_name(name) for name in header if canonical_name(name) != name.upper()}
        assert len(changed) == {2018: 8, 2019: 1}.get(file.year, 0) * (file.table == "ks4" and file.release == "final")
        assert len({canonical_name(name) for name in header}) == len(header)

    def test_the_kind_is_that_of_the_cells(self, data: Path, file: published.Published) -> None:
        header, rows = published.rows(data / file.name)
        for place, name in enumerate(header):
            kind = column_kind(canonical_name(name))
            cells = [row[place].strip() for _, row in rows if place < len(row)]
            texts = [cell for cell in cells if cell not in published.MEANINGS and published.number(cell) is None]
            assert kind == ("label" if name in published.LABELS else "text" if name in published.TEXTS else "number")
            assert not (kind == "number" and texts), f"{name}: {texts[:3]}"

    def test_percentages_are_the_columns_with_percent_signs(self, data: Path, file: published.Published) -> None:
        header, rows = published.rows(data / file.name)
        for place, name in enumerate(header):
            cells = [row[place] for _, row in rows if place < len(row)]
            if any(published.number(cell) is not None for cell in cells):
                assert is_percentage(canonical_name(name)) == any("%" in cell for cell in cells), name

    def test_table_and_year_are_in_the_columns(self, data: Path, file: published.Published) -> None:
        names = [canonical_name(name) for name in published.rows(data / file.name)[0]]
        scores = recognise_table(names)
        assert scores[file.table] >= 5  # type: ignore[index]
        assert scores["ks4" if file.table == "ks2" else "ks2"] == 0
        carried = file.release == "final" and file.year > 2013
        assert year_from_columns(names) == (file.year if carried else None)


@pytest.mark.parametrize(
    "name", ["ks2/2016-2017_ks2_meta.csv", "ks2/2018-2019_ks2_meta.csv", "ks4/2017-2018_ks4_final_meta.csv"]
)
def test_published_dictionaries(data: Path, name: str) -> None:
    _, rows = published.rows(data / name)
    counted = 0
    for _, row in rows:
        column, text = canonical_name(row[1]), row[2]
        measure = re.match(r"(number|percentage|average|total|%|lower|upper|adjusted) ", text, re.IGNORECASE)
        if measure and not column.endswith("_DESCR"):
            assert column_kind(column) == "number", column
            counted += 1
        if re.match(r"(percentage|%) ", text, re.IGNORECASE):
            assert is_percentage(column), column
    assert counted > 150


class TestCanonicalName:
    @pytest.mark.parametrize(
        ("variants", "name"),
        [
            (("PTRWM_EXP_NotFSM6CLA1A", "PTRWM_EXP_NFSM6CLA1A", "ptrwm_exp_notfsm6cla1a"), "PTRWM_EXP_NOTFSM6CLA1A"),
            (("TNotFSM6CLA1A", "TNFSM6CLA1A"), "TNOTFSM6CLA1A"),
            (("PTNFSM6CLA1A_17",), "PTNOTFSM6CLA1A_17"),
            (("P8MEA_NOTFSM6CLA1A", "P8MEA_NotFSM6CLA1A", "P8MEA_NFSM6CLA1A"), "P8MEA_NFSM6CLA1A"),
            (("P8MEAENG_CILOW_NOTFSM6CLA1A",), "P8MEAENG_CILOW_NFSM6CLA1A"),
            (("PTEBACC_ENOTFSM6CLA1A_PTQ_EE", "PTEBACC_ENFSM6CLA1A_PTQ_EE"), "PTEBACC_ENFSM6CLA1A_PTQ_EE"),
            (("PTNOTFSM6CLA1ABASICS_94",), "PTNOTFSM6CLA1ABASICS_94"),
            (("ATT8SCR_MID", "ATT8SCR_AV", "att8scr_m"), "ATT8SCR_AV"),
            (("P8MEA_L", "P8MEA_LO"), "P8MEA_LO"),
            (("P8CIUPP_H_ORIG",), "P8CIUPP_HI_ORIG"),
            (("TBASICSMID_94", "TBASICSAV_94"), "TBASICSAV_94"),
            (("PTEBACC_EMID_PTQ_EE",), "PTEBACC_EAV_PTQ_EE"),
            (("TAVENT_E_3NG_MID_PTQ_EE",), "TAVENT_E_3NG_AV_PTQ_EE"),
            (("READPROG_MID", "READPROG_AV", "READPROG_M"), "READPROG_M"),
            (("READPROG_LO_LOWER",), "READPROG_L_LOWER"),
            (("PTMAT_HIGH_HI",), "PTMAT_HIGH_H"),
            (("PTL2BASICS_94_17_PTQ_EE",), "PTL2BASICS_94_17"),
            (("PTNOTFSMBASICS_94_17",), "PTNOTFSM6CLA1ABASICS_94_17"),
            (("TKey Stage 1APS",), "TKS1APS"),
            (("PTAC5EM\n_PTQ", " ptac5em_ptq "), "PTAC5EM_PTQ"),
            (("PTtripleSci_E",), "PTTRIPLESCI_E"),
            (("Progress 8",), "PROGRESS_8"),
        ],
    )
    def test_variants(self, variants: tuple[str, ...], name: str) -> None:
        assert [canonical_name(variant) for variant in variants] == [name] * len(variants)

    @pytest.mark.parametrize(
        "name",
        [
            *("PTRWM_HIGH", "READ_AVERAGE", "READPROG_LOWER_18", "P8MEA_PREV2", "P8CILOW_18", "P8MEAENG_CILOW"),
            *(
                "PTEBACC_E_16_PTQ_EE",
                "TAVENT_EFSM6CLA1A_17_PTQ_EE",
                "PTREAD_AT",
                "ATT8SCROPENG_NMOB",
                "PTEBACC_15_PTQ_EE",
            ),
            *("PTEBACC_EFSM6CLA1A_16_PTQ_EE", "PTFSMBASICS_14_PTQ", "PTNOTFSMBASICS_14_PTQ", "PTNOTFSMCLA_14"),
        ],
    )
    def test_names_that_only_look_like_variants(self, name: str) -> None:
        assert canonical_name(name) == name

    @given(st.text(max_size=30))
    def test_a_canonical_name_stays(self, text: str) -> None:
        name = canonical_name(text)
        assert canonical_name(name) == name

    @given(
        st.sampled_from(["P8MEA", "ATT8SCR", "READPROG", "PTRWM_EXP", "EBACCAPS"]),
        st.sampled_from(["", "_NFSM6CLA1A", "_NotFSM6CLA1A", "_MID", "_LO", "_H"]),
        st.sampled_from(["", "_16", "_PREV", "_PREV2"]),
    )
    def test_suffixes_of_earlier_years_stay(self, stem: str, group: str, suffix: str) -> None:
        assert canonical_name(stem + group + suffix) == canonical_name(stem + group) + suffix


class TestYears:
    @pytest.mark.parametrize(
        ("text", "year"),
        [
            ("2018-2019_936_ks2final.csv", 2019),
            ("ks4_2018-19.csv", 2019),
            ("201819", 2019),
            ("2018/19", 2019),
            ("2018\u20132019", 2019),
            ("815_2017_ks4.csv", 2017),
            ("2099", 2099),
            ("1999-2000", 2000),
            ("2018-2020", None),
            ("2021-05-07_850.csv", None),
            ("2016-2017 and 2017-2018", None),
            ("936_ks4final.csv", None),
            ("130249", None),
            ("", None),
        ],
    )
    def test_text(self, text: str, year: int | None) -> None:
        assert year_from_text(text) == year

    def test_folders_only_count_as_ranges(self) -> None:
        assert year_from_path("/data/2018-2019/ks4final.csv") == 2019
        assert year_from_path("/data/2016-2017/2018-2019_ks4final.csv") == 2019
        assert year_from_path("/home/2016/ks4final.csv") is None

    def test_three_columns_are_needed(self) -> None:
        names = [f"M{n}_17" for n in range(3)] + [f"M{n}_94" for n in range(9)] + [f"M{n}_18" for n in range(2)]
        assert year_from_columns(names) == 2018
        assert year_from_columns([*names, "M2_18"]) == 2019
        assert year_from_columns(names[1:]) is None

    def test_there_were_no_tables_in_2020_and_2021(self) -> None:
        assert [year_from_columns([f"M{n}_{year}" for n in range(3)]) for year in (18, 19, 22)] == [2019, 2022, 2023]

    def test_releases(self) -> None:
        names = ["england_ks4provisional.csv", "x/ks2revised.csv", "936_KS2final.csv", "ks2.csv", "final/ks2.csv"]
        assert [release_from_path(name) for name in names] == ["provisional", "revised", "final", None, None]


def test_keys_are_found_by_any_name_and_place() -> None:
    assert key_columns(["X", "SCHOOL_URN", "LA", "SCHOOL_NAME"]) == {"urn": 1, "la": 2, "school_name": 3}
    assert key_columns(["LA", "LEA", "URN", "URN"]) == {"la": 1, "urn": 2}


def test_flags_are_numbers_but_no_measures() -> None:
    assert [(column_kind(name), measure_kind(name)) for name in ("ICLOSE", "TAB15", "TELIG", "NFTYPE")] == [
        ("number", False),
        ("number", False),
        ("number", True),
        ("label", False),
    ]
