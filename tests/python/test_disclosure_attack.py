"""Hidden counts are attacked with scipy's linear and integer programs: none may be worked out from what is shown."""

from __future__ import annotations

import random
import warnings

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schoolframe as sf
from _attack import Attack, random_table, table
from schoolframe import DisclosureWarning, Suppressed
from schoolframe.presentation._disclosure import GROUPS, small_groups

SEEDS = range(120)


def suppressed(frame: pl.DataFrame, **options: int | bool) -> Suppressed:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DisclosureWarning)
        return sf.suppress(frame, "n", group="group", school="school", grouping="grouping", **options)  # type: ignore[arg-type]


def left_open(result: Suppressed) -> set[tuple[str | None, str | None, str | None]]:
    unprotected = result.unprotected
    if "grouping" not in unprotected.columns:
        unprotected = unprotected.with_columns(grouping=pl.lit("k0"))
    rows = unprotected.select("grouping", "group", "school").rows()
    return {(way if group is not None else None, group, school) for way, group, school in rows}


def has_small_cohort(frame: pl.DataFrame) -> bool:
    totals = frame.filter(pl.col("group").is_null() | pl.col("school").is_null())
    return totals["n"].is_between(1, 5).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_count_is_determined(seed: int) -> None:
    frame = random_table(seed)
    result = suppressed(frame)
    small = frame["n"].is_between(1, 5)
    assert (result.frame["suppression"] == "primary").to_list() == small.to_list()
    assert (
        result.frame.filter(pl.col("suppression") != "shown")["n"].null_count()
        == (result.frame["suppression"] != "shown").sum()
    )
    pinned = Attack(result.frame).pinned()
    if result.unprotected.is_empty():
        assert pinned == []
    else:
        # A cohort of five with five groups of one: the rule alone gives it away, and the result says so.
        assert has_small_cohort(frame)
        assert set(pinned) <= left_open(result)


def test_unprotected_counts_are_rare_in_these_tables() -> None:
    results = [suppressed(random_table(seed)) for seed in SEEDS]
    assert sum(not result.unprotected.is_empty() for result in results) <= 5
    hidden = sum((result.frame["suppression"] == "complementary").sum() for result in results)
    assert hidden > 200


def test_the_attack_succeeds_without_complementary_suppression() -> None:
    broken = [seed for seed in SEEDS if Attack(suppressed(random_table(seed), complementary=False).frame).pinned()]
    assert len(broken) > 60


def test_the_attack_succeeds_if_any_complementary_count_were_shown() -> None:
    """In a school of two groups each partner is needed: showing it gives the small group away."""
    frame = table([[[4], [90]]], over_schools=False)
    result = suppressed(frame)
    restored = result.frame.with_columns(
        n=pl.when(suppression="complementary").then(frame["n"]).otherwise(pl.col("n")),
        suppression=pl.col("suppression").replace("complementary", "shown"),
    )
    assert Attack(result.frame).pinned() == []
    assert Attack(restored).pinned() == [("k0", "g0", "s000")]


@pytest.mark.parametrize("seed", range(40))
def test_ranges_are_as_wide_as_was_asked(seed: int) -> None:
    frame = random_table(seed)
    result = suppressed(frame, protection=3)
    attack, unprotected = Attack(result.frame), left_open(result)
    assert not unprotected or has_small_cohort(frame)
    for school, way, group, status in result.frame.select("school", "grouping", "group", "suppression").rows():
        key = (way if group is not None else None, group, school)
        if status == "primary" and key not in unprotected:
            low, high = attack.whole_range(attack.names[key])
            assert high - low >= 3, key


