"""The account that goes with every measure over a frame."""

from __future__ import annotations

import polars as pl
import pytest

import schoolframe as sf
from schoolframe._measured import account


def measured(**left_out: int) -> sf.Measured:
    frame = pl.DataFrame({"urn": [100000], "score": [0.5]})
    return sf.Measured(frame, account(10, {reason.replace("_", " "): rows for reason, rows in left_out.items()}))


def test_the_numbers_add_up_to_the_rows_that_went_in() -> None:
    result = measured(prior_is_missing=2, group_is_missing=1)
    assert result.used == 7
    assert result.rows["rows"].sum() == 10
    assert result.left_out.rows() == [("prior is missing", 2), ("group is missing", 1)]


def test_a_reason_that_left_nothing_out_is_not_listed() -> None:
    assert measured(prior_is_missing=0).rows.rows() == [("used", 10)]
    assert measured().left_out.is_empty()


def test_all_rows_may_be_left_out_but_no_more() -> None:
    assert measured(prior_is_missing=10).used == 0
    with pytest.raises(sf.exceptions.InputError, match="11 of 10 rows"):
        account(10, {"prior is missing": 11})


def test_the_account_and_the_notes_are_shown_with_the_figures() -> None:
    result = sf.Measured(pl.DataFrame({"score": [0.5]}), account(1_200, {"n < 6": 1_199}), ("Spread of 2019",))
    assert repr(result).splitlines()[:2] == ["1 row used; 1,199 left out: n < 6", "Spread of 2019"]
    html = result._repr_html_()
    assert "n &lt; 6" in html
    assert "<table" in html
