"""Random tables with totals, and an attack on what is shown of them that knows nothing of the library."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

KEYS = ["school", "grouping", "group"]
SCHEMA = {"school": pl.String, "grouping": pl.String, "group": pl.String, "n": pl.Int64}


def table(groupings: list[list[list[int]]], *, over_groups: bool = True, over_schools: bool = True) -> pl.DataFrame:
    """A tidy frame from counts by grouping, group and school, with the totals asked for.

    The last group of a grouping takes what is missing to the largest cohort, so that groupings share their totals.
    """
    schools = range(len(groupings[0][0]))
    cohorts = [max(sum(row[s] for row in rows) for rows in groupings) for s in schools]
    cells: list[tuple[str | None, str | None, str | None, int]] = []
    for k, rows in enumerate(groupings):
        whole = [list(row) for row in rows]
        for s in schools:
            whole[-1][s] += cohorts[s] - sum(row[s] for row in rows)
        for g, row in enumerate(whole):
            cells += [(f"s{s:03}", f"k{k}", f"g{g}", row[s]) for s in schools]
            if over_schools:
                cells.append((None, f"k{k}", f"g{g}", sum(row)))
    if over_groups:
        cells += [(f"s{s:03}", None, None, cohorts[s]) for s in schools]
        if over_schools:
            cells.append((None, None, None, sum(cohorts)))
    return pl.DataFrame(cells, schema=SCHEMA, orient="row")


def random_table(seed: int) -> pl.DataFrame:
    """One-way, two-way or linked tables with zeros, tiny schools, one school, one group."""
    rng = random.Random(seed)
    schools, ways = rng.choice([1, 1, 2, 3, 5, 8]), rng.choice([1, 1, 1, 2, 3])
    pool = rng.choice([[0, 1, 2, 4, 5, 6, 7, 9], [0, 0, 3, 12, 20, 35], [2, 6, 8, 30, 60, 90], [0, 1, 5, 6]])
    groupings = [
        [[rng.choice(pool) for _ in range(schools)] for _ in range(rng.choice([1, 2, 2, 3, 4]))] for _ in range(ways)
    ]
    return table(groupings, over_groups=rng.random() < 0.85, over_schools=rng.random() < 0.6)


class Attack:
    """Equations between the cells of a tidy frame; what is shown is put in, the rest is unknown.

    Totals that have no row are unknown numbers, too: groupings of one school add up to the same number whether it is
    printed or not.
    """

    def __init__(self, frame: pl.DataFrame, *, marks: bool = True) -> None:
        self.names: dict[tuple[Any, ...], int] = {}
        self.low: list[float] = []
        self.high: list[float] = []
        self.hidden: list[int] = []
        rows = frame.select(*KEYS, "n", "suppression").rows()
        for school, way, group, count, status in rows:
            at = self._cell(way if group is not None else None, group, school)
            if status == "shown":
                self.low[at] = self.high[at] = count
            else:
                assert count is None
                self.hidden.append(at)
                if status == "primary" and marks:
                    self.low[at], self.high[at] = 1, 5
        schools = sorted({row[0] for row in rows if row[0] is not None})
        ways: dict[str, set[str]] = {}
        for _, way, group, _, _ in rows:
            if group is not None:
                ways.setdefault(way, set()).add(group)
        present = {(row[1], row[2], row[0]) for row in rows}
        equations: list[list[tuple[int, float]]] = []
        for way, groups in ways.items():
            for group in groups:
                cells = [self._cell(way, group, s) for s in schools if (way, group, s) in present]
                equations.append([*((at, 1.0) for at in cells), (self._cell(way, group, None), -1.0)])
            for s in [*schools, None]:
                cells = [self._cell(way, g, s) for g in groups if s is None or (way, g, s) in present]
                equations.append([*((at, 1.0) for at in cells), (self._cell(None, None, s), -1.0)])
        equations.append([*((self._cell(None, None, s), 1.0) for s in schools), (self._cell(None, None, None), -1.0)])
        self.matrix = np.zeros((len(equations), len(self.names)))
        for row, equation in enumerate(equations):
            for at, factor in equation:
                self.matrix[row, at] += factor

    def _cell(self, way: str | None, group: str | None, school: str | None) -> int:
        key = (way, group, school)
        if key not in self.names:
            self.names[key] = len(self.low)
            self.low.append(0)
            self.high.append(np.inf)
        return self.names[key]

    def whole_range(self, at: int) -> tuple[float, float]:
        """Least and greatest whole number that a cell can be, by integer programming."""
        found = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(self.low))
            goal[at] = sign
            answer = milp(
                goal,
                constraints=LinearConstraint(self.matrix, 0, 0),
                bounds=Bounds(np.array(self.low), np.array(self.high)),
                integrality=np.ones(len(self.low)),
            )
            assert answer.status in (0, 3, 4), answer.message
            found.append(sign * answer.fun if answer.status == 0 else sign * -np.inf)
        return round(found[0]), found[1] if np.isinf(found[1]) else round(found[1])

    def real_range(self, at: int) -> tuple[float, float]:
        """The same with real numbers, by linear programming."""
        found = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(self.low))
            goal[at] = sign
            answer = linprog(
                goal,
                A_eq=self.matrix,
                b_eq=np.zeros(len(self.matrix)),
                bounds=list(zip(self.low, self.high, strict=True)),
            )
            assert answer.status in (0, 3), answer.message
            found.append(sign * answer.fun if answer.status == 0 else sign * -np.inf)
        return found[0], found[1]

    def pinned(self) -> list[tuple[Any, ...]]:
        """Hidden cells of which one number is possible."""
        back = {at: key for key, at in self.names.items()}
        ranges = {at: self.whole_range(at) for at in dict.fromkeys(self.hidden)}
        return [back[at] for at, (low, high) in ranges.items() if low == high]