@pytest.mark.parametrize("seed", range(60))
def test_the_audit_finds_the_ranges_of_the_attack(seed: int) -> None:
    frame = random_table(seed)
    result = suppressed(frame, complementary=seed % 2 == 0)
    attack = Attack(result.frame)
    audit = sf.audit_disclosure(result)
    assert audit.height == result.frame["suppression"].is_in(["primary", "complementary"]).sum()
    for row in audit.iter_rows(named=True):
        at = attack.names[(row["grouping"] if row["group"] is not None else None, row["group"], row["school"])]
        low, high = attack.real_range(at)
        assert row["low"] == pytest.approx(-(-low // 1) if abs(low - round(low)) > 1e-6 else round(low))
        if high == float("inf"):
            assert row["high"] is None
        else:
            assert row["high"] == pytest.approx(high // 1 if abs(high - round(high)) > 1e-6 else round(high))
        assert row["pinned"] == (row["low"] == row["high"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=9))
def test_a_school_with_its_total(counts: list[int]) -> None:
    frame = table([[[count] for count in counts]], over_schools=False)
    result = suppressed(frame)
    if result.unprotected.is_empty():
        assert Attack(result.frame).pinned() == []
    shown = result.frame.filter(pl.col("group").is_null())["n"][0]
    if shown is not None:
        parts = result.frame.filter(pl.col("group").is_not_null())
        together = shown - (parts["n"].sum() or 0)
        assert together == 0 or together >= 6


def test_linked_tables_are_one_system() -> None:
    """Without printed cohorts, a grouping that is shown in full still gives the cohort, and so the hidden group."""
    frame = table([[[4, 30], [90, 60]], [[50, 45], [44, 45]]], over_groups=False, over_schools=False)
    alone = sf.suppress(frame, "n", group="group", school="school", by="grouping")
    assert ("k0", "g0", "s000") in Attack(alone.frame).pinned()
    assert Attack(suppressed(frame).frame).pinned() == []


@pytest.mark.parametrize("seed", range(60))
def test_no_hidden_numerator_is_determined(seed: int) -> None:
    """The attacker knows of a numerator that it lies between 0 and its pupils, and on which side it is small."""
    rng = random.Random(seed)
    schools, groups = rng.randint(1, 5), rng.randint(2, 4)
    pupils = [[rng.choice([0, 4, 7, 9, 20, 40]) for _ in range(schools)] for _ in range(groups)]
    right = [[rng.choice([0, 1, count // 2, count]) if count else 0 for count in row] for row in pupils]
    over = rng.random() < 0.6
    frame, numerators = table([pupils], over_schools=over), table([right], over_schools=over)
    share = pl.when(frame["n"] > 0).then(100 * numerators["n"] / frame["n"]).otherwise(0.0)
    frame = frame.with_columns(pct=share)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DisclosureWarning)
        result = sf.suppress(
            frame, "n", group="group", school="school", percentages="pct", numerators=True, extremes_below=8
        )
    reasons = result.frame["pct_suppression"]
    assert (result.frame["pct"].is_null() == (reasons != "shown")).all()
    shown = numerators.with_columns(
        n=pl.when(reasons == "shown").then(numerators["n"]),
        suppression=pl.when(reasons == "shown").then(pl.lit("shown")).otherwise(pl.lit("complementary")),
    )
    attack = Attack(shown)
    for (school, way, group, part), (count,), reason in zip(
        numerators.rows(), frame.select("n").rows(), reasons, strict=True
    ):
        at = attack.names[(way if group is not None else None, group, school)]
        if reason == "numerator":
            attack.low[at], attack.high[at] = (1, 5) if 0 < part < 6 else (count - 5, count - 1)
        elif reason != "shown" and count > 0:  # that a hidden group has no pupils is not known
            attack.high[at] = count
    assert set(attack.pinned()) <= left_open(result)
    assert result.unprotected.height <= 2


def test_rounding_alone_does_not_protect_under_a_total() -> None:
    """Two groups of 4 are 'fewer than 5' under a total that is rounded to 10: only 4 and 4 are possible."""
    counts = pl.DataFrame({"n": [4, 4, 8]})
    labels = counts.select(sf.round_counts("n", labels=True))["n"].to_list()
    assert labels == ["fewer than 5", "fewer than 5", "10"]
    possible = [(a, b) for a in range(1, 5) for b in range(1, 5) if round((a + b) / 5) * 5 == 10]
    assert possible == [(4, 4)]


@pytest.mark.parametrize("seed", range(60))
def test_the_register_gives_nothing_away(seed: int) -> None:
    rng = random.Random(seed)
    pool = rng.choice([[0, 2, 4, 9, 12, 30], [1, 5, 6, 20], [0, 0, 3, 40], [8, 15, 22, 90, 4]])
    schools = [(rng.choice(pool), rng.choice([30, 60, 90, 4, 0])) for _ in range(rng.randint(1, 6))]
    names = ("disadv_cohort", "nondisadv_cohort", "ks4_cohort")
    data = [dict(zip(names, (one, other, one + other), strict=True)) for one, other in schools]
    totals = [name for name in names if rng.random() < 0.8]
    hidden = small_groups(data, GROUPS["secondary"], totals=totals)
    frame = table([[[one for one, _ in schools], [other for _, other in schools]]])
    cells = {("g0", False): "disadv_cohort", ("g1", False): "nondisadv_cohort", (None, False): "ks4_cohort"}
    spot = [
        (-1 if school is None else int(school[1:]), cells[group, False])
        for school, group in frame.select("school", "group").rows()
    ]
    frame = frame.with_columns(
        away=pl.Series([one in hidden for one in spot]),
        printed=pl.Series([at >= 0 or name in totals for at, name in spot]),
    )
    assert frame.filter("printed", ~pl.col("away"))["n"].is_between(1, 5).sum() == 0
    frame = frame.filter("printed").with_columns(
        suppression=pl.when(~pl.col("away")).then(pl.lit("shown")).otherwise(pl.lit("complementary")),
        n=pl.when(~pl.col("away")).then("n"),
    )
    assert Attack(frame).pinned() == []
