"""Charts of scores and gaps with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_number, require_text, require_whole, unknown_name
from schoolframe._column_checks import words
from schoolframe._frames import as_frame, require_columns
from schoolframe._gap_frames import gap_frame
from schoolframe._key_columns import key
from schoolframe._number_columns import number_columns
from schoolframe.exceptions import InputError
from schoolframe.presentation._chart_parts import (
    SIGNED,
    STEP,
    check_labels,
    check_sizes,
    check_texts,
    count,
    named,
    numbers_of,
    reach,
    reference_line,
    scale_of,
    sizeable,
    values,
)
from schoolframe.presentation._extras import require
from schoolframe.presentation._marks import BAND_COLOURS, BAND_SHAPES, GAP_COLOURS, GAP_SHAPES, settings
from schoolframe.presentation._style import INK, MUTED
from schoolframe.progress import PROGRESS_BANDS, progress_band

if TYPE_CHECKING:
    from schoolframe.progress import ProgressScheme

__all__ = ["gap_chart", "interval_chart"]

_GAP_TITLES = {
    "within_school": "Against other pupils of the same school",
    "national_other": "Against other pupils in England",
    "authority": "Against other pupils of the authority",
}
# Gaps from pupils say themselves who the reference is, and need only be told where.
_GAP_PLACES = {
    "within_school": "In the same school",
    "national_other": "In England",
    "authority": "In the authority",
    "neighbours": "In statistical neighbours",
}


def interval_chart(
    frame: object,
    value: str = "p8",
    lower: str = "p8_ci_low",
    upper: str = "p8_ci_high",
    *,
    label: str = "school_name",
    national: float | None = None,
    scheme: ProgressScheme | tuple[float, float] = "p8",
    year: int | None = None,
    pupils: str | None = None,
    minimum: int = 6,
    title: str = "Progress 8 with 95% confidence intervals",
    axis: str = "Progress 8 score",
    width: int = 520,
) -> Any:
    """Draw schools in order of a progress score, each with its interval and the band it falls into.

    The band is that of :func:`~schoolframe.progress_band` and stands in words beside the school. Whether an interval
    covers 0 decides, not whether intervals of two schools overlap. Schools without a score are left out and counted
    under the title; a score without interval has no band.

    Args:
        frame: One row per school.
        value: Column of the score.
        lower: Column of the lower limit.
        upper: Column of the upper limit.
        label: Column of the names; each must occur once.
        national: A national figure to draw as a dashed line beside 0, the mean of the measure.
        scheme: Thresholds of the bands, as for :func:`~schoolframe.progress_band`.
        year: Results year, where the scheme needs one.
        pupils: Column of the number of pupils; by default the cohorts that the score is about where the frame has them:
            ``p8_cohort`` and ``ks4_cohort``, or ``ks2_cohort``, and for a group of pupils those of both sides. Schools
            with 1 to ``minimum`` - 1 pupils are not shown, only counted.
        minimum: Smallest number of pupils that may be shown.
        title: Title.
        axis: Title of the axis.
        width: Width of the plot in pixels.

    Returns:
        An ``altair.LayerChart``.

    Raises:
        ImportError: If altair is not installed (``pip install schoolframe[notebook]``).
        InputError: If no school has a score, a name occurs twice, a column holds no numbers, or an argument has the
            wrong type.
        UnknownNameError: For a missing column.

    Example:
        >>> import polars as pl
        >>> from schoolframe.presentation import interval_chart
        >>> schools = pl.DataFrame({"school_name": ["Hill"], "p8": [0.6], "p8_ci_low": [0.3], "p8_ci_high": [0.9]})
        >>> [row["band"] for row in interval_chart(schools).to_dict()["layer"][1]["data"]["values"]]
        ['well above average']
    """
    alt = require("altair", "charts")
    check_texts(title=title, axis=axis)
    check_sizes(width=width)
    national = None if national is None else require_number(national, "national")
    data = as_frame(frame)
    require_columns(data, [label, value, lower, upper])
    check_labels(data, label)
    data = number_columns(data, [value, lower, upper])
    kept, said = sizeable(data, pupils, minimum, value)
    band = progress_band(value, lower, upper, scheme=scheme, year=year, labels=True)
    rows = kept.select(
        pl.col(label).alias("school"),
        *numbers_of(value=value, lower=lower, upper=upper),
        band=band.cast(pl.String).fill_null("interval not held"),
    )
    shown = named(rows.filter(pl.col("value").is_not_null()), value)
    order = shown.sort("value", "school", descending=[True, False])["school"].to_list()
    bands = [name for name in (*PROGRESS_BANDS, "interval not held") if name in set(shown["band"])]
    colour = alt.Color("band:N", scale=scale_of(alt, bands, BAND_COLOURS), legend=None)
    shape = alt.Shape("band:N", scale=scale_of(alt, bands, BAND_SHAPES), legend=None)
    y = alt.Y("school:N", sort=order, title=None)
    tooltip = [
        alt.Tooltip("school:N", title="School"),
        alt.Tooltip("value:Q", title=axis, format=".2f"),
        alt.Tooltip("lower:Q", title="Lower limit", format=".2f"),
        alt.Tooltip("upper:Q", title="Upper limit", format=".2f"),
        alt.Tooltip("band:N", title="Band"),
    ]
    base = alt.Chart(values(alt, shown)).encode(y=y)
    x = alt.X("value:Q", title=axis, axis=alt.Axis(labelExpr=SIGNED, labelFlush=False))
    layers = [
        base.mark_rule(strokeWidth=2).encode(
            x=alt.X("lower:Q", title=axis), x2="upper:Q", color=colour, tooltip=tooltip
        ),
        base.mark_point(filled=True, size=80, opacity=1).encode(x=x, color=colour, shape=shape, tooltip=tooltip),
        base.mark_text(align="left", dx=6, fontSize=12).encode(x=alt.value(width), text="band:N", color=alt.value(INK)),
    ]
    lines = [reference_line(alt, 0, "mean of the measure: 0", left=national is not None and national > 0)]
    if national is not None:
        lines.append(reference_line(alt, national, f"national: {national:+.2f}", dashed=True, left=national <= 0))
    left_out = rows.height - shown.height
    said += [] if not left_out else [f"{count(left_out, 'school')} without a score left out"]
    chart = alt.layer(*lines, *layers).properties(
        width=width, height=alt.Step(STEP), title=alt.Title(title, subtitle=said)
    )
    return chart.configure(**settings())


def gap_chart(
    gaps: object,
    *,
    measure: str | None = None,
    year: int | None = None,
    label: str = "school_name",
    title: str | None = None,
    axis: str = "Gap in points (negative: behind)",
    width: int = 280,
) -> Any:
    """Draw gaps between groups of pupils with their intervals, one panel per comparison.

    Several comparisons of a gap belong side by side: a small gap within a school can also mean that the other pupils do
    badly. Gaps from pupils are drawn for one group and reference at a time: filter their frame first. A gap is
    significant if its interval does not cover 0. A school in which a group is too small, or not shown to protect one
    that is, is marked with ``x`` in every panel, and none of its figures is in the chart; gaps without an error have a
    cross.

    Args:
        gaps: Result of :func:`~schoolframe.progress_gaps`, or of :func:`~schoolframe.pupil_gaps` or
            :func:`~schoolframe.aggregate_gaps` (``label="urn"`` or another column of theirs names the schools).
        measure: Measure to draw; needed if there are several.
        year: Results year to draw; by default the last one.
        label: Column of the names.
        title: Title; by default made from the groups.
        axis: Title of the axes.
        width: Width of a panel in pixels.

    Returns:
        An ``altair.HConcatChart``.

    Raises:
        ImportError: If altair is not installed (``pip install schoolframe[notebook]``).
        InputError: If there is nothing to draw, several measures and none named, a name occurs twice, a column is of
            the wrong kind, or an argument has the wrong type.
        UnknownNameError: For a missing column, a measure or year that is not there, or an unknown comparison.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> from schoolframe.presentation import gap_chart
        >>> schools = pl.DataFrame({"school_name": ["Hill"], "year": [2019], "P8MEA_FSM6CLA1A": [-0.4],
        ...     "P8PUP_FSM6CLA1A": [20], "P8MEA_NFSM6CLA1A": [0.1], "P8PUP_NFSM6CLA1A": [100]})
        >>> len(gap_chart(sf.progress_gaps(schools, "p8")).to_dict()["hconcat"])
        2
    """
    alt = require("altair", "charts")
    check_texts(axis=axis, **({} if title is None else {"title": title}))
    check_sizes(width=width)
    data = gap_frame(gaps)
    require_columns(data, [label, "measure", "comparison", "group", "gap", "ci_low", "ci_high", "status"], "gaps")
    check_labels(data, label, "group", argument="gaps")
    for name in ("measure", "comparison", "status"):
        data = words(data, name, "gaps")
    data = number_columns(data, ["gap", "ci_low", "ci_high"], "gaps")
    unknown = sorted(set(data["comparison"].drop_nulls()) - set(_GAP_PLACES))
    if unknown:
        raise unknown_name("comparison", unknown[0], _GAP_PLACES)
    measures = data["measure"].drop_nulls().unique().sort().to_list()
    if measure is not None and require_text(measure, "measure", "'p8'") not in measures:
        raise unknown_name("measure", measure, measures)
    if measure is None and len(measures) > 1:
        msg = f"measure: name one, there are {', '.join(measures)}"
        raise InputError(msg)
    rows = data.filter(pl.col("measure") == (measure or (measures[0] if measures else "")))
    if "year" in rows.columns and rows["year"].is_not_null().any():
        rows = _of_year(rows, year)
    behind = pl.when(pl.col("ci_high") < 0).then(pl.lit("significantly behind"))
    word = (
        behind.when(pl.col("ci_low") > 0)
        .then(pl.lit("significantly ahead"))
        .when(pl.col("ci_low").is_null())
        .then(pl.lit("no interval"))
        .otherwise(pl.lit("not significant"))
    )
    of = rows.row(0, named=True) if rows.height else {}
    rows = rows.select(
        pl.col(label).alias("school"),
        "comparison",
        "group",
        "gap",
        "ci_low",
        "ci_high",
        pl.col("group_n") if "group_n" in rows.columns else pl.lit(None, dtype=pl.Float64).alias("group_n"),
        word.alias("word"),
        # A small group hides its school in every panel: beside the cohort, the other pupils would give it away.
        pl.col("status")
        .cast(pl.String)
        .is_in(["below_minimum", "complementary"])
        .any()
        .over(label)
        .fill_null(value=False)
        .alias("small"),
        pl.when((pl.col("status").cast(pl.String) == "below_minimum").any().over(label))
        .then(pl.lit("x  too few pupils"))
        .otherwise(pl.lit("x  not shown"))
        .alias("mark"),
    )
    # Not even order and scale may rest on what is not shown.
    figures = ("gap", "ci_low", "ci_high", "group_n")
    rows = rows.with_columns(pl.when(~pl.col("small")).then(pl.col(name)).alias(name) for name in figures)
    shown = rows.filter(pl.col("gap").is_not_null() | pl.col("small"))
    if shown.is_empty():
        msg = "gaps: there is no gap to draw"
        raise InputError(msg)
    titles, heading = (
        _GAP_TITLES,
        f"Progress of {of['group']} pupils against other pupils, with 95% confidence intervals",
    )
    if "characteristic" in of:
        who = f"{of['measure']}: {of['characteristic']} {of['group']}"
        titles, heading = _GAP_PLACES, f"{who} against {of.get('reference', 'reference')}, with confidence intervals"
    comparisons = [name for name in titles if name in set(shown["comparison"])]
    for name in comparisons:
        named(shown.filter(pl.col("comparison") == name), "gap")
    first = shown.filter(pl.col("comparison") == comparisons[0])
    order = first.sort("gap", "school", nulls_last=True)["school"].to_list()
    order += [school for school in shown["school"].unique().sort() if school not in order]
    said = [word for word in GAP_COLOURS if word in set(shown.filter(~pl.col("small"))["word"])]
    low, high = reach(shown.with_columns(zero=0.0), "ci_low", "ci_high", "gap", "zero")
    panels = []
    for at, name in enumerate(comparisons):
        part = shown.filter(pl.col("comparison") == name)
        axis_y = alt.Axis() if at == 0 else None
        y = alt.Y("school:N", sort=order, title=None, axis=axis_y, scale=alt.Scale(domain=order))
        scale = alt.Scale(domain=[low, high], nice=False)
        legend = alt.Legend(title=None, orient="top") if at == 0 else None
        colour = alt.Color("word:N", scale=scale_of(alt, said, GAP_COLOURS), legend=legend)
        shape = alt.Shape("word:N", scale=scale_of(alt, said, GAP_SHAPES), legend=legend)
        tooltip = [
            alt.Tooltip("school:N", title="School"),
            alt.Tooltip("gap:Q", title="Gap", format="+.2f"),
            alt.Tooltip("ci_low:Q", title="Lower limit", format="+.2f"),
            alt.Tooltip("ci_high:Q", title="Upper limit", format="+.2f"),
            alt.Tooltip("group_n:Q", title="Pupils in the group"),
            alt.Tooltip("word:N", title="In words"),
        ]
        base = alt.Chart(values(alt, part.filter(~pl.col("small")))).encode(y=y)
        x = alt.X("gap:Q", title=axis, scale=scale, axis=alt.Axis(labelExpr=SIGNED, labelFlush=False))
        low_x = alt.X("ci_low:Q", title=axis, scale=scale, axis=alt.Axis(labelExpr=SIGNED, labelFlush=False))
        layers = [
            reference_line(alt, 0, None),
            base.mark_rule(strokeWidth=2).encode(x=low_x, x2="ci_high:Q", color=colour, tooltip=tooltip),
            base.mark_point(filled=True, size=80, opacity=1).encode(x=x, color=colour, shape=shape, tooltip=tooltip),
        ]
        small = part.filter("small")
        if small.height:
            marks = alt.Chart(values(alt, small.select("school", "mark")))
            layers.append(
                marks.mark_text(align="left", dx=6, fontSize=12, color=MUTED).encode(
                    y=y, x=alt.datum(0, type="quantitative", scale=scale), text="mark:N"
                )
            )
        panels.append(
            alt.layer(*layers).properties(
                width=width,
                height=alt.Step(STEP),
                title=alt.Title(titles[name], fontSize=13, fontWeight="normal", offset=6),
            )
        )
    left_out = rows["school"].n_unique() - shown["school"].n_unique()
    subtitle = [] if not left_out else [f"{count(left_out, 'school')} without figures left out"]
    chart = alt.hconcat(*panels, spacing=18).properties(title=alt.Title(title or heading, subtitle=subtitle))
    return chart.configure(**settings())


def _of_year(rows: pl.DataFrame, year: int | None) -> pl.DataFrame:
    """Return the gaps of a year, by default of the last one."""
    rows = key(rows, "year", "gaps")
    asked = rows["year"].max() if year is None else require_whole(year, "year")
    texts = rows["year"].cast(pl.String)
    if str(asked) not in texts:
        raise unknown_name("year", asked, texts.drop_nulls().unique().sort())
    return rows.filter(texts == str(asked))
