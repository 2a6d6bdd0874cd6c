"""Category assignment for the size of England, and one table of decisions beside zen-engine, a rule engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import zen

import schoolframe as sf
from _evidence import SCHOOLS, YEARS, evidence

FILES = Path(__file__).resolve().parents[2] / "src" / "frameworks" / "data"
FRAMEWORKS = [
    ("staffordshire_2008", "primary"),
    ("southend_2017", "secondary"),
    ("reading_2016", "primary"),
    ("derby_winners", "secondary"),
    ("southend_2011", "junior"),
    ("southend_2011", "primary"),
]


@pytest.fixture(scope="module", params=FRAMEWORKS, ids=" ".join)
def job(request: pytest.FixtureRequest) -> tuple[sf.Framework, str, pl.DataFrame]:
    """A framework, a phase, and complete evidence on 24,000 schools in ten years."""
    name, phase = request.param
    framework = sf.Framework.load(name)
    return framework, phase, evidence(framework, phase)


@pytest.mark.parametrize("who", ["schoolframe assign", "schoolframe assign, frame", "schoolframe assign, frame, trace"])
def test_assign(benchmark: Any, job: tuple[sf.Framework, str, pl.DataFrame], who: str) -> None:
    framework, phase, schools = job
    parts = who.split(", ")

    def run() -> int:
        result = framework.assign(schools, phase=phase, out_of_force="allow")
        rows = result.frame.height if "frame" in parts else len(result)
        assert "trace" not in parts or result.trace.height > rows
        return rows

    benchmark.group = f"{framework.name}, {phase}, {SCHOOLS * YEARS:,} school-years"
    assert benchmark.pedantic(run, rounds=5, warmup_rounds=1) == SCHOOLS * YEARS
    benchmark.extra_info["million a second"] = round(SCHOOLS * YEARS / benchmark.stats.stats.median / 1e6, 2)


@pytest.mark.parametrize("who", ["schoolframe assign", "schoolframe assign, frame", "schoolframe batches.assign"])
@pytest.mark.benchmark(group="southend_2017, secondary, 24,000 schools, 30 % of the evidence missing")
def test_assign_with_gaps(benchmark: Any, who: str) -> None:
    framework = sf.Framework.load("southend_2017")
    schools = evidence(framework, "secondary", years=1, missing=0.3).drop("year")
    calls = {
        "schoolframe assign": lambda: framework.assign(schools, phase="secondary"),
        "schoolframe assign, frame": lambda: framework.assign(schools, phase="secondary").frame,
        "schoolframe batches.assign": lambda: sf.batches.assign(schools, framework, phase="secondary"),
    }
    assert len(benchmark.pedantic(calls[who], rounds=5, warmup_rounds=1)) == SCHOOLS


@pytest.mark.benchmark(group="reading and linting a framework file")
@pytest.mark.parametrize("name", sf.frameworks()["name"].to_list())
@pytest.mark.parametrize("who", ["schoolframe read", "schoolframe read, lint"])
def test_load(benchmark: Any, name: str, who: str) -> None:
    path = FILES / f"{name}.toml"

    def run() -> str:
        framework = sf.Framework.load(path)
        assert not who.endswith("lint") or framework.lint().height > 0
        return framework.name

    benchmark.extra_info["framework"] = name
    assert benchmark.pedantic(run, rounds=10, warmup_rounds=1) == name


def zen_engine(*, as_text: bool) -> zen.ZenEngine:
    """The rules of table.toml for zen-engine, the first row that matches counts; compiled once, or given as text."""
    rows = [("< -0.5", "", "C"), ("", ">= 3", "C"), ("[-0.5..0)", "", "B"), ("", "", "A")]
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": "p", "name": "p8", "field": "p8"}, {"id": "g", "name": "grade", "field": "ofsted_overall"}],
        "outputs": [{"id": "c", "name": "category", "field": "category"}],
        "rules": [{"_id": str(at), "p": p, "g": g, "c": f'"{category}"'} for at, (p, g, category) in enumerate(rows)],
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    content = {"nodes": nodes, "edges": edges}
    text = json.dumps(content)
    return zen.ZenEngine({"loader": (lambda _: text) if as_text else {"type": "static", "content": {"table": content}}})


@pytest.mark.benchmark(group="one table of decisions, 10,000 schools")
@pytest.mark.parametrize(
    "who",
    [
        "schoolframe assign, frame",
        "schoolframe assign",
        "zen-engine evaluate_batch, table compiled once",
        "zen-engine evaluate_batch, table loaded as text",
        "polars when/then",
    ],
)
def test_table(benchmark: Any, who: str) -> None:
    rng = np.random.default_rng(8)
    schools = pl.DataFrame(
        {
            "urn": np.arange(10_000),
            "p8": rng.normal(0, 0.46, 10_000).round(2),
            "ofsted_overall": rng.integers(1, 5, 10_000),
        }
    )
    framework = sf.Framework.load(Path(__file__).with_name("table.toml"))
    engine = zen_engine(as_text=who.endswith("text"))
    requests: list[Any] = [{"key": "table", "context": row} for row in schools.drop("urn").to_dicts()]
    poor, below = (pl.col("p8") < -0.5) | (pl.col("ofsted_overall") >= 3), pl.col("p8") < 0
    by_hand = pl.when(poor).then(pl.lit("C")).when(below).then(pl.lit("B")).otherwise(pl.lit("A"))
    expected = schools.select(by_hand).to_series().to_list()
    calls: dict[str, Any] = {
        "schoolframe assign, frame": lambda: framework.assign(schools, phase="secondary").frame["category"].to_list(),
        "schoolframe assign": lambda: framework.assign(schools, phase="secondary"),
        "polars when/then": lambda: schools.select(by_hand).to_series().to_list(),
    }
    if who.startswith("zen"):
        found = benchmark.pedantic(lambda: engine.evaluate_batch(requests), rounds=5, warmup_rounds=1)
        assert [one["data"]["result"]["category"] for one in found] == expected
        return
    found = benchmark.pedantic(calls[who], rounds=20, warmup_rounds=1)
    assert (found.frame["category"].to_list() if who == "schoolframe assign" else found) == expected
