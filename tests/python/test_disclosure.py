"""Suppression of tidy tables: thresholds, what goes with a hidden count, what is refused; the published pattern."""

from __future__ import annotations

import random
import warnings
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import schoolframe as sf
from schoolframe import DisclosureWarning, Suppressed, audit_disclosure, suppress
from schoolframe.exceptions import InputError, UnknownNameError

SCHOOL = pl.DataFrame(
    {"group": ["dis", "other", "total"], "n": [4, 90, 94], "p8": [-0.5, 0.1, 0.07], "gap": [-0.6, None, None]}
)

COUNTS = SCHOOL.select("group", "n")


def statuses(counts: list[int | None], **options: Any) -> list[str]:
    """A school with groups a, b, c ... and its total, which stands last."""
    names = [*(chr(97 + at) for at in range(len(counts))), None]
    frame = pl.DataFrame({"group": names, "n": [*counts, sum(count or 0 for count in counts)]})
    words: list[str] = suppress(frame, "n", group="group", **options).frame["suppression"].to_list()
    return words


@pytest.mark.parametrize(("count", "hidden"), [(0, False), (1, True), (5, True), (6, False), (7, False)])
def test_groups_of_one_to_five_are_hidden(count: int, hidden: bool) -> None:
    assert statuses([count, 90, 60]) == (["primary", "shown", "complementary", "shown"] if hidden else ["shown"] * 4)


@pytest.mark.parametrize(("minimum", "count", "hidden"), [(3, 2, True), (3, 3, False), (10, 9, True), (10, 10, False)])
def test_the_smallest_group_can_be_chosen(minimum: int, count: int, hidden: bool) -> None:
    assert (statuses([count, 90, 60], minimum=minimum)[0] == "primary") == hidden


def test_the_default_is_the_published_rule() -> None:
    assert suppress(COUNTS, "n", group="group").minimum == sf.reference_value("suppression_minimum", 2019) == 6


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([5, 30, 50], ["primary", "complementary", "shown", "shown"]),
        ([3, 0, 40], ["primary", "shown", "complementary", "shown"]),  # 0 is no partner while there is another
        ([3, 2, 40], ["primary", "primary", "complementary", "shown"]),  # five pupils in two groups are a small group
        ([3, 3, 40], ["primary", "primary", "shown", "shown"]),
        ([4, 20, 20], ["primary", "complementary", "shown", "shown"]),  # equal groups: the first
        ([2, 1], ["primary", "primary", "primary"]),  # the cohort itself is small
        ([6, 6], ["shown"] * 3),
    ],
)
def test_the_next_smallest_group_goes_too(counts: list[int | None], expected: list[str]) -> None:
    assert statuses(counts) == expected


def test_figures_go_with_their_count() -> None:
    result = suppress(SCHOOL, "n", group="group", values="p8", derived=["gap"])
    assert isinstance(result, Suppressed)
    assert result.frame.drop("suppression", "gap_suppression").rows() == [
        ("dis", None, None, None),
        ("other", None, None, None),
        ("total", 94, 0.07, None),
    ]
    assert result.frame.schema["n"] == COUNTS.schema["n"]
    assert result.frame["gap_suppression"].to_list() == ["primary", "complementary", "complementary"]
    assert result.cells.rows() == [("shown", 1), ("primary", 1), ("complementary", 1)]
    assert result.cells["rows"].sum() == COUNTS.height
    assert result.published().rows() == [("dis", "c", "c", "c"), ("other", "c", "c", "c"), ("total", "94", "0.07", "c")]
    assert repr(result).startswith("1 shown, 1 primary, 1 complementary\nCounts of 1 to 5 are hidden")


