"""Funnel plots: schools by number of pupils, between the limits of chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_whole, require_word
from schoolframe._disclosure_tables import MAX_COUNT
from schoolframe._frames import as_frame, require_columns
from schoolframe._number_columns import number_columns, refuse_rows
from schoolframe.exceptions import InputError
from schoolframe.funnel import FunnelLimits
from schoolframe.presentation._chart_parts import check_labels, check_sizes, check_texts, count, reach, scale_of, values
from schoolframe.presentation._extras import require
from schoolframe.presentation._marks import settings
from schoolframe.presentation._style import ADVERSE, GOOD, INK, MUTED, NEUTRAL, PAPER, STRONG_ADVERSE, STRONG_GOOD

if TYPE_CHECKING:
    from schoolframe._typing import Direction

__all__ = ["funnel_chart"]

_STEPS = 160
_WITHIN = "within limits"
# Width of a letter and height of a line of names, in pixels.
_LETTER, _LINE = 5.5, 13


def funnel_chart(
    frame: object,
    limits: FunnelLimits,
    score: str | None = None,
    n: str | None = None,
    *,
    label: str = "school_name",
    direction: Direction = "higher_better",
    names: int = 8,
    title: str = "Scores between funnel limits",
    axis: str | None = None,
    width: int = 620,
    height: int = 380,
) -> Any:
    """Draw schools by their number of pupils, with the target and the limits around it.

    Where a school lies stands in words, shape and colour; the schools farthest beyond the outermost limits are named.
    Schools without a score are left out, schools with fewer pupils than the limits were made for are not shown; both
    are counted under the title.

    Args:
        frame: One row per school.
        limits: Limits from :meth:`~schoolframe.FunnelLimits.fit`, of these schools or of a population.
        score: Column of the scores; by default that of the fit.
        n: Column of the numbers of pupils; by default that of the fit.
        label: Column of the names.
        direction: Which side of the target is the good one, for the colours.
        names: How many of the schools beyond the outermost limits are named beside their mark, farthest first; a name
            that would cover a mark or another name is left out.
        title: Title.
        axis: Title of the axis of scores; by default the column's name.
        width: Width of the plot in pixels.
        height: Height of the plot in pixels.

    Returns:
        An ``altair.LayerChart``.

    Raises:
        ImportError: If altair is not installed (``pip install schoolframe[notebook]``).
        InputError: If no school can be shown, for columns that are no numbers, or an argument of the wrong type.
        UnknownNameError: For a missing column or an unknown direction.
        polars.exceptions.ComputeError: For impossible values.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"school_name": ["Hill", "Dale"], "p8": [0.9, -0.1], "n": [60, 120]})
        >>> limits = sf.FunnelLimits.fit(schools, "p8", "n", sd=1.28, target=0.0)
        >>> chart = sf.presentation.funnel_chart(schools, limits)
        >>> [row["position"] for row in chart.to_dict()["layer"][-5]["data"]["values"]]
        ['above 99.8 % limits', 'within limits']
    """
    alt = require("altair", "charts")
    if not isinstance(limits, FunnelLimits):
        msg = f"limits: the result of FunnelLimits.fit is needed, not {type(limits).__qualname__}"
        raise InputError(msg)
    require_word(direction, "direction", ("higher_better", "lower_better"))
    names = require_whole(names, "names", 0)
    check_texts(title=title, **({} if axis is None else {"axis": axis}))
    check_sizes(width=width, height=height)
    data = as_frame(frame)
    score, n = limits.score if score is None else score, limits.n if n is None else n
    require_columns(data, [label, score, n])
    check_labels(data, label)
    data = number_columns(data, [score, n])
    refuse_rows(data[n], data[n] > MAX_COUNT, f"must hold numbers of pupils, at most {MAX_COUNT}")
    placed = data.select(
        pl.col(label).cast(pl.String).alias("school"),
        pl.col(n).alias("pupils"),
        limits.apply(score, n).alias("place"),
        pl.col(score).alias("value"),
    ).unnest("place")
    shown = placed.filter(pl.col("status") == "ok")
    if shown.is_empty():
        msg = f"frame: no school has a value in '{score}' and at least {limits.min_group} pupils"
        raise InputError(msg)
    small = placed.filter(pl.col("status") == "below_minimum").height
    missing = placed.height - shown.height - small
    said = [] if not small else [f"{count(small, 'school')} with fewer than {limits.min_group} pupils not shown"]
    said += [] if not missing else [f"{count(missing, 'school')} without a score left out"]
    words = _words(limits.levels)
    shown = shown.select(
        "school",
        "pupils",
        "value",
        "z_adjusted",
        position=pl.col("class").replace_strict(list(words), list(words.values()), return_dtype=pl.String),
    )
    present = [word for word in dict.fromkeys(words.values()) if word in set(shown["position"])]
    colours, shapes = _marks(limits.levels, direction)
    y_axis = axis or score
    curves = _curves(limits, shown["pupils"])
    across, up = _domains(shown, curves, limits)
    x = alt.X("pupils:Q", title="Pupils", scale=alt.Scale(domain=across, nice=False))
    y = alt.Y("value:Q", title=y_axis, scale=alt.Scale(domain=up, nice=False))
    tooltip = [
        alt.Tooltip("school:N", title="School"),
        alt.Tooltip("pupils:Q", title="Pupils"),
        alt.Tooltip("value:Q", title=y_axis, format=".2f"),
        alt.Tooltip("z_adjusted:Q", title="z with allowance", format="+.2f"),
        alt.Tooltip("position:N", title="Position"),
    ]
    legend = alt.Legend(title=None, orient="top", columns=3, labelLimit=260)
    points = (
        alt.Chart(values(alt, shown))
        .mark_point(filled=True, size=60, opacity=0.85)
        .encode(
            x=x,
            y=y,
            color=alt.Color("position:N", scale=scale_of(alt, present, colours), legend=legend),
            shape=alt.Shape("position:N", scale=scale_of(alt, present, shapes), legend=legend),
            tooltip=tooltip,
        )
    )
    outermost = [words[f"{side}_{limits.levels[-1]}"] for side in ("above", "below")]
    beyond = shown.filter(pl.col("position").is_in(outermost))
    # A school without a name has a mark alone.
    far = beyond.drop_nulls("school").sort(pl.col("z_adjusted").abs(), "school", descending=[True, False])
    placed = _placed(shown, far, names, (across, up), (width, height))
    labels = [
        alt.Chart(values(alt, placed.filter(pl.col("side") == side)))
        .mark_text(align=align, dx=dx, fontSize=11, **style)
        .encode(x=x, y=y, text="school:N")
        # A rim of paper first, so that a name can be read across a line.
        for style in ({"stroke": PAPER, "strokeWidth": 3}, {"color": INK})
        for side, align, dx in (("left", "right", -8), ("right", "left", 8))
    ]
    chart = alt.layer(*_lines(alt, limits, curves, x, y), points, *labels).properties(
        width=width, height=height, title=alt.Title(title, subtitle=said)
    )
    return chart.configure(**settings())


def _words(levels: list[str]) -> dict[str, str]:
    """Return the words of the classes, from the farthest above to the farthest below."""
    above = {f"above_{level}": f"above {level} % limits" for level in reversed(levels)}
    below = {f"below_{level}": f"below {level} % limits" for level in levels}
    return above | {"within": _WITHIN} | below


def _marks(levels: list[str], direction: Direction) -> tuple[dict[str, str], dict[str, str]]:
    good, bad = ("above", "below") if direction == "higher_better" else ("below", "above")
    colours = {_WITHIN: NEUTRAL}
    shapes = {_WITHIN: "circle"}
    for level in levels:
        last = level == levels[-1]
        colours[f"{good} {level} % limits"] = STRONG_GOOD if last else GOOD
        colours[f"{bad} {level} % limits"] = STRONG_ADVERSE if last else ADVERSE
        shapes[f"above {level} % limits"] = "diamond" if last else "triangle-up"
        shapes[f"below {level} % limits"] = "square" if last else "triangle-down"
    return colours, shapes


def _curves(limits: FunnelLimits, pupils: pl.Series) -> pl.DataFrame:
    """Return the limits at steps over the range of pupils, closer together where they bend."""
    first, last = float(pupils.min() or 1.0), float(pupils.max() or 1.0)  # type: ignore[arg-type]  # numbers
    steps = sorted({float(round(first + (last - first) * (at / _STEPS) ** 2)) for at in range(_STEPS + 1)})
    grid = pl.DataFrame({"pupils": [step for step in steps if step >= max(limits.min_group, 1)]})
    return grid.with_columns(limits.apply(pl.lit(limits.target), "pupils").alias("place")).unnest("place")


def _domains(shown: pl.DataFrame, curves: pl.DataFrame, limits: FunnelLimits) -> tuple[list[float], list[float]]:
    """Return the ends of both axes: all schools and limits, and room at the right for what the limits are."""
    last = limits.levels[-1]
    low, high = reach(curves.select(f"low_{last}", f"high_{last}"), f"low_{last}", f"high_{last}")
    below, above = reach(shown, "value")
    first, end = float(shown["pupils"].min() or 0.0), float(shown["pupils"].max() or 1.0)  # type: ignore[arg-type]
    room = max(end - first, 10.0)
    return [max(first - 0.03 * room, 0.0), end + 0.12 * room], [min(low, below), max(high, above)]


def _placed(
    shown: pl.DataFrame, far: pl.DataFrame, names: int, domains: tuple[list[float], list[float]], size: tuple[int, int]
) -> pl.DataFrame:
    """Return the schools whose names find room beside names and marks, with the side of the mark they stand on."""
    (left, right), (low, high) = domains

    def spot(row: tuple[str, float, float]) -> tuple[float, float]:
        return size[0] * (row[1] - left) / (right - left), size[1] * (row[2] - low) / (high - low)

    marks = [spot(row) for row in shown.select("school", "pupils", "value").iter_rows()]
    boxes: list[tuple[float, float, float]] = []
    rows: list[tuple[str, float, float, str]] = []
    for row in far.select("school", "pupils", "value").iter_rows():
        if len(rows) >= names:
            break
        across, up = spot(row)
        length = _LETTER * len(row[0])
        for side, start in (("right", across + _LETTER), ("left", across - _LETTER - length)):
            end = start + length
            inside = start >= 0 and end <= size[0]
            over_names = any(abs(up - at) <= _LINE and start <= last and end >= first for first, last, at in boxes)
            over_marks = any(abs(up - at) <= _LINE / 2 and start <= place <= end for place, at in marks)
            if inside and not over_names and not over_marks:
                boxes.append((start, end, up))
                rows.append((*row, side))
                break
    schema = {"school": pl.String, "pupils": pl.Float64, "value": pl.Float64, "side": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _lines(alt: Any, limits: FunnelLimits, curves: pl.DataFrame, x: Any, y: Any) -> list[Any]:
    """Return the target, the limits, and what they are at the right end."""
    parts = []
    for level in limits.levels:
        for side in ("low", "high"):
            line = curves.select("pupils", value=pl.col(f"{side}_{level}"), said=pl.lit(f"{level} %"))
            dash = [5, 4] if level != limits.levels[-1] else [1, 0]
            base = alt.Chart(values(alt, line)).encode(x=x, y=y)
            parts.append(base.mark_line(color=MUTED, strokeWidth=1, strokeDash=dash))
            end = alt.Chart(values(alt, line.tail(1))).encode(x=x, y=y, text="said:N")
            parts.append(end.mark_text(align="left", dx=4, fontSize=11, color=MUTED))
    target = curves.tail(1).select("pupils", value=pl.lit(limits.target), said=pl.lit(f"target {limits.target:.2f}"))
    base = alt.Chart(values(alt, target)).encode(y=y)
    parts.append(base.mark_rule(color=INK, strokeWidth=1))
    parts.append(base.encode(x=x, text="said:N").mark_text(align="left", dx=4, dy=-7, fontSize=11, color=INK))
    return parts
