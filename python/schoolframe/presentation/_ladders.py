"""Charts of the next step up, and of how schools share out over bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_texts
from schoolframe._frames import as_frame, require_columns
from schoolframe._number_columns import number_columns
from schoolframe.estimates import next_benchmark
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
    sizeable,
    values,
)
from schoolframe.presentation._extras import require
from schoolframe.presentation._marks import STEP_COLOURS, ladder, settings
from schoolframe.presentation._style import INK, PAPER, contrast

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["band_chart", "step_chart"]

_STATES = {
    "below_fft50": "next: {level}",
    "reached_fft50": "next: {level}",
    "reached_fft20": "next: {level}",
    "at_or_above_fft5": "at or above the top step",
}


def step_chart(
    frame: object,
    actual: str = "a8",
    fft50: str = "fft50",
    fft20: str = "fft20",
    fft5: str = "fft5",
    *,
    label: str = "school_name",
    names: Sequence[str] = ("FFT50-style", "FFT20-style", "FFT5-style"),
    title: str = "The next step for each school",
    subtitle: str = "FFT-style indicative estimates, not FFT data and not targets",
    axis: str = "Attainment 8 score",
    pupils: str | None = None,
    minimum: int = 6,
    width: int = 520,
) -> Any:
    """Draw each school's result on its ladder of benchmarks, with a line to the next one.

    The next benchmark is that of :func:`~schoolframe.next_benchmark`: the first one not yet reached, and
    none from the top one on.

    Args:
        frame: One row per school.
        actual: Column of the result.
        fft50: Column of the benchmark of the average.
        fft20: Column of the benchmark of the top 20 per cent.
        fft5: Column of the benchmark of the top 5 per cent.
        label: Column of the names; each must occur once.
        names: What the three benchmarks are called.
        title: Title.
        subtitle: Line under the title; say what the benchmarks are.
        axis: Title of the axis.
        pupils: Column of the number of pupils; by default the cohorts of :func:`interval_chart`. Schools with 1
            to ``minimum`` - 1 pupils are not shown, only counted.
        minimum: Smallest number of pupils that may be shown.
        width: Width of the plot in pixels.

    Returns:
        An ``altair.LayerChart``.

    Raises:
        ImportError: If altair is not installed (``pip install schoolframe[notebook]``).
        InputError: If no school has a result, a name occurs twice, ``names`` are not three, a column holds no numbers,
            or an argument has the wrong type.
        UnknownNameError: For a missing column.

    Example:
        >>> import polars as pl
        >>> from schoolframe.presentation import step_chart
        >>> schools = pl.DataFrame({"school_name": ["Hill"], "a8": [44.0], "fft50": [46.0], "fft20": [50.0],
        ...     "fft5": [54.0]})
        >>> step_chart(schools).to_dict()["layer"][1]["data"]["values"][0]["next"]
        'next: FFT50-style 46.0'
    """
    alt = require("altair", "charts")
    check_texts(title=title, subtitle=subtitle, axis=axis)
    check_sizes(width=width)
    names = require_texts(names, "names")
    data = as_frame(frame)
    require_columns(data, [label, actual, fft50, fft20, fft5])
    check_labels(data, label)
    data = number_columns(data, [actual, fft50, fft20, fft5])
    if len(names) != 3:
        msg = f"names: three are needed, for FFT50, FFT20 and FFT5, not {len(names)}"
        raise InputError(msg)
    called = {50: names[0], 20: names[1], 5: names[2]}
    kept, small = sizeable(data, pupils, minimum, actual)
    rows = kept.select(
        pl.col(label).alias("school"), *numbers_of(actual=actual, fft50=fft50, fft20=fft20, fft5=fft5)
    ).with_columns(next_benchmark("actual", "fft50", "fft20", "fft5").alias("step"))
    rows = rows.unnest("step")
    shown = named(rows.filter(pl.col("actual").is_not_null()), actual)
    order = shown.sort("actual", "school", descending=[True, False])["school"].to_list()
    said = [
        _said(row["state"], row["level"], row["estimate"], called)
        for row in shown.select("state", "level", "estimate").to_dicts()
    ]
    shown = shown.select("school", "actual", "estimate", pl.Series("next", said, dtype=pl.String))
    steps = (
        rows.filter(pl.col("school").is_in(order))
        .select(
            "school",
            *(
                pl.col(column).alias(called[level])
                for level, column in zip((50, 20, 5), ("fft50", "fft20", "fft5"), strict=True)
            ),
        )
        .unpivot(index="school", variable_name="step", value_name="value")
        .drop_nulls()
    )
    ends = reach(pl.concat([steps.select("value"), shown.select(value="actual")]), "value")
    scale = alt.Scale(domain=list(ends), nice=False)
    y = alt.Y("school:N", sort=order, title=None)
    x = alt.X("actual:Q", title=axis, scale=scale)
    colours = dict(zip(names, STEP_COLOURS, strict=True))
    base = alt.Chart(values(alt, shown)).encode(y=y)
    legend = alt.Legend(title=None, orient="top", symbolType="square")
    layers = [
        alt.Chart(values(alt, steps))
        .mark_tick(thickness=4, size=16, opacity=1)
        .encode(
            y=y,
            x=alt.X("value:Q", title=axis, scale=scale),
            color=alt.Color("step:N", scale=scale_of(alt, list(names), colours), legend=legend),
            tooltip=[alt.Tooltip("school:N"), alt.Tooltip("step:N"), alt.Tooltip("value:Q", format=".1f")],
        ),
        base.mark_rule(strokeWidth=1.5, color=INK).encode(x=x, x2="estimate:Q"),
        base.mark_point(filled=True, size=80, opacity=1, color=INK).encode(
            x=x,
            tooltip=[alt.Tooltip("school:N"), alt.Tooltip("actual:Q", title=axis, format=".1f"), alt.Tooltip("next:N")],
        ),
        base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(x=alt.value(width), text="next:N"),
    ]
    left_out = rows.height - shown.height
    lines = [subtitle, *small]
    lines += [] if not left_out else [f"{count(left_out, 'school')} without a result left out"]
    chart = alt.layer(*layers).properties(width=width, height=alt.Step(STEP), title=alt.Title(title, subtitle=lines))
    return chart.configure(**settings())


def band_chart(
    frame: object,
    band: str,
    by: str,
    *,
    order: Sequence[str] | None = None,
    bands: Sequence[str] | None = None,
    title: str = "Schools by band",
    subtitle: str = "",
    width: int = 520,
) -> Any:
    """Draw how the schools of several groups share out over bands: one bar per group, the numbers written in it.

    Args:
        frame: One row per school and group.
        band: Column of the band, such as the labels of :meth:`~schoolframe.PercentileBands.apply`; missing is left out.
        by: Column of the group: an authority, its statistical neighbours, the country.
        order: Groups from top to bottom; by default in order of appearance.
        bands: Bands from best to worst; by default the categories of an Enum column, else in order of appearance.
        title: Title.
        subtitle: Line under the title.
        width: Width of the plot in pixels.

    Returns:
        An ``altair.LayerChart``.

    Raises:
        ImportError: If altair is not installed (``pip install schoolframe[notebook]``).
        InputError: If no school has a band, or an argument has the wrong type.
        UnknownNameError: For a missing column.

    Example:
        >>> import polars as pl
        >>> from schoolframe.presentation import band_chart
        >>> schools = pl.DataFrame({"band": ["upper", "lower", "lower"], "group": ["Hill", "Hill", "England"]})
        >>> chart = band_chart(schools, "band", "group")
        >>> [row["text"] for row in chart.to_dict()["data"]["values"]]
        ['1', '1', '1']
    """
    alt = require("altair", "charts")
    check_texts(title=title, subtitle=subtitle)
    check_sizes(width=width)
    bands = None if bands is None else _some(bands, "bands")
    order = None if order is None else _some(order, "order")
    data = as_frame(frame)
    require_columns(data, [band, by])
    check_labels(data, band, by)
    rows = data.select(band=pl.col(band).cast(pl.String), group=pl.col(by).cast(pl.String)).drop_nulls()
    if rows.is_empty():
        msg = f"frame: no school has a band in '{band}'"
        raise InputError(msg)
    dtype = data.schema[band]
    if bands is None and isinstance(dtype, pl.Enum):
        bands = dtype.categories.to_list()
    bands = bands if bands is not None else rows["band"].unique(maintain_order=True).to_list()
    order = order if order is not None else rows["group"].unique(maintain_order=True).to_list()
    counts = (
        rows.group_by("group", "band")
        .len("schools")
        .with_columns(share=100 * pl.col("schools") / pl.col("schools").sum().over("group"))
        .with_columns(
            rank=pl.col("band").replace_strict(
                bands, list(range(len(bands))), default=len(bands), return_dtype=pl.Int64
            ),
            place=pl.col("group").replace_strict(
                order, list(range(len(order))), default=len(order), return_dtype=pl.Int64
            ),
        )
        .sort("place", "rank")
        .with_columns(end=pl.col("share").cum_sum().over("group"))
        .with_columns(start=pl.col("end") - pl.col("share"), text=pl.col("schools").cast(pl.String))
        .with_columns(middle=(pl.col("start") + pl.col("end")) / 2, words=pl.col("band").str.replace_all("_", " "))
    )
    words = [name.replace("_", " ") for name in bands]
    colours = dict(zip(words, ladder(len(words)), strict=True))
    totals = dict(counts.group_by("group").agg(pl.col("schools").sum()).iter_rows())
    named = [f"{name} ({count(totals[name], 'school')})" for name in order if name in totals]
    counts = counts.with_columns(
        group=pl.col("group").replace_strict([name for name in order if name in totals], named, default=None)
    ).drop("place")
    y = alt.Y("group:N", sort=named, title=None)
    base = alt.Chart(values(alt, counts)).encode(y=y)
    dark = [name for name, colour in colours.items() if contrast(INK, colour) < contrast(PAPER, colour)]
    ink = alt.condition(alt.FieldOneOfPredicate(field="words", oneOf=dark), alt.value(PAPER), alt.value(INK))
    layers = [
        base.mark_bar(height=24, stroke=PAPER, strokeWidth=1).encode(
            x=alt.X("start:Q", title="Share of schools, %", scale=alt.Scale(domain=[0, 100])),
            x2="end:Q",
            color=alt.Color(
                "words:N",
                scale=scale_of(alt, words, colours),
                legend=alt.Legend(title=None, orient="top", symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("group:N", title="Group"),
                alt.Tooltip("words:N", title="Band"),
                alt.Tooltip("schools:Q", title="Schools"),
                alt.Tooltip("share:Q", title="Share, %", format=".1f"),
            ],
        ),
        base.mark_text(fontSize=12).encode(x="middle:Q", text="text:N", color=ink),
    ]
    chart = alt.layer(*layers).properties(
        width=width, height=alt.Step(34), title=alt.Title(title, subtitle=[subtitle] if subtitle else [])
    )
    return chart.configure(**settings())


def _some(given: object, argument: str) -> list[str]:
    """Return texts, at least one."""
    texts = require_texts(given, argument)
    if not texts:
        msg = f"{argument}: name at least one"
        raise InputError(msg)
    return texts


def _said(state: str | None, level: int | None, estimate: float | None, called: dict[int, str]) -> str:
    if state is None:
        return "no benchmark"
    words = _STATES[state].format(level=called.get(level or 0, ""))
    return words if estimate is None else f"{words} {estimate:.1f}"