def test_figures_that_no_argument_names_are_hidden_and_named() -> None:
    frame = SCHOOL.with_columns(
        reached=pl.Series([1, 70, 71]),
        national=pl.lit(0.1),
        year=pl.lit(2019),
        exact=pl.Series([Decimal(1), Decimal(2), Decimal(3)]),
        kind=pl.lit("academy"),
    )
    with pytest.warns(
        DisclosureWarning, match="are hidden with the count: p8, gap, reached, exact; name them in values"
    ):
        result = suppress(frame, "n", group="group", shown="national")
    published = result.published()
    for name in ("n", "p8", "gap", "reached", "exact"):
        assert published[name].to_list()[:2] == ["c", "c"], name
    assert published.select("national", "year", "kind").rows() == [(0.1, 2019, "academy")] * 3
    assert result.frame["p8"].to_list() == [None, None, 0.07]
    with pytest.warns(DisclosureWarning, match="are hidden with the count: year;"):
        suppress(COUNTS.with_columns(year=pl.lit(2019.0)), "n", group="group")
    with pytest.raises(InputError, match="column 'p8' is named twice"):
        suppress(SCHOOL, "n", group="group", values=["p8", "gap"], shown="p8")
    with pytest.raises(UnknownNameError, match="column 'nation' is not there"):
        suppress(COUNTS, "n", group="group", shown="nation")


@pytest.mark.parametrize("argument", ["values", "derived", "percentages"])
@pytest.mark.parametrize("numerators", [False, True])
def test_figures_without_a_count_are_hidden(argument: str, numerators: bool) -> None:
    """Beside 90 and 94 the missing count can only be 4; and beside 90 alone it may be."""
    options: dict[str, Any] = {argument: "figure"}
    if numerators and argument == "percentages":
        options["numerators"] = True
    for names, counts, figures in (
        (["a", "b", None], [90, None, 94], [50.0, 25.0, 49.0]),
        (["a", "b"], [90, None], [50.0, 25.0]),
    ):
        result = suppress(pl.DataFrame({"group": names, "n": counts, "figure": figures}), "n", group="group", **options)
        assert result.frame["suppression"][1] == "missing"
        assert result.frame["figure"][1] is None
        assert result.away("figure")[1]
        assert not result.away("n")[1]
        assert result.published()["figure"][1] == "c"
        if argument == "derived":
            assert result.frame["figure"].null_count() == len(names)


def test_keys_that_pandas_made_floats_are_whole_numbers() -> None:
    """pandas makes a column of schools floats where the rows of the totals have none."""
    rows = {
        "urn": [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, None, None, None],
        "group": ["dis", "other", "total"] * 3,
        "n": [4, 90, 94, 20, 80, 100, 24, 170, 194],
    }
    for frame in (pl.DataFrame(rows), pl.DataFrame(rows).to_pandas(use_pyarrow_extension_array=True)):
        result = suppress(frame, "n", group="group", school="urn")
        assert result.frame["urn"].to_list() == [1, 1, 1, 2, 2, 2, None, None, None]
        assert result.frame["n"].to_list() == [None, None, 94, None, None, 100, 24, 170, 194]
    nan = pl.DataFrame(rows).with_columns(pl.col("urn").fill_null(float("nan")))
    assert suppress(nan, "n", group="group", school="urn").frame["n"].null_count() == 4
    shown = pl.DataFrame({"urn": [1.0, 1.0, 1.0], "group": ["a", "b", None], "n": [None, 90, 94]})
    assert audit_disclosure(shown, "n", group="group", school="urn")["low"].to_list() == [4]
    with pytest.raises(InputError, match="column 'urn' must hold whole numbers; 1 value breaks this rule: 1.5"):
        suppress(pl.DataFrame({"urn": [1.5], "n": [4]}), "n", school="urn")


def test_a_gap_goes_if_either_side_does() -> None:
    frame = pl.DataFrame({"group": ["a", "b", "c", None], "n": [30, 5, 20, 55], "gap": [0.4, 0.1, 0.2, None]})
    result = suppress(frame, "n", group="group", derived="gap")
    assert result.frame["suppression"].to_list() == ["shown", "primary", "complementary", "shown"]
    assert result.frame["gap"].to_list() == [None] * 4
    assert result.frame["gap_suppression"].to_list()[0] == "complementary"
    alone = suppress(frame.with_columns(n=pl.Series([30, 25, 20, 75])), "n", group="group", derived="gap")
    assert alone.frame["gap"].to_list() == [0.4, 0.1, 0.2, None]


