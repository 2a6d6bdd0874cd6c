"""Build ``tests/cases/boundaries``: a case at every threshold and comparator, just under it and just over it.

The schools come from ``Framework.boundary_cases``. What is expected of them does not: the folder ``checked`` says by
hand, from the words of the paper, on which side a comparison holds and whether it holds at the limit itself. A
comparison that nobody has checked is an error that names it.

Besides the framework as it is, every other option of a reading is looked at; of these only the cases are written that
the framework as it is does not have, or that come out differently.

Usage:
    python python/tools/build_boundary_cases.py
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

import schoolframe as sf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "cases" / "boundaries"
USE = ("threshold", "value", "clause", "list", "compared", "indicator", "of", "comparator", "comparator_value", "phase")
SIDES = ("under", "at", "over")

Row = dict[str, Any]


class UncheckedError(Exception):
    """A comparison without words of the paper, or with two different ones."""


def checked(name: str) -> list[Row]:
    """What was checked by hand against the paper of a framework."""
    rows: list[Row] = tomllib.loads((FOLDER / "checked" / f"{name}.toml").read_text(encoding="utf-8"))["checked"]
    return rows


def known(school: Mapping[str, Any]) -> Row:
    """What is known about a school."""
    return {column: value for column, value in sorted(school.items()) if value is not None and column != "urn"}


def inputs(case: Row) -> str:
    """A case as it is asked."""
    return repr([case[name] for name in (*USE, "line", "side", "reading", "school")])


def cases(framework: sf.Framework) -> list[Row]:
    """The cases of a framework, the sides of each comparison together and in order."""
    rows = framework.boundary_cases().to_dicts()
    return [{**row, "school": known(row["school"])} for row in rows]


def options(framework: sf.Framework) -> Iterator[tuple[dict[str, str], list[Row]]]:
    """The cases of the framework as it is, then those that another option of a reading adds."""
    own = cases(framework)
    yield {}, own
    answers = {inputs(case): (case["passed"], case["result"]) for case in own}
    for reading, option in framework.readings().filter(~pl.col("default")).select("reading", "option").iter_rows():
        other = cases(framework.with_reading(reading, option))
        further = [case for case in other if answers.get(inputs(case)) != (case["passed"], case["result"])]
        if further:
            yield {reading: option}, further


def words_for(case: Row, readings: Mapping[str, str], rows: list[Row], used: set[tuple[int, str]]) -> Row:
    """The row of what was checked by hand that a case comes under."""

    def about(row: Row) -> bool:
        return bool(
            row.get("threshold") == case["threshold"]
            and row["compared"] == case["compared"]
            and case["clause"] in row["clauses"]
            and case["indicator"] in row.get("indicators", [case["indicator"]])
            and case["comparator"] in row.get("comparators", [case["comparator"]])
        )

    found = [at for at, row in enumerate(rows) if about(row) and row.get("readings", {}) == readings]
    found = found or [at for at, row in enumerate(rows) if about(row) and not row.get("readings")]
    if len(found) != 1:
        problem = "was not checked against the paper" if not found else "was checked twice"
        message = (
            f"{case['clause']}: the comparison ({case['compared']}) of {case['indicator'] or 'how many hold'} with "
            f"{case['threshold'] or case['comparator']} {problem} (readings {dict(readings) or 'as they are'})"
        )
        raise UncheckedError(message)
    used.add((found[0], case["clause"]))
    return rows[found[0]]


def expected(side: str, row: Row) -> tuple[str, str]:
    """Whether a case passes the comparison, and whether it meets the clause."""
    passes = side == row["holds"] or (side == "at" and row["inclusive"])
    return ("true", row["met"]) if passes else ("false", row["unmet"])


def toml(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }" if value else "{}"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def build(name: str) -> str:
    """The text of the file of a framework."""
    rows, used = checked(name), set[tuple[int, str]]()
    lines = [
        f"# Boundary cases of {name}, written by python/tools/build_boundary_cases.py from",
        f"# checked/{name}.toml; not to be changed by hand.",
        "",
        f'framework = "{name}"',
    ]
    for readings, made in options(sf.Framework.load(name)):
        last: list[object] = []
        for case in made:
            row = words_for(case, readings, rows, used)
            use = [case[key] for key in USE]
            if use != last or case["side"] == SIDES[0]:
                lines += ["]"] if last else []
                lines += ["", "[[use]]"]
                lines += [f"{key} = {toml(case[key])}" for key in (*USE, "line") if case[key] is not None]
                lines += [f"readings = {toml(readings)}"] if readings else []
                lines += [f"words = {toml(row['words'])}", "case = ["]
                last = use
            passed, result = expected(case["side"], row)
            stored = {"side": case["side"], "reading": case["reading"], "passed": passed, "result": result}
            lines.append(f"  {toml({**stored, 'school': case['school']})},")
        lines.append("]")
    idle = [
        (row.get("threshold"), one) for at, row in enumerate(rows) for one in row["clauses"] if (at, one) not in used
    ]
    if idle:
        message = f"{name}: checked, but there is no such comparison (threshold, clause): {idle}"
        raise UncheckedError(message)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for framework_name in sf.frameworks()["name"]:
        path = FOLDER / f"{framework_name}.toml"
        path.write_text(build(framework_name), encoding="utf-8")
        sys.stdout.write(f"{path}\n")
