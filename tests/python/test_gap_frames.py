"""What gaps from pupils are handed on to: charts, threads, other frames."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import schoolframe as sf
from _pupils import pupils

if TYPE_CHECKING:
    from pathlib import Path

NEIGHBOURS = pl.DataFrame({"la": ["301", "302", "303", "304"], "neighbour_la": ["302", "303", "304", "301"]})
EVERY: Any = ("within_school", "national_other", "authority", "neighbours")


def test_the_chart_takes_gaps_from_pupils_with_a_panel_for_each_comparison() -> None:
    frame = pupils(600)
    found = sf.pupil_gaps(
        frame, "p8", group="fsm", comparison=EVERY, neighbours=NEIGHBOURS, report=["true"], min_group=12
    )
    spec = sf.presentation.gap_chart(found, label="urn").to_dict()
    assert [panel["title"]["text"] for panel in spec["hconcat"]] == [
        "In the same school",
        "In England",
        "In the authority",
        "In statistical neighbours",
    ]
    assert spec["title"]["text"] == "p8: fsm true against other pupils, with confidence intervals"
    hidden = found.frame.filter(pl.col("status") != "ok")
    assert hidden.height > 0
    texts = [layer for layer in spec["hconcat"][0]["layer"] if layer["mark"]["type"] == "text"]
    assert len(texts) == 1
    together = sf.aggregate_gaps(sf.pupil_gaps(frame, "p8", group="fsm", by=["urn", "la"], report=["true"]), by="la")
    assert len(sf.presentation.gap_chart(together, label="la").to_dict()["hconcat"]) == 1


GAPS = """
import pathlib, sys
import polars as pl
import schoolframe as sf
from _pupils import pupils
from test_gap_frames import EVERY, NEIGHBOURS

threads, folder = sys.argv[1:]
assert pl.thread_pool_size() == int(threads)
frame = pupils(60_000, 300, years=(2018, 2019))
gaps = sf.pupil_gaps(
    frame, "p8", group=["fsm", "ethnicity"], by=["urn", "la"], comparison=EVERY, neighbours=NEIGHBOURS, adjust="bh"
)
within = gaps.frame.filter(pl.col("comparison") == "within_school")
tables = {
    "gaps": gaps.frame,
    "index": sf.gap_index(frame, "p8", "fsm", by="la").frame,
    "changes": sf.gap_changes(gaps, adjust="holm").frame,
    "together": sf.aggregate_gaps(within).frame,
}
for name, table in tables.items():
    table.write_ipc(pathlib.Path(folder) / f"{name}.arrow")
"""


@pytest.mark.newest
def test_one_thread_and_two_give_the_same_to_the_last_bit(tmp_path: Path) -> None:
    found: list[dict[str, pl.DataFrame]] = []
    for threads in (1, 2):
        folder = tmp_path / str(threads)
        folder.mkdir()
        paths = os.pathsep.join(path for path in sys.path if path)
        settings = {**os.environ, "PYTHONPATH": paths, "POLARS_MAX_THREADS": str(threads)}
        subprocess.run([sys.executable, "-c", GAPS, str(threads), str(folder)], check=True, timeout=300, env=settings)
        found.append({path.stem: pl.read_ipc(path) for path in folder.glob("*.arrow")})
    one, two = found
    assert sorted(one) == ["changes", "gaps", "index", "together"]
    assert one["gaps"].height == 2 * 300 * 6 * 4
    for name in ("gaps", "index", "changes", "together"):
        assert_frame_equal(one[name], two[name], check_exact=True)


def test_the_order_of_the_pupils_changes_nothing_but_the_last_bits() -> None:
    frame = pupils()
    turned = sf.pupil_gaps(frame.reverse(), "p8", group="ethnicity").frame
    assert_frame_equal(turned, sf.pupil_gaps(frame, "p8", group="ethnicity").frame, rel_tol=1e-9)


def test_the_chart_says_which_groups_are_not_shown_and_embeds_nothing_of_them() -> None:
    def school(urn: int, a: int) -> pl.DataFrame:
        groups = ["a"] * a + ["b"] * 20 + ["c"] * 9
        return pl.DataFrame({"urn": urn, "g": groups, "x": [float(at % 7) for at in range(len(groups))]})

    frame = pl.concat([school(1, 3), school(2, 12)])
    for group, mark in (("a", "x  too few pupils"), ("c", "x  not shown")):
        found = sf.pupil_gaps(frame, "x", group="g", report=[group])
        (panel,) = sf.presentation.gap_chart(found, label="urn").to_dict()["hconcat"]
        (text,) = [layer for layer in panel["layer"] if layer["mark"]["type"] == "text"]
        assert text["data"]["values"] == [{"school": 1, "mark": mark}]
        points = [layer for layer in panel["layer"] if layer["mark"]["type"] == "point"]
        assert [row["school"] for layer in points for row in layer["data"]["values"]] == [2]