def test_schools_alone_under_the_total_of_their_authority() -> None:
    frame = pl.DataFrame({"urn": [1, 2, 3, None], "n": [4, 30, 12, 46]})
    assert suppress(frame, "n", school="urn").frame["n"].to_list() == [None, 30, None, 46]
    without = frame.head(3)
    assert suppress(without, "n", school="urn").frame["n"].to_list() == [None, 30, 12]


def test_a_total_goes_only_if_nothing_else_helps() -> None:
    frame = pl.DataFrame({"urn": [1, None], "group": ["a", "a"], "n": [4, 4]})
    assert suppress(frame, "n", group="group", school="urn").frame["suppression"].to_list() == ["primary"] * 2
    lone = pl.DataFrame({"urn": [1, 1, 1, None, None], "group": ["a", "b", None, "a", "b"], "n": [4, 90, 94, 4, 90]})
    found = suppress(lone, "n", group="group", school="urn")
    assert found.frame["n"].to_list() == [None, None, 94, None, None]


def test_counts_withheld_by_the_source_stay_hidden_and_are_protected() -> None:
    frame = pl.DataFrame(
        {"group": ["a", "b", "c", None], "n": [None, 30, 12, 60], "withheld": [True, False, False, False]}
    )
    result = suppress(frame, "n", group="group", withheld="withheld")
    assert result.frame["suppression"].to_list() == ["source", "shown", "complementary", "shown"]
    assert not audit_disclosure(result)["pinned"].any()
    missing = suppress(frame.with_columns(withheld=False), "n", group="group")
    assert missing.frame["suppression"].to_list() == ["missing", "shown", "shown", "shown"]
    known = suppress(frame.with_columns(n=pl.Series([18, 30, 12, 60])), "n", group="group", withheld="withheld")
    assert known.frame["n"].to_list() == [None, 30, None, 60]


def test_tables_of_different_years_have_nothing_to_do_with_each_other() -> None:
    one = COUNTS.with_columns(year=pl.lit(2018), n=pl.Series([40, 90, 130]))
    both = pl.concat([one, COUNTS.with_columns(year=pl.lit(2019))])
    result = suppress(both, "n", group="group", by="year")
    assert result.frame["n"].to_list() == [40, 90, 130, None, None, 94]


def test_order_of_rows_and_kind_of_frame_do_not_matter() -> None:
    rng = random.Random(5)
    rows = [(urn, group, rng.choice([0, 3, 8, 20, 40])) for urn in range(30) for group in "abc"]
    frame = pl.DataFrame(rows, schema=["urn", "group", "n"], orient="row")
    totals = frame.group_by("urn", maintain_order=True).agg(group=pl.lit("total"), n=pl.col("n").sum())
    over = frame.group_by("group", maintain_order=True).agg(urn=pl.lit(None, pl.Int64), n=pl.col("n").sum())
    frame = pl.concat([frame, totals.select(frame.columns), over.select(frame.columns)])
    keys = ["urn", "group"]
    expected = suppress(frame, "n", group="group", school="urn").frame.sort(keys)
    turned = suppress(frame.sample(fraction=1, shuffle=True, seed=3), "n", group="group", school="urn").frame.sort(keys)
    assert_frame_equal(turned, expected)
    for kind in (frame.lazy(), frame.to_arrow(), frame.to_pandas(use_pyarrow_extension_array=True)):
        assert (
            suppress(kind, "n", group="group", school="urn").frame.sort(keys)["n"].to_list() == expected["n"].to_list()
        )
    words = frame.with_columns(pl.col("group").cast(pl.Categorical), pl.col("n").cast(pl.Float64))
    assert (
        suppress(words, "n", group="group", school="urn").frame.sort(keys)["suppression"].to_list()
        == expected["suppression"].to_list()
    )


