"""Frames of other libraries that polars cannot take: one error, which names what is wrong."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import schoolframe as sf
from schoolframe._frames import as_frame
from schoolframe.exceptions import InputError

TWICE = [
    pd.DataFrame([[1, 2, 3]], columns=["urn", "n", "urn"]),
    pa.table([[1], [2], [3]], names=["urn", "n", "urn"]),
    pa.RecordBatchReader.from_batches(
        pa.schema([("urn", pa.int64()), ("urn", pa.int64())]),
        [pa.record_batch([[1], [3]], names=["urn", "urn"])],
    ),
]


@pytest.mark.parametrize("frame", TWICE, ids=["pandas", "table", "reader"])
def test_two_columns_of_one_name_are_refused(frame: Any) -> None:
    with pytest.raises(InputError, match="frame: column 'urn' is there 2 times; rename or drop all but one"):
        sf.suppress(frame, "n", school="urn")


def test_a_column_that_mixes_texts_and_numbers_is_refused() -> None:
    mixed = pd.DataFrame({"urn": [1, 2], "n": ["SUPP", 7]})
    with pytest.raises(InputError, match="pupils: this pandas.*DataFrame cannot be read; a column may mix texts and"):
        as_frame(mixed, "pupils")
    with pytest.raises(InputError, match="cannot be read"):
        sf.suppress(mixed, "n", school="urn")


def test_frames_that_can_be_read_are() -> None:
    for frame in (pd.DataFrame({"urn": [1], "n": [7]}), pa.table({"urn": [1], "n": [7]})):
        assert as_frame(frame).rows() == [(1, 7)]
    reader = pa.table({"urn": [1], "n": [7]}).to_reader()
    assert as_frame(reader).rows() == [(1, 7)]
