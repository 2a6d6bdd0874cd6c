"""A chart of estimates: what similar pupils or schools reached, as a range, with the benchmarks in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_text, unknown_name
from schoolframe._estimate_levels import require_levels
from schoolframe._frames import as_frame, require_columns
from schoolframe._number_columns import number_columns
from schoolframe.exceptions import InputError
from schoolframe.presentation._chart_parts import (
    STEP,
    check_labels,
    check_sizes,
    check_texts,
    count,
    named,
    numbers_of,
    reach,
    scale_of,
    values,
)
from schoolframe.presentation._extras import require
from schoolframe.presentation._marks import STEP_COLOURS, ladder, settings
from schoolframe.presentation._style import INK, RULE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["estimate_chart"]

_RANGE = ("expected_low", "expected_high")
_MOST_LEVELS = 5


def estimate_chart(
    estimates: object,
    label: str,
    *,
    outcome: str | None = None,
    levels: Sequence[int] = (50, 20, 5),
    actual: str | None = None,
    title: str = "What similar pupils went on to reach",
    subtitle: str = "FFT-style indicative estimates, not FFT data and not targets",
    axis: str | None = None,
    width: int = 520,
) -> Any:
    """Draw the range of outcomes of similar pupils or schools for each row, with the benchmarks as ticks in it.

    The bar runs from ``expected_low`` to ``expected_high``; a tick stands at each benchmark. Rows are in order of the
    first benchmark, the highest on top. A chart of single pupils is for those who may see their results.

    Args:
        estimates: The frame of an ``estimate`` method, one row for each name of ``label`` and outcome.
        label: Column of the names of pupils or schools; each must occur once.
        outcome: The outcome to draw, needed where the frame holds several.
        levels: Ranks of the benchmarks, as in the estimate, one to five.
        actual: Column of the result, drawn as a point where there is one.
        title: Title.
        subtitle: Line under the title.
        axis: Title of the axis; by default the name of the outcome.
        width: Width of the plot in pixels.

    Returns:
        An ``altair.LayerChart``.

    Raises:
        ImportError: If altair is not installed (``pip install schoolframe[notebook]``).
        InputError: If no row has an estimate, a name occurs twice, several outcomes are there and none is named, or an
            argument or column has the wrong type.
        UnknownNameError: For a missing column or an outcome that is not there.

    Example:
        >>> import polars as pl
        >>> from schoolframe.presentation import estimate_chart
        >>> estimates = pl.DataFrame({"pupil": ["A"], "outcome": ["a8"], "expected": [46.0], "expected_low": [31.0],
        ...     "expected_high": [61.0], "fft50": [46.0], "fft20": [49.8], "fft5": [53.6], "status": ["ok"]})
        >>> chart = estimate_chart(estimates, "pupil").to_dict()
        >>> [row["level"] for row in chart["layer"][1]["data"]["values"]]
        ['FFT50-style', 'FFT20-style', 'FFT5-style']
    """
    alt = require("altair", "charts")
    check_texts(title=title, subtitle=subtitle, **({} if axis is None else {"axis": axis}))
    check_sizes(width=width)
    ranks = _ranks(levels)
    called = {f"fft{rank}": f"FFT{rank}-style" for rank in ranks}
    data = as_frame(estimates, "estimates")
    points = [] if actual is None else [require_text(actual, "actual", "'attainment_8'")]
    require_columns(data, [label, "outcome", *_RANGE, *called, *points], "estimates")
    check_labels(data, label, argument="estimates")
    data = _of_outcome(number_columns(data, [*_RANGE, *called, *points], "estimates"), outcome)
    scores = next(iter(data["outcome"].cast(pl.String).drop_nulls()), "") if axis is None else axis
    rows = data.select(
        pl.col(label).cast(pl.String).alias("school"),
        *numbers_of(**{name: name for name in (*_RANGE, *called)}, **({"actual": actual} if actual else {})),
    )
    first = next(iter(called))
    shown = named(rows.drop_nulls([*_RANGE, *called]), first, label).sort(first, "school", descending=[True, False])
    y = alt.Y("school:N", sort=shown["school"].to_list(), title=None)
    ends = reach(
        pl.concat([shown.select(value=name) for name in (*_RANGE, *called, *(["actual"] if points else []))]), "value"
    )
    scale = alt.Scale(domain=list(ends), nice=False)
    ticks = shown.rename(called).unpivot(
        on=list(called.values()), index="school", variable_name="level", value_name="value"
    )
    tones = dict(zip(called.values(), STEP_COLOURS if len(called) == 3 else reversed(ladder(len(called))), strict=True))
    legend = alt.Legend(title=None, orient="top", symbolType="square")
    base = alt.Chart(values(alt, shown)).encode(y=y)
    layers = [
        base.mark_bar(height=9, color=RULE, opacity=0.75).encode(
            x=alt.X("expected_low:Q", title=scores, scale=scale),
            x2="expected_high:Q",
            tooltip=[
                alt.Tooltip("school:N", title=label.replace("_", " ")),
                alt.Tooltip("expected_low:Q", title="from", format=".1f"),
                alt.Tooltip("expected_high:Q", title="to", format=".1f"),
            ],
        ),
        alt.Chart(values(alt, ticks))
        .mark_tick(thickness=4, size=15, opacity=1)
        .encode(
            y=y,
            x=alt.X("value:Q", title=scores, scale=scale),
            color=alt.Color("level:N", scale=scale_of(alt, list(called.values()), tones), legend=legend),
            tooltip=[alt.Tooltip("school:N"), alt.Tooltip("level:N"), alt.Tooltip("value:Q", format=".1f")],
        ),
    ]
    if points:
        layers.append(
            base.transform_filter("isValid(datum.actual)")
            .mark_point(filled=True, size=60, opacity=1, color=INK)
            .encode(
                x=alt.X("actual:Q", title=scores, scale=scale),
                tooltip=[alt.Tooltip("school:N"), alt.Tooltip("actual:Q", title=actual, format=".1f")],
            )
        )
    left_out = rows.height - shown.height
    lines = [subtitle, "Grey bar: range of outcomes of similar ones" + ("; point: the result" if points else "")]
    lines += [] if not left_out else [f"{count(left_out, 'row')} without an estimate left out"]
    chart = alt.layer(*layers).properties(width=width, height=alt.Step(STEP), title=alt.Title(title, subtitle=lines))
    return chart.configure(**settings())


def _ranks(levels: object) -> list[int]:
    ranks = require_levels(levels)
    if len(ranks) > _MOST_LEVELS:
        msg = f"levels: a chart has room for {_MOST_LEVELS} ranks, not for {len(ranks)}"
        raise InputError(msg)
    return ranks


def _of_outcome(data: pl.DataFrame, outcome: str | None) -> pl.DataFrame:
    there = data["outcome"].cast(pl.String).unique(maintain_order=True).drop_nulls().to_list()
    if outcome is None:
        if len(there) > 1:
            msg = f"outcome: name one of {', '.join(there)}"
            raise InputError(msg)
        return data
    if require_text(outcome, "outcome", "'attainment_8'") not in there:
        raise unknown_name("outcome", outcome, there)
    return data.filter(pl.col("outcome").cast(pl.String) == outcome)