def test_groupings_share_the_totals_of_the_school() -> None:
    frame = pl.DataFrame(
        {
            "grouping": ["disadvantage"] * 2 + ["sex"] * 2 + [None],
            "group": ["dis", "other", "boys", "girls", "total"],
            "n": [4, 90, 50, 44, 94],
        }
    )
    result = suppress(frame, "n", group="group", grouping="grouping")
    assert result.frame["n"].to_list() == [None, None, 50, 44, 94]
    with pytest.raises(InputError, match="a total must be the sum of its parts; 1 is not: all: total 94, parts 188"):
        suppress(frame, "n", group="group")
    repeated = pl.concat(
        [
            frame.with_columns(grouping=pl.col("grouping").fill_null("sex")),
            frame[4:].with_columns(grouping=pl.lit("disadvantage")),
        ]
    )
    assert suppress(repeated, "n", group="group", grouping="grouping").frame["n"].to_list() == [
        None,
        None,
        50,
        44,
        94,
        94,
    ]
    unlike = repeated.with_columns(n=pl.Series([4, 90, 50, 44, 94, 95]))
    with pytest.raises(InputError, match="must be the same in every grouping, it is 94 and 95"):
        suppress(unlike, "n", group="group", grouping="grouping")


# -- percentages -----------------------------------------------------------------------------------------------------


def shares(**columns: list[Any]) -> pl.DataFrame:
    return pl.DataFrame({"group": ["a", "b", "c", "total"], **columns})


def test_percentages_whose_numerator_is_small_are_hidden_with_a_partner() -> None:
    counts, parts = [20, 40, 50, 110], [5, 20, 30, 55]
    frame = shares(n=counts, pct=[100 * part / count for part, count in zip(parts, counts, strict=True)])
    plain = suppress(frame, "n", group="group", percentages="pct")
    assert plain.frame["pct"].null_count() == 0
    result = suppress(frame, "n", group="group", percentages="pct", numerators=True)
    assert result.frame["n"].to_list() == counts
    assert result.frame["pct_suppression"].to_list() == ["numerator", "complementary", "shown", "shown"]
    assert result.published()["pct"].to_list()[:2] == ["c", "c"]


@pytest.mark.parametrize(
    ("part", "hidden"), [(0, False), (1, True), (5, True), (6, False), (14, False), (15, True), (19, True), (20, False)]
)
def test_the_rest_is_a_group_too(part: int, hidden: bool) -> None:
    frame = shares(n=[20, 40, 50, 110], pct=[part * 5.0, 50.0, 60.0, 100 * (part + 50) / 110])
    result = suppress(frame, "n", group="group", percentages="pct", numerators=True)
    assert (result.frame["pct_suppression"][0] == "numerator") == hidden


@pytest.mark.parametrize(("below", "hidden"), [(None, False), (20, False), (21, True)])
def test_nobody_and_everybody_can_be_hidden_in_small_groups(below: int | None, hidden: bool) -> None:
    frame = shares(n=[20, 40, 50, 110], pct=[100.0, 50.0, 60.0, 100 * 70 / 110])
    result = suppress(frame, "n", group="group", percentages="pct", numerators=True, extremes_below=below)
    assert result.frame["pct_suppression"].to_list() == (
        ["extreme", "complementary", "shown", "shown"] if hidden else ["shown"] * 4
    )


def test_percentages_are_hidden_with_their_count() -> None:
    frame = shares(n=[4, 40, 50, 94], pct=[50.0, 50.0, 60.0, 100 * 52 / 94])
    result = suppress(frame, "n", group="group", percentages="pct", numerators=True)
    assert result.frame["pct"].to_list()[:2] == [None, None]
    assert result.frame["pct_suppression"].to_list() == ["primary", "complementary", "shown", "shown"]


