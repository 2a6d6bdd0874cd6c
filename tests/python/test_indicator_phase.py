"""The phase of a school: from the register, a type and ages, or key stages that leave no choice; otherwise missing."""

from __future__ import annotations

import polars as pl

from schoolframe import readers, samples
from schoolframe.indicators import indicator_frame


def rows(frame: pl.DataFrame) -> list[tuple[str | None, str]]:
    return frame.select("phase", "phase_source").rows()


def test_key_stage_2_alone_makes_no_phase() -> None:
    tables = readers.read_performance_tables(b"RECTYPE,URN,PTRWM_EXP\n1,1,60%\n2,2,60%", "ks2", 2018)
    assert rows(indicator_frame(tables)) == [
        (None, "unknown: key stage 2 alone is a primary, junior or middle school"),
        ("special", "type and ages in the key stage 2 table"),
    ]


def test_key_stage_4_makes_a_secondary_school_and_both_an_all_through_one() -> None:
    ks2 = readers.read_performance_tables(b"RECTYPE,URN,PTRWM_EXP\n1,1,60%", "ks2", 2018)
    ks4 = readers.read_performance_tables(b"RECTYPE,URN,P8MEA\n1,1,0.1\n1,2,0.2", "ks4", 2018)
    assert rows(indicator_frame([ks2, ks4])) == [
        ("all_through", "key stages 2 and 4"),
        ("secondary", "key stage 4"),
    ]


def test_ages_of_the_table_and_the_register_say_which() -> None:
    tables = readers.read_performance_tables(
        b"RECTYPE,URN,PTRWM_EXP,NFTYPE,AGERANGE\n1,1,60%,CY,7-11\n1,2,60%,CY,9-13\n1,3,60%,CY,", "ks2", 2018
    )
    register = readers.read_school_register(b"URN,LA,SCHNAME,NFTYPE,AGEL,AGEH\n3,882,Hill,Community school,4,11")
    assert rows(indicator_frame(tables, register=register)) == [
        ("junior", "type and ages in the key stage 2 table"),
        ("middle", "type and ages in the key stage 2 table"),
        ("primary", "register"),
    ]


def test_a_group_of_phases_in_the_census_is_no_phase_but_has_its_national_figure() -> None:
    census = readers.read_census(
        b"URN,LA,ESTAB,SCHOOLTYPE,NOR,PNUMEAL\n"
        b"1,882,2001,State-funded primary,210,5\n2,882,2002,State-funded secondary,900,6\n"
        b"3,882,2003,State-funded special,90,6\n",
        year=2018,
    )
    assert rows(indicator_frame(census=census)) == [
        (None, "unknown: state-funded primary covers several phases"),
        (None, "unknown: state-funded secondary covers several phases"),
        ("special", "type in the census"),
    ]
    country = samples.absence().filter(pl.col("level") == "national")
    assert country.height > 0
    frame = indicator_frame(census=samples.census(), absence=samples.absence())
    told = frame.filter(pl.col("phase_source").str.contains("state-funded primary"), pl.col("year") == 2019)
    assert told["phase"].null_count() == told.height > 1000
    assert told["nat_overall_absence_pct"].unique().to_list() == [4.0]


def test_without_a_word_on_type_ages_or_key_stage_the_phase_is_missing() -> None:
    absence = pl.DataFrame({"urn": [1], "year": [2018], "level": ["school"], "overall_absence_pct": [4.0]})
    assert rows(indicator_frame(absence=absence)) == [(None, "unknown: no table gives type and ages")]


def test_no_school_outside_the_register_of_2018_becomes_a_primary_school() -> None:
    register = samples.register()
    frame = indicator_frame([samples.ks2(), samples.ks2_levels()], census=samples.census(), register=register)
    outside = frame.join(register, on="urn", how="anti")
    assert outside.height > 1000
    assert set(outside["phase"].unique()) <= {None, "special", "nursery", "pru"}
    assert outside.filter(pl.col("phase").is_null())["phase_source"].str.starts_with("unknown: ").all()


def test_every_school_whose_register_gives_a_phase_has_that_phase_and_says_so() -> None:
    register = samples.register()
    frame = indicator_frame([samples.ks2(), samples.ks2_levels()], census=samples.census(), register=register)
    given = register.filter(pl.col("phase").is_not_null()).select("urn", registered="phase")
    inside = frame.join(given, on="urn")
    assert inside.height > 80_000
    assert inside.filter(pl.col("phase_source").ne_missing("register")).is_empty()
    assert inside.filter(pl.col("phase").ne_missing(pl.col("registered"))).is_empty()
