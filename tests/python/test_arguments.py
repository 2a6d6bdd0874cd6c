"""What a new user gets wrong: every message names the argument, what is wrong with it and what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import schoolframe as sf
from schoolframe.exceptions import InputError, ReadError, SchoolframeError, UnknownNameError, UnusedColumnWarning

if TYPE_CHECKING:
    from collections.abc import Callable

SCHOOLS = pl.DataFrame({"urn": [100000, 100001], "ofsted_overall": [2, 4], "safety_threatened": [True, False]})
SOUTHEND: Any = sf.Framework.load("southend_2017")
# The same package without its types: what is tried here is what a type checker would refuse.
LOOSE: Any = sf
NAMES = "There are: southend_2011, southend_2017, reading_2016, derby_winners, staffordshire_2008."


def assigned(frame: pl.DataFrame = SCHOOLS) -> Any:
    return SOUTHEND.assign(frame, phase="primary")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("derby", " Did you mean 'derby_winners'?"),
        ("Reading", " Did you mean 'reading_2016'?"),
        ("southend", " Did you mean 'southend_2011' or 'southend_2017'?"),
        ("SOUTHEND_2017", " Did you mean 'southend_2017'?"),
        ("southend2017", " Did you mean 'southend_2017'?"),
        ("kent", ""),
        ("", ""),
    ],
)
def test_a_framework_that_does_not_exist_is_answered_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        sf.Framework.load(name)
    assert str(caught.value) == f"framework '{name}' does not exist.{hint} {NAMES}"


def test_a_file_that_is_not_there_is_said_in_plain_words() -> None:
    with pytest.raises(ReadError, match=r"^nowhere\.toml: there is no such file; frameworks of the package"):
        sf.Framework.load("nowhere.toml")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LOOSE.Framework.load(None), "name: the name of a framework or a path is needed, not None"),
        (
            lambda: LOOSE.Framework.load("southend_2017", readings=["AMB-S17-MAJ"]),
            "readings: a mapping such as {'AMB-S17-MAJ': 'B'} is needed, not ['AMB-S17-MAJ']",
        ),
        (
            lambda: SOUTHEND.with_reading("AMB-S17-MAJ", "Z"),
            "reading 'AMB-S17-MAJ': option 'Z' does not exist. There are: A, B.",
        ),
        (lambda: SOUTHEND.with_threshold("close_margin", "3"), "threshold 'close_margin': a number is needed, not '3'"),
        (lambda: SOUTHEND.assign(SCHOOLS, phase=None), "phase: a text such as 'infant' is needed, not None"),
        (lambda: SOUTHEND.dataset(SCHOOLS, phase=1), "phase: a text such as 'infant' is needed, not 1"),
        (lambda: SOUTHEND.charge("23", phase="secondary"), "units: a number is needed, not '23'"),
        (
            lambda: SOUTHEND.expression(["ofsted_overal"], phase="primary"),
            "columns: southend_2017 reads no such evidence: 'ofsted_overal' (did you mean 'ofsted_overall'?)",
        ),
        (lambda: assigned().explain("100000"), "urn: a whole number is needed, not '100000'"),
        (lambda: assigned().explain(100000, "2018"), "year: a whole number is needed, not '2018'"),
        (
            lambda: assigned().explain(100007),
            "urn 100007: no such school was assigned. There are 2; the nearest numbers are: 100000, 100001.",
        ),
        (
            lambda: assigned().explain_table(1),
            "urn 1: no such school was assigned. There are 2; the nearest numbers are: 100000, 100001.",
        ),
        (
            lambda: assigned(SCHOOLS.clear()).explain(1),
            "urn 1: no such school was assigned. There are 0; the nearest numbers are: none.",
        ),
        (
            lambda: assigned(SCHOOLS.with_columns(year=2018)).explain(100000, 2017),
            "year 2017: school 100000 was not assigned in it. Years of the school: 2018.",
        ),
        (
            lambda: assigned().what_would_change(100000, 2017),
            "year 2017: school 100000 was not assigned in it. Years of the school: none.",
        ),
        (lambda: assigned().what_would_change(100000, cohort="30"), "cohort: a number is needed, not '30'"),
        (
            lambda: assigned().what_would_change(100000, cohort={"fsm_pct": "30"}),
            "cohort['fsm_pct']: a number is needed, not '30'",
        ),
        (lambda: assigned().what_would_change(100000, limit="3"), "limit: a whole number is needed, not '3'"),
        (
            lambda: LOOSE.what_if(SOUTHEND, SCHOOLS, phase="primary", thresholds=["close_margin"]),
            "thresholds: a mapping such as {'close_margin': 3} is needed, not ['close_margin']",
        ),
        (
            lambda: LOOSE.what_if(SOUTHEND, SCHOOLS, phase="primary", without=5),
            "without: texts are needed, not 5",
        ),
        (
            lambda: LOOSE.what_if(SOUTHEND, SCHOOLS, phase="primary", clauses=5),
            "clauses: a text or a list of them is needed, not 5",
        ),
        (
            lambda: LOOSE.what_if("southend_2017", SCHOOLS, phase="primary", readings={"AMB-S17-MAJ": "B"}),
            "framework: a Framework is needed, such as Framework.load('southend_2017'), not 'southend_2017'",
        ),
        (
            lambda: LOOSE.sensitivity(None, SCHOOLS, phase="primary"),
            "framework: a Framework is needed, such as Framework.load('southend_2017'), not None",
        ),
        (
            lambda: LOOSE.support_plan(None),
            "assignments: the result of Framework.assign is needed, or a list of them, not NoneType",
        ),
        (lambda: LOOSE.support_plan([SCHOOLS]), "assignments: the result of Framework.assign is needed, not DataFrame"),
        (lambda: LOOSE.support_plan(assigned(), variants=5), "variants: texts are needed, not 5"),
        (lambda: assigned().explain(True), "urn: a whole number is needed, not True"),
        (lambda: assigned().explain(2**64), f"urn: a whole number from -2^63 to 2^63 - 1 is needed, not {2**64}"),
        (
            lambda: assigned().explain_table(100000, -(2**63) - 1),
            f"year: a whole number from -2^63 to 2^63 - 1 is needed, not {-(2**63) - 1}",
        ),
        (
            lambda: assigned().what_would_change(100000, limit=0),
            "limit: a whole number from 1 to 2^63 - 1 is needed, not 0",
        ),
        (
            lambda: assigned().what_would_change(100000, limit=-1),
            "limit: a whole number from 1 to 2^63 - 1 is needed, not -1",
        ),
        (
            lambda: assigned().what_would_change(100000, limit=2**70),
            f"limit: a whole number from 1 to 2^63 - 1 is needed, not {2**70}",
        ),
        (
            lambda: assigned().explain(10**5000),
            "urn: a whole number from -2^63 to 2^63 - 1 is needed, not one of 16,610 bits",
        ),
        (
            lambda: SOUTHEND.with_threshold("close_margin", 10**400),
            "threshold 'close_margin': a number between -1.8e308 and 1.8e308 is needed, not one of 1,329 bits",
        ),
        (lambda: SOUTHEND.with_threshold(3, 1), "name: a text such as 'close_margin' is needed, not 3"),
        (lambda: SOUTHEND.without(3), "ids: texts are needed, not 3"),
        (lambda: SOUTHEND.with_clause(3), "text: a text such as '[[criterion]]...' is needed, not 3"),
        (
            lambda: SOUTHEND.with_clause("", counts_for=("Green",)),
            "counts_for: a pair (category, id) such as ('Green', 'NEW-1') is needed, not ('Green',)",
        ),
        *(
            (
                lambda wrong=wrong: LOOSE.what_if(SOUTHEND, SCHOOLS, phase="primary", clauses=[wrong]),
                f"clauses: each must be a text, or a pair of a text and (category, id), not {wrong!r}",
            )
            for wrong in (3, ("a",), ("a", None, "b"))
        ),
        (
            lambda: LOOSE.what_if(SOUTHEND, SCHOOLS, phase="primary", clauses=[(3, None)]),
            "clauses: a text such as '[[criterion]]...' is needed, not 3",
        ),
    ],
)
def test_a_wrong_argument_is_named(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(SchoolframeError) as caught:
        call()
    assert str(caught.value) == message
    assert isinstance(caught.value, (InputError, UnknownNameError))


def test_the_widest_limit_is_no_fault() -> None:
    every, first = (assigned().what_would_change(100001, limit=limit).frame for limit in (2**63 - 1, 1))
    assert every["alternative"].max() == every["alternative"].n_unique() > 1
    assert first["alternative"].unique().to_list() == [1]


def test_one_text_is_one_name_and_not_its_letters() -> None:
    with pytest.raises(
        UnknownNameError, match="indicator 'ofsted_overal' does not exist. Did you mean 'ofsted_overall'"
    ):
        assigned().what_would_change(100000, fixed="ofsted_overal")
    category = SCHOOLS.select(SOUTHEND.expression("safety_threatened", phase="primary"))
    assert category["category"].struct.field("category").to_list() == ["Blue", None]


def test_a_variant_is_answered_with_the_nearest() -> None:
    derby = sf.Framework.load("derby_winners").assign(pl.DataFrame({"urn": [1]}), phase="primary")
    with pytest.raises(UnknownNameError, match="variant 'package' does not exist. Did you mean 'with_package'"):
        sf.support_plan(derby, variants="package")


@pytest.mark.parametrize("name", ["Ofsted_Overall", "ofsted_overal", "OFSTED_OVERALL"])
def test_a_column_whose_case_or_letter_differs_is_warned_of(name: str) -> None:
    with pytest.warns(
        UnusedColumnWarning, match=f"column '{name}' is not read by southend_2017; did you mean 'ofsted_ove"
    ):
        assigned(SCHOOLS.rename({"ofsted_overall": name}))


def test_numpy_numbers_are_numbers() -> None:
    urn = SCHOOLS["urn"].to_numpy()[0]
    assert assigned().explain(urn) == assigned().explain(100000)


@pytest.mark.parametrize("frame", [SCHOOLS, SCHOOLS.lazy(), SCHOOLS.to_arrow(), SCHOOLS.to_pandas()])
def test_every_kind_of_frame_gives_the_same_result(frame: object) -> None:
    assert SOUTHEND.assign(frame, phase="primary").frame.equals(assigned().frame)