def test_percentages_are_checked() -> None:
    frame = shares(n=[20, 40, 50, 110], pct=[25.0, 50.0, 60.0, 101.0])
    with pytest.raises(InputError, match="'pct' must hold percentages from 0 to 100; 1 value breaks.*101.0 .row 3."):
        suppress(frame, "n", group="group", percentages="pct")
    rounded = frame.with_columns(pct=pl.Series([25.0, 50.0, 60.0, 40.0]))
    with pytest.raises(
        InputError, match="column 'pct': a total must be the sum.*give percentages that are not rounded"
    ):
        suppress(rounded, "n", group="group", percentages="pct", numerators=True)
    with pytest.raises(InputError, match="'pct' must hold percentages, it holds String"):
        suppress(frame.with_columns(pct=pl.lit("x")), "n", group="group", percentages="pct")
    with pytest.raises(InputError, match="percentages: name the columns"):
        suppress(frame, "n", group="group", numerators=True)
    with pytest.raises(InputError, match="extremes_below: needs numerators=True"):
        suppress(frame, "n", group="group", percentages="pct", extremes_below=10)


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (["4", "90", "94"], "column 'n' must hold numbers, it holds String"),
        ([4.5, 90.0, 94.5], "must hold whole numbers; 2 values break this rule: 4.5 .row 0.; 94.5 .row 2."),
        ([-4, 90, 86], "must hold counts from 0 to 1099511627776; 1 value breaks this rule: -4 .row 0."),
        ([float("inf"), 90.0, 94.0], "must hold finite numbers; 1 value breaks this rule: inf .row 0."),
        ([True, False, True], "must hold numbers, it holds Boolean"),
        ([4, 90, 95], "a total must be the sum of its parts; 1 is not: all: total 95, parts 94"),
    ],
)
def test_impossible_counts_are_refused_by_name(counts: list[Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        suppress(COUNTS.with_columns(n=pl.Series(counts)), "n", group="group")


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt16, pl.Int64, pl.Float32, pl.Float64, pl.Decimal(10, 2)], ids=str)
def test_every_numeric_type_holds_counts(dtype: Any) -> None:
    frame = COUNTS.with_columns(pl.col("n").cast(dtype))
    result = suppress(frame, "n", group="group")
    assert result.frame["suppression"].to_list() == ["primary", "complementary", "shown"]
    assert result.frame.schema["n"] == frame.schema["n"]


def test_missing_counts_and_empty_frames_give_a_result() -> None:
    nothing = suppress(SCHOOL.clear(), "n", group="group", values="p8", derived="gap")
    assert nothing.frame.columns == ["group", "n", "p8", "gap", "suppression", "gap_suppression"]
    assert (nothing.frame.height, nothing.cells.height, nothing.unprotected.height) == (0, 0, 0)
    unknown = suppress(COUNTS.with_columns(n=pl.lit(None)), "n", group="group")
    assert unknown.frame["suppression"].to_list() == ["missing"] * 3
    nan = suppress(COUNTS.with_columns(n=pl.Series([float("nan"), 90.0, 102.0])), "n", group="group")
    assert nan.frame["suppression"].to_list() == ["missing", "shown", "shown"]
    assert nan.published()["n"].to_list()[1:] == ["90.0", "102.0"]


def test_a_missing_count_that_follows_as_a_small_group_is_not_given_away() -> None:
    result = suppress(COUNTS.with_columns(n=pl.Series([None, 90, 94])), "n", group="group")
    assert result.frame["suppression"].to_list() == ["missing", "complementary", "complementary"]


