"""Categories over terms: transitions, moves and runs against counts by hand, and what is refused."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from _profiles import AMBER, CANDIDATE, GREEN, NEARLY, OPEN, RED, SOUTHEND, assigned, six
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.history import CategoryHistory, category_history
from schoolframe.moderation import moderate


def term(**categories: str | None) -> pl.DataFrame:
    """One term: the school ``s1`` has the category given, ``s`` and its number being the URN."""
    urns = [int(name.removeprefix("s")) for name in categories]
    schema = {"urn": pl.Int64, "category": pl.String}
    return pl.DataFrame({"urn": urns, "category": list(categories.values())}, schema=schema)


def history(*terms: pl.DataFrame) -> CategoryHistory:
    return category_history([(f"t{at}", one) for at, one in enumerate(terms, start=1)], framework=SOUTHEND)


THREE = history(
    term(s1="Red", s2="Amber", s3="Green", s4=None, s5="Red"),
    term(s1="Red", s2="Green", s3=None, s4="Blue", s6="Amber"),
    term(s1="Amber", s2="Green", s3="Amber", s5="Red", s6="Amber", s7=None),
)


def cells(table: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return table.filter(pl.col("count") > 0).select("from", "to", *columns).rows()


def test_every_school_in_every_term_with_its_state() -> None:
    states = THREE.frame.pivot("term", index="urn", values="state").sort("urn").rows()
    assert states == [
        (1, "settled", "settled", "settled"),
        (2, "settled", "settled", "settled"),
        (3, "settled", "open", "settled"),
        (4, "open", "settled", "gone"),
        (5, "settled", "away", "settled"),
        (6, "not_yet", "settled", "settled"),
        (7, "not_yet", "not_yet", "open"),
    ]
    assert len(THREE) == 21
    assert THREE.terms.select("term", "kind", "schools", "open").rows() == [
        ("t1", "frame", 5, 1),
        ("t2", "frame", 5, 1),
        ("t3", "frame", 6, 1),
    ]


def test_transitions_by_hand() -> None:
    table = THREE.transitions()
    first, second = (table.filter(from_term=name) for name in ("t1", "t2"))
    assert cells(first, "count", "n", "share") == [
        ("Green", "open", 1, 1, 100.0),
        ("Amber", "Green", 1, 1, 100.0),
        ("Red", "Red", 1, 2, 50.0),
        ("Red", "gone", 1, 2, 50.0),
        ("open", "Blue", 1, 1, 100.0),
        ("new", "Amber", 1, 1, 100.0),
    ]
    assert cells(second, "count", "n") == [
        ("Green", "Green", 1, 1),
        ("Amber", "Amber", 1, 1),
        ("Red", "Amber", 1, 1),
        ("Blue", "gone", 1, 1),
        ("open", "Amber", 1, 1),
        ("new", "Red", 1, 2),
        ("new", "open", 1, 2),
    ]
    # Cells without schools are listed too, but none for rows without any.
    assert first.filter(pl.col("from") == "Red")["to"].to_list() == ["Green", "Amber", "Red", "Blue", "open", "gone"]
    assert first.filter(pl.col("from") == "Blue").is_empty()
    assert "gone" not in first.filter(pl.col("from") == "new")["to"].to_list()


def test_transitions_of_two_terms_and_pooled() -> None:
    across = THREE.transitions("t1", "t3")
    assert set(across.select("from_term", "to_term").rows()) == {("t1", "t3")}
    assert cells(across, "count") == [
        ("Green", "Amber", 1),
        ("Amber", "Green", 1),
        ("Red", "Amber", 1),
        ("Red", "Red", 1),
        ("open", "gone", 1),
        ("new", "Amber", 1),
        ("new", "open", 1),
    ]
    pooled = THREE.transitions(pooled=True)
    assert set(pooled.select("from_term", "to_term").rows()) == {("t1", "t3")}
    assert ("Red", "Red", 1, 3, pytest.approx(100 / 3)) in cells(pooled, "count", "n", "share")
    assert ("new", "Amber", 1, 3, pytest.approx(100 / 3)) in cells(pooled, "count", "n", "share")


def test_intervals_are_wilsons() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is the oracle of the interval")
    for row in THREE.transitions(pooled=True, confidence=0.9).iter_rows(named=True):
        oracle = stats.binomtest(row["count"], row["n"]).proportion_ci(0.9, method="wilson")
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((100 * oracle.low, 100 * oracle.high), abs=1e-9)


def test_moves_by_hand() -> None:
    assert THREE.moves.sort("from_term", "urn").rows() == [
        (2, "t1", "t2", "Amber", "Green", "better", 1),
        (3, "t1", "t2", "Green", "open", "opened", None),
        (4, "t1", "t2", "open", "Blue", "settled", None),
        (5, "t1", "t2", "Red", "gone", "gone", None),
        (6, "t1", "t2", "new", "Amber", "new", None),
        (1, "t2", "t3", "Red", "Amber", "better", 1),
        (3, "t2", "t3", "open", "Amber", "settled", None),
        (4, "t2", "t3", "Blue", "gone", "gone", None),
        (5, "t2", "t3", "new", "Red", "new", None),
        (7, "t2", "t3", "new", "open", "new", None),
    ]
    down = history(term(s1="Green"), term(s1="Blue")).moves
    assert down.select("direction", "steps").rows() == [("worse", -3)]
    assert repr(THREE) == "CategoryHistory(t1 to t3: 3 terms, 7 schools, 10 moves)"


def test_persistence_by_hand() -> None:
    assert THREE.persistence().rows() == [
        (1, "Red", "t1", "t2", 2, False, False),
        (1, "Amber", "t3", "t3", 1, True, True),
        (2, "Amber", "t1", "t1", 1, False, False),
        (2, "Green", "t2", "t3", 2, True, True),
        (3, "Green", "t1", "t1", 1, False, False),
        (3, None, "t2", "t2", 1, True, False),
        (3, "Amber", "t3", "t3", 1, True, True),
        (4, None, "t1", "t1", 1, False, False),
        (4, "Blue", "t2", "t2", 1, True, False),
        (5, "Red", "t1", "t1", 1, False, False),
        (5, "Red", "t3", "t3", 1, True, True),  # away in between: two runs, not one of two terms
        (6, "Amber", "t2", "t3", 2, True, True),
        (7, None, "t3", "t3", 1, True, True),
    ]


def test_moderations_and_assignments_give_settled_categories_only() -> None:
    decided = pl.DataFrame(
        {
            "urn": [AMBER, CANDIDATE],
            "moderated": ["Red", "Blue"],
            "decided_by": ["sub-group"] * 2,
            "decided_on": [dt.date(2018, 10, 1)] * 2,
            "reason": ["visit"] * 2,
            "agreed_by_school": [True, None],
        }
    )
    autumn = assigned()
    joined = category_history([("provisional", autumn), ("moderated", moderate(autumn, decided))])
    held = joined.frame.pivot("term", index="urn", values="category").rows()
    assert held == [
        (GREEN, "Green", "Green"),
        (AMBER, "Amber", "Red"),
        (RED, "Red", "Red"),
        (OPEN, None, None),
        (CANDIDATE, None, "Blue"),  # a candidate is open until somebody has decided
        (NEARLY, None, None),
    ]
    assert joined.frame.filter(urn=AMBER)["status"].to_list() == ["determined", "moderated"]
    assert joined.frame["phase"].unique().to_list() == ["primary"]
    assert joined.terms["kind"].to_list() == ["assigned", "moderated"]
    assert joined.terms["rules_changed"].to_list() == [None, False]
    # The same through the frames of both.
    again = category_history(
        [("provisional", autumn.frame), ("moderated", moderate(autumn, decided).frame)], framework=SOUTHEND
    )
    assert (
        again.frame.select("urn", "category", "state").rows() == joined.frame.select("urn", "category", "state").rows()
    )


def test_changed_rules_are_marked() -> None:
    other = SOUTHEND.with_threshold("close_margin", 4).assign(six(), phase="primary")
    joined = category_history([("a", assigned()), ("frame", term(s1="Red")), ("b", other), ("c", other)])
    assert joined.terms["rules_changed"].to_list() == [None, None, True, False]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([], "at least one term is needed"),
        ("t1", "a list of"),
        ([term(s1="Red")], "each must be a pair of a term"),
        ([(2018, term(s1="Red"))], "each must be a pair of a term"),
        ([("t1", term(s1="Red")), ("t1", term(s1="Red"))], "named more than once: t1"),
        ([("t1", {"urn": [1]})], "items, 't1': a polars DataFrame"),
        ([("t1", term(s1="Purple"))], r"'category' must be a category of southend_2017 .* 'Purple' \(school 1\)"),
        ([("t1", pl.concat([term(s1="Red"), term(s1="Red")]))], r"'urn' must occur once in a term; .* \(?school 1"),
        ([("t1", pl.DataFrame({"urn": ["1"], "category": ["Red"]}))], "'urn' must hold whole numbers, it holds String"),
        ([("t1", pl.DataFrame({"urn": [None], "category": ["Red"]}))], "'urn' must name the school"),
        ([("t1", pl.DataFrame({"urn": [1], "category": [True]}))], "'category' must hold texts, it holds Boolean"),
        ([("t1", pl.DataFrame({"urn": [1], "final": [2.0]}))], "'final' must hold texts, it holds Float64"),
    ],
)
def test_what_is_refused(items: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        category_history(items, framework=SOUTHEND)


def test_a_missing_column_and_a_missing_term() -> None:
    with pytest.raises(UnknownNameError, match="items, 't1': column 'category' is not there. Did you mean 'Category'"):
        category_history([("t1", pl.DataFrame({"urn": [1], "Category": ["Red"]}))], framework=SOUTHEND)
    with pytest.raises(UnknownNameError, match="term 't9' does not exist. There are: t1, t2, t3"):
        THREE.transitions("t1", "t9")
    for call in (
        lambda: THREE.transitions("t1"),
        lambda: THREE.transitions("t3", "t1"),
        lambda: THREE.transitions("t1", "t2", pooled=True),
        lambda: category_history([("t1", term(s1="Red"))]),
    ):
        with pytest.raises(InputError):
            call()
    with pytest.raises(InputError, match="a Framework is needed, not str"):
        category_history([("t1", term(s1="Red"))], framework="southend_2017")  # type: ignore[arg-type]


def test_nobody_one_term_and_all_missing() -> None:
    empty = history(term(), term())
    assert (len(empty), empty.moves.height, empty.persistence().height, empty.transitions().height) == (0, 0, 0, 0)
    one = history(term(s1="Red"))
    assert (one.moves.height, one.transitions().height, one.transitions(pooled=True).height) == (0, 0, 0)
    assert one.persistence().rows() == [(1, "Red", "t1", "t1", 1, False, True)]
    missing = history(*[pl.DataFrame({"urn": [1], "category": [None]})] * 2)
    assert missing.frame["state"].to_list() == ["open", "open"]
    assert cells(missing.transitions(), "count") == [("open", "open", 1)]
    assert missing.persistence().rows() == [(1, None, "t1", "t2", 2, False, True)]


def test_any_frame_is_taken() -> None:
    rows = term(s1="Red", s2=None)
    for form in (rows, rows.lazy(), rows.to_arrow(), rows.with_columns(pl.col("category").cast(pl.Categorical))):
        assert category_history([("t1", form)], framework=SOUTHEND).frame["category"].to_list() == ["Red", None]


@given(
    st.lists(
        st.dictionaries(st.integers(1, 6), st.sampled_from(["Green", "Amber", "Red", "Blue", None])),
        min_size=1,
        max_size=4,
    )
)
def test_against_plain_counting(terms: list[dict[int, str | None]]) -> None:
    joined = history(*(term(**{f"s{urn}": category for urn, category in one.items()}) for one in terms))
    expected: Counter[tuple[str, str, str, str]] = Counter()
    for at, (one, following) in enumerate(itertools.pairwise(terms), start=1):
        for urn in one | following:
            ends = (
                (one[urn] or "open") if urn in one else "new",
                (following[urn] or "open") if urn in following else "gone",
            )
            key = (f"t{at}", f"t{at + 1}", *ends)
            expected[key] += 1
    table = joined.transitions()
    found = {row[:4]: row[4] for row in table.filter(pl.col("count") > 0).rows()}
    assert found == dict(expected)
    assert joined.moves.height == sum(count for key, count in expected.items() if key[2] != key[3])
    # Shares of a row add up to 100, and the terms of all runs to the terms in which a school was there.
    assert all(
        total == pytest.approx(100) for total in table.group_by("from_term", "from").agg(pl.col("share").sum())["share"]
    )
    assert joined.persistence()["terms"].sum() == sum(map(len, terms))


def test_shown_in_a_notebook() -> None:
    assert THREE._repr_html_().startswith("<p>CategoryHistory(t1 to t3: 3 terms, 7 schools, 10 moves)</p>")
