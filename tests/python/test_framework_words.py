"""Conditions in words: what becomes words, what stays, and what is told once for several years."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolframe.presentation._framework_facts import figure_words, following, number_words
from schoolframe.presentation._framework_index import uncited
from schoolframe.presentation._framework_words import Vocabulary, condition_words, short_label, spelt

OPEN, CLOSE = "\N{LEFT SINGLE QUOTATION MARK}", "\N{RIGHT SINGLE QUOTATION MARK}"
UNSAFE = "“Pupils are safe” does not hold"
PARTS = ["p8 above 0", "safe is true", "grade is one of 1, 2", "X-7", "view is not_good"]
KNOWN = Vocabulary(
    labels={
        "p8": "Progress 8",
        "grade": "Grade",
        "safe": "Pupils are safe",
        "nat_p8": "National figure",
        "view": "View",
        "roll": "Pupils on roll",
    },
    values={"grade": ("1", "2", "2a", "not_applicable"), "view": ("good", "good enough", "not_good")},
    flags=frozenset({"safe"}),
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("grade is 2", "“Grade” is 2"),
        ("grade is 2a", f"“Grade” is {OPEN}2a{CLOSE}"),
        ("grade is one of 1, 2", "“Grade” is 1 or 2"),
        ("grade is one of 1, 2, not_applicable", f"“Grade” is 1, 2 or {OPEN}not applicable{CLOSE}"),
        ("grade is one of 1, 2 or safe is true", "“Grade” is one of 1, 2 or “Pupils are safe” holds"),
        (
            "view is good enough and safe is false",
            f"“View” is {OPEN}good enough{CLOSE} and {UNSAFE}",
        ),
        ("p8 above -0.5", "“Progress 8” is above -0.5"),
        ("p8 at least 0 and below 1.5", "“Progress 8” is at least 0 and below 1.5"),
        ("p8 at least nat_p8", "“Progress 8” is at least the national figure"),
        ("p8 at least nat_p8 - 0.5", "“Progress 8” is at least the national figure less 0.5"),
        ("p8 at most la_target_p8 + 2", "“Progress 8” is at most the target of the authority plus 2"),
        ("p8 below floor_p8_y1", "“Progress 8” is below the floor, a year before"),
        ("p8_y1 below floor_p8_y1", "“Progress 8”, a year before is below the floor"),
        ("p8 above p8_y1", "“Progress 8” is above its value a year before"),
        ("roll below nat_p8", "“Pupils on roll” is below the national figure for “Progress 8”"),
        ("not (safe is true)", "not (“Pupils are safe” holds)"),
        ("at least 2 of: safe is true; grade is 1; X-1", "at least 2 of: “Pupils are safe” holds; “Grade” is 1; X-1"),
        ("A-01 or A-02 or A-03 or B-01", "A-01 or A-02 or A-03 or B-01"),
        ("A-01 or A-02 or A-03", "any of A-01 to A-03"),
        ("A-09 and A-10 and A-11", "all of A-09 to A-11"),
        ("A-01 or A-03 or A-04", "A-01 or A-03 or A-04"),
        ("A-01 or A-02", "A-01 or A-02"),
        ("below_floor and A-01", "below_floor and A-01"),
        ("unknown_thing is 3", "unknown_thing is 3"),
        ("p8 above 0 and p8_y1 above 0", "“Progress 8” is above 0 in each of 2 years (this one and the one before)"),
        (
            "not (p8 above nat_p8 and p8_y1 above nat_p8_y1 and p8_y2 above nat_p8_y2)",
            "not (“Progress 8” is above the national figure in each of 3 years (this one and the 2 before))",
        ),
        (
            "safe is true or (p8 above 0 and below 1 and p8_y1 above 0 and below 1)",
            (
                "“Pupils are safe” holds or (“Progress 8” is above 0 and below 1 in each of 2 years "
                "(this one and the one before))"
            ),
        ),
        ("p8 above 0 and p8_y1 above 1", "“Progress 8” is above 0 and “Progress 8”, a year before is above 1"),
        ("grade is 1 and grade is 1", "“Grade” is 1 and “Grade” is 1"),
    ],
)
def test_conditions(text: str, words: str) -> None:
    assert condition_words(text, KNOWN) == words


@given(st.text(alphabet="ABC-0123456789 ().,", max_size=60))
def test_what_names_no_column_keeps_its_ids(text: str) -> None:
    words = condition_words(text, KNOWN)
    if " to " not in words:
        assert words == text


@given(
    st.lists(
        st.sampled_from(["p8 above 0", "safe is true", "grade is one of 1, 2", "X-7", "view is not_good"]), max_size=6
    )
)
def test_each_part_is_told_once(parts: list[str]) -> None:
    words = condition_words(" or ".join(parts), KNOWN)
    assert words.count("“Progress 8”") == parts.count("p8 above 0")
    assert words.count("“Pupils are safe” holds") == parts.count("safe is true")
    assert words.count("“Grade”") == parts.count("grade is one of 1, 2")
    assert len(re.findall("X-7", words)) == parts.count("X-7")


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)), max_size=20), st.integers(1, 80))
def test_lines_without_an_entry_are_all_the_others(entries: list[tuple[int, int]], last: int) -> None:
    cited = [(first, first + more) for first, more in entries]
    runs = uncited(cited, last)
    found = [line for first, end in runs for line in range(first, end + 1)]
    held = {line for first, end in cited for line in range(first, end + 1)}
    assert found == [line for line in range(1, last + 1) if line not in held]
    assert all(after[0] > before[1] + 1 for before, after in itertools.pairwise(runs))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Grade: 1 outstanding, 2 good", "Grade"),
        ("Category; an expected one is none", "Category"),
        ("A 9:30 start", "A 9:30 start"),
        ("Risk (" + "x" * 90 + ") considered", "Risk considered"),
        ("word " * 30, ("word " * 18).strip() + " ..."),
    ],
)
def test_labels_are_short(text: str, label: str) -> None:
    assert short_label(text) == label


def test_words_of_a_file() -> None:
    assert [spelt(word) for word in ("appendix_iv", "context_flag", "table", "2a")] == [
        "Appendix IV",
        "Context flag",
        "Table",
        "2a",
    ]


def test_numbers() -> None:
    row = {"name": "n", "value": 5.0, "written": 5.0, "unit": "%", "basis": "document"}
    assert number_words(row) == "n = 5%"
    assert number_words({**row, "unit": "count", "basis": "default"}) == "n = 5 (not printed)"
    assert number_words({**row, "value": 4.5}) == "n = 4.5% (changed; in the file 5)"
    assert [figure_words(value) for value in (9999.0, 10000.0, -12345.5, 0.1)] == ["9999", "10,000", "-12,345.5", "0.1"]


@pytest.mark.parametrize(
    ("what", "decision", "words"),
    [
        ("to", "may", "may lead to C"),
        ("to", "must", "leads to C"),
        ("no_better_than", "must", "C at best"),
        ("no_worse_than", "may", "C at worst, if a person decides so"),
        ("gate", "must", "gate to C"),
        ("require", "must", "needed for C"),
        ("best_fit", "must", ""),
    ],
)
def test_what_a_step_does(what: str, decision: str, words: str) -> None:
    assert following({"what": what, "category": "C", "decision": decision}) == words