def test_arguments_are_checked() -> None:
    with pytest.raises(UnknownNameError, match="column 'pupils' is not there"):
        suppress(COUNTS, "pupils", group="group")
    with pytest.raises(InputError, match="group, school: name the column"):
        suppress(COUNTS, "n")
    with pytest.raises(InputError, match="grouping: ways of splitting"):
        suppress(SCHOOL, "n", school="group", grouping="p8")
    with pytest.raises(InputError, match="minimum: a whole number from 3 is needed, not 2"):
        suppress(COUNTS, "n", group="group", minimum=2)
    with pytest.raises(InputError, match="protection: a whole number from 1 to 4 is needed, not 5"):
        suppress(COUNTS, "n", group="group", protection=5)
    with pytest.raises(InputError, match="a cell must stand in one row; group 'dis' stands in rows 0 and 3"):
        suppress(pl.concat([COUNTS, COUNTS]), "n", group="group")
    with pytest.raises(InputError, match="column 'p8' is named twice"):
        suppress(SCHOOL, "n", group="group", values=["p8"], derived=["p8"])
    with pytest.raises(InputError, match="column 'suppression' is there already"):
        suppress(COUNTS.with_columns(suppression=pl.lit("")), "n", group="group")
    with pytest.raises(InputError, match="column 'p8' must hold whole numbers; 3 values break this rule: -0.5"):
        suppress(SCHOOL, "n", group="p8")
    with pytest.raises(InputError, match="'withheld' must hold true, false or nothing"):
        suppress(COUNTS.with_columns(withheld=pl.lit("yes")), "n", group="group", withheld="withheld")


def test_a_cohort_that_the_rule_gives_away_is_named() -> None:
    """Five groups of one pupil: if all are hidden as small, five pupils are the only possibility."""
    frame = pl.DataFrame({"group": ["a", "b", "c", "d", "e", None], "n": [1, 1, 1, 1, 1, 5]})
    with pytest.warns(DisclosureWarning, match="6 hidden figures can be worked out"):
        result = suppress(frame, "n", group="group")
    assert result.unprotected["group"].to_list() == ["a", "b", "c", "d", "e", None]
    assert audit_disclosure(result)["pinned"].all()
    assert not audit_disclosure(result, marks=False)["pinned"].any()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        suppress(frame.with_columns(n=pl.Series([1, 1, 1, 1, 2, 6])), "n", group="group")


# -- the audit -------------------------------------------------------------------------------------------------------


def test_the_audit_of_a_frame_finds_what_can_be_worked_out() -> None:
    shown = pl.DataFrame({"group": ["a", "b", None], "n": [None, 90, 94]})
    assert audit_disclosure(shown, "n", group="group").rows() == [("a", "hidden", 4, 4, True)]
    two = pl.DataFrame(
        {
            "group": ["a", "b", "c", None],
            "n": [None, None, 90, 97],
            "suppression": ["primary", "complementary", "shown", "shown"],
        }
    )
    assert audit_disclosure(two, "n", group="group").select("low", "high", "pinned").rows() == [
        (1, 5, False),
        (2, 6, False),
    ]
    assert audit_disclosure(two, "n", group="group", marks=False)["high"].to_list() == [7, 7]
    open_end = two.with_columns(
        n=pl.Series([None, None, 90, None]),
        suppression=pl.Series(["primary", "complementary", "shown", "complementary"]),
    )
    assert audit_disclosure(open_end, "n", group="group")["high"].to_list() == [5, None, None]


def test_the_audit_checks_what_it_is_given() -> None:
    kept = pl.DataFrame({"group": ["a", "b"], "n": [4, 90], "suppression": ["primary", "shown"]})
    with pytest.raises(InputError, match="a hidden cell must have no count; 1 still have one, the first in row 0"):
        audit_disclosure(kept, "n", group="group")
    wrong = pl.DataFrame({"group": ["a", "b", None], "n": [None, 90, 80]})
    with pytest.raises(InputError, match="no table of whole, non-negative counts agrees"):
        audit_disclosure(wrong, "n", group="group")
    with pytest.raises(InputError, match="count: the column"):
        audit_disclosure(kept)
    with pytest.raises(InputError, match="what is suppressed knows its columns"):
        audit_disclosure(suppress(COUNTS, "n", group="group"), "n")


# -- published tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "cohort", "sides", "agree", "cells", "alone"),
    [
        (
            sf.samples.surrey_ks2,
            "TELIG",
            [("TFSM6CLA1A", "PTRWM_EXP_FSM6CLA1A"), ("TNOTFSM6CLA1A", "PTRWM_EXP_NOTFSM6CLA1A")],
            1323,
            1328,
            5,
        ),
        (
            sf.samples.surrey_ks4,
            "TPUP",
            [("TFSM6CLA1A", "ATT8SCR_FSM6CLA1A"), ("TNOTFSM6CLA1A", "ATT8SCR_NFSM6CLA1A")],
            420,
            420,
            0,
        ),
    ],
    ids=["key stage 2", "key stage 4"],
)
def test_the_rule_gives_the_published_pattern(
    sample: Any, cohort: str, sides: list[tuple[str, str]], agree: int, cells: int, alone: int
) -> None:
    """Disadvantaged and other pupils of Surrey's schools: what is SUPP there is hidden here, but for groups without
    any other pupils, which equal the cohort that is printed."""
    tables = sample()
    supp = tables.codes.filter(pl.col("text") == "SUPP")
    counts = [count for count, _ in sides]
    schools = tables.schools.filter(pl.all_horizontal(pl.col(cohort, *counts).is_not_null()))
    parts = []
    for count, measure in sides:
        marked = supp.filter(column=measure).select("urn", "year", supp=pl.lit(value=True))
        part = schools.select(
            "urn", "year", group=pl.lit(count), n=count, other=pl.sum_horizontal(counts) - pl.col(count)
        )
        parts.append(part.join(marked, on=["urn", "year"], how="left"))
    totals = schools.select("urn", "year", group=pl.lit("total"), n=cohort, other=pl.lit(0.0), supp=pl.lit(value=False))
    frame = pl.concat([*parts, totals]).with_columns(pl.col("supp").fill_null(value=False))
    result = suppress(frame, "n", group="group", school="urn", by="year", shown="other").frame
    groups = result.filter(pl.col("group") != "total").with_columns(hidden=pl.col("suppression") != "shown")
    assert groups.height == cells
    assert groups.filter(pl.col("hidden") == pl.col("supp")).height == agree
    differ = groups.filter(pl.col("hidden") != pl.col("supp"))
    assert differ.height == alone
    assert set(differ.select("hidden", "supp", "other").rows()) <= {(False, True, 0.0)}


@pytest.mark.parametrize(
    ("sample", "cohort", "measure", "small", "cohorts"),
    [
        (sf.samples.surrey_ks2, "TELIG", "PTRWM_EXP", 9, 673),
        (sf.samples.surrey_ks4, "TPUP", "ATT8SCR", 29, 372),
    ],
    ids=["key stage 2", "key stage 4"],
)
def test_whole_cohorts_are_hidden_where_the_tables_hide_them(
    sample: Any, cohort: str, measure: str, small: int, cohorts: int
) -> None:
    tables = sample()
    marked = tables.codes.filter(pl.col("text") == "SUPP", pl.col("column") == measure).select("urn", "year")
    schools = tables.schools.filter(pl.col(cohort).is_not_null()).select("urn", "year", cohort)
    result = suppress(schools, cohort, school="urn", by="year").frame
    hidden = result.filter(pl.col("suppression") == "primary").select("urn", "year")
    assert (hidden.height, result.height) == (small, cohorts)
    assert_frame_equal(hidden, marked.join(schools, on=["urn", "year"], how="semi"), check_row_order=False)


def test_decimal_counts_are_counts() -> None:
    frame = COUNTS.with_columns(n=pl.Series([Decimal(4), Decimal(90), Decimal(94)]))
    assert suppress(frame, "n", group="group").frame["n"].to_list() == [None, None, Decimal(94)]
