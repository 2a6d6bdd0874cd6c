"""Links between unique reference numbers (URN): who succeeded whom when a school converted, merged or split."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe._frames import as_frame
from schoolframe.exceptions import InputError
from schoolframe.readers._dates import as_day
from schoolframe.readers._load import check_unique, load

if TYPE_CHECKING:
    import datetime as dt

    from schoolframe.readers._columns import ColumnPicker, Unknown
    from schoolframe.readers._sources import Source

__all__ = ["follow_urn_links", "read_urn_links"]

Direction = Literal["successor", "predecessor"]

_EDGE: dict[str, type[pl.DataType]] = {
    "urn": pl.Int64,
    "linked_urn": pl.Int64,
    "link_type": pl.String,
    "link_date": pl.Date,
}
_REACHED = pl.Schema(
    {
        "urn": pl.Int64(),
        "linked_urn": pl.Int64(),
        "steps": pl.Int32(),
        "link_types": pl.List(pl.String()),
        "link_date": pl.Date(),
        "ambiguous": pl.Boolean(),
    }
)


def read_urn_links(source: Source, *, unknown: Unknown = "raise") -> pl.DataFrame:
    r"""Read the links between schools that the national register (GIAS) publishes.

    Every row of the file is a row of the frame. ``direction`` is taken from the published type of link: types that
    begin with Successor lead from a school to what came after it, types that begin with Predecessor the other way.
    The register also holds links without a direction (result of amalgamation, merged, sixth form centre, expansion,
    closure, other), entered alike on both sides; their ``direction`` is null and :func:`follow_urn_links` leaves them
    out.

    Args:
        source: A path, bytes, a file object, or a list of these; CSV or workbook, plain or packed.
        unknown: What to do with a cell that is neither a number, a date nor a known word for none, and with a link
            that stands twice: ``raise`` an error or ``warn`` and read on, the cell null and the row kept.

    Returns:
        A frame with the columns ``urn`` and ``linked_urn`` (Int64), ``linked_name`` (String), ``link_type`` (String, as
        published), ``direction`` (String: ``successor``, ``predecessor`` or null), ``change`` (String: ``split``,
        ``merger``, ``amalgamation``, ``replacement``, ``sixth_form`` or ``other``), ``link_date`` (Date, null where the
        register has none), any further column of the file as text, and ``source_file``.

    Raises:
        ReadError: If the file is not a file of links, or is damaged, or ``unknown`` is ``raise`` and a cell is wrong.

    Example:
        >>> text = b"URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n100000,140000,Hill,Successor,01-09-2013"
        >>> read_urn_links(text).select("urn", "linked_urn", "direction", "link_date").row(0)
        (100000, 140000, 'successor', datetime.date(2013, 9, 1))
    """
    frame = load(source, "urn_links", unknown, _build)
    check_unique(frame, ["urn", "linked_urn", "link_type", "link_date"], "links", unknown)
    return frame


def _build(columns: ColumnPicker) -> pl.DataFrame:
    columns.whole("urn", "URN")
    columns.whole("linked_urn", "LinkURN", "Linked URN")
    columns.text("linked_name", "LinkName", "Linked name")
    columns.text("link_type", "LinkType", "Link type")
    kind = pl.col("link_type").str.to_lowercase()
    typed = pl.DataFrame([columns.get("link_type")]).select(
        direction=pl.when(kind.str.starts_with("successor"))
        .then(pl.lit("successor"))
        .when(kind.str.starts_with("predecessor"))
        .then(pl.lit("predecessor")),
        change=pl.when(kind.is_null())
        .then(None)
        .when(kind.str.contains("split"))
        .then(pl.lit("split"))
        .when(kind.str.contains("amalgam"))
        .then(pl.lit("amalgamation"))
        .when(kind.str.contains("merge"))
        .then(pl.lit("merger"))
        .when(kind.is_in(["successor", "predecessor"]))
        .then(pl.lit("replacement"))
        .when(kind.str.contains("sixth form"))
        .then(pl.lit("sixth_form"))
        .otherwise(pl.lit("other")),
    )
    columns.put("direction", typed["direction"])
    columns.put("change", typed["change"])
    columns.date("link_date", "LinkEstablishedDate", "Link established date", "LinkDate")
    columns.rest()
    return columns.frame()


def follow_urn_links(
    links: object,
    urns: Iterable[int] | pl.Series,
    direction: Direction = "successor",
    on: dt.date | None = None,
) -> pl.DataFrame:
    """Follow schools through conversions, mergers and splits, however many steps it takes.

    A link counts from either side: where one school names its successor or the other names its predecessor, there is
    one link. Self-links are left out. The walk goes breadth first, so a school reached in several ways is listed once,
    with the fewest steps.

    Args:
        links: A frame as :func:`read_urn_links` returns it; ``urn``, ``linked_urn`` and ``direction`` are needed,
            ``link_type`` and ``link_date`` are used if there.
        urns: The schools to start from. A school without links has no row in the result.
        direction: ``successor`` for what became of the schools, ``predecessor`` for what they were before.
        on: If given, links dated after this day are left out. Links without a date (more than a quarter of the
            register, most of them old) always count.

    Returns:
        One row per start and school reached, ordered by ``urn``, ``steps`` and ``linked_urn``: ``urn``, ``linked_urn``
        (Int64), ``steps`` (Int32, from 1), ``link_types`` (List of String, one per step, as published), ``link_date``
        (Date of the last step), ``ambiguous`` (Boolean: somewhere on the way a school has more than one link onwards,
        so that ``linked_urn`` is not the only answer), ``cycle`` (Boolean: ``linked_urn`` is on a circle of links,
        which is a fault of the register) and ``final`` (Boolean: no link leads on from ``linked_urn``).

    Raises:
        InputError: If ``links`` lacks a column, ``direction`` is neither of the two words, ``urns`` is no list of whole
            numbers, or ``on`` is no date.

    Example:
        >>> import polars as pl
        >>> links = pl.DataFrame({"urn": [1, 2, 2], "linked_urn": [2, 3, 4], "direction": ["successor"] * 3})
        >>> follow_urn_links(links, [1]).select("linked_urn", "steps", "ambiguous").rows()
        [(2, 1, False), (3, 2, True), (4, 2, True)]
        >>> follow_urn_links(links, [4], "predecessor").select("linked_urn", "steps").rows()
        [(2, 1), (1, 2)]
    """
    if direction not in ("successor", "predecessor"):
        msg = f"direction: must be 'successor' or 'predecessor', not {direction!r}"
        raise InputError(msg)
    edges = _edges(as_frame(links, "links"), direction, as_day(on, "on"))
    starts = _starts(urns)
    fan = edges.group_by("urn").agg(pl.len().alias("fan"))
    onward = edges.join(fan, on="urn", how="left", maintain_order="left")
    circle = _on_circles(edges)

    reached = [pl.DataFrame(schema=_REACHED)]
    seen = starts.select("urn", linked_urn="urn")
    front = starts.select(
        "urn",
        at="urn",
        link_types=pl.lit([], dtype=pl.List(pl.String)),
        ambiguous=pl.lit(value=False),
    )
    steps = 0
    while not front.is_empty():
        steps += 1
        step = (
            front.join(onward, left_on="at", right_on="urn", how="inner")
            .join(seen, on=["urn", "linked_urn"], how="anti")
            .select(
                "urn",
                "linked_urn",
                steps=pl.lit(steps, dtype=pl.Int32),
                link_types=pl.concat_list("link_types", "link_type"),
                link_date="link_date",
                ambiguous=pl.col("ambiguous") | (pl.col("fan") > 1),
                at="at",
            )
            .sort("urn", "linked_urn", "at")
            .unique(["urn", "linked_urn"], keep="first", maintain_order=True)
        )
        reached.append(step.drop("at"))
        seen = pl.concat([seen, step.select("urn", "linked_urn")])
        front = step.select("urn", "link_types", "ambiguous", at="linked_urn")
    return (
        pl.concat(reached)
        .with_columns(
            cycle=pl.col("linked_urn").is_in(circle.implode()),
            final=~pl.col("linked_urn").is_in(edges["urn"].unique().implode()),
        )
        .sort("urn", "steps", "linked_urn")
    )


def _starts(urns: Iterable[int] | pl.Series) -> pl.DataFrame:
    if not isinstance(urns, Iterable):
        msg = f"urns: a list of whole numbers is needed, not {urns!r}"
        raise InputError(msg)
    given = urns if isinstance(urns, pl.Series) else pl.Series("urn", list(urns), dtype=None, strict=False)
    if len(given) and not given.dtype.is_integer():
        msg = f"urns: whole numbers are needed, not {given.dtype}"
        raise InputError(msg)
    return pl.DataFrame({"urn": given.cast(pl.Int64)}).drop_nulls().unique().sort("urn")


def _edges(links: pl.DataFrame, direction: Direction, on: dt.date | None) -> pl.DataFrame:
    """Return one row per pair of schools, leading the way asked for, whichever side the register entered it on."""
    missing = [name for name in ("urn", "linked_urn", "direction") if name not in links.columns]
    if missing:
        msg = f"links: the column {missing[0]!r} is missing; there are {links.columns}"
        raise InputError(msg)
    for name in ("link_type", "link_date"):
        if name not in links.columns:
            links = links.with_columns(pl.lit(None, dtype=_EDGE[name]).alias(name))
    names = list(_EDGE)
    links = links.drop_nulls(["urn", "linked_urn", "direction"]).filter(pl.col("urn") != pl.col("linked_urn"))
    if on is not None:
        links = links.filter(pl.col("link_date").is_null() | (pl.col("link_date") <= on))
    same_way = links.filter(pl.col("direction") == direction).select(names)
    turned = links.filter(pl.col("direction") != direction).select(
        pl.col("linked_urn").alias("urn"), pl.col("urn").alias("linked_urn"), "link_type", "link_date"
    )
    return (
        pl.concat([same_way, turned])
        .cast(
            {"link_type": pl.String, "link_date": pl.Date}
        )  # the side that names the way asked for stands first and gives the type
        .group_by("urn", "linked_urn", maintain_order=True)
        .agg(pl.col("link_type").first(), pl.col("link_date").drop_nulls().first())
    )


def _on_circles(edges: pl.DataFrame) -> pl.Series:
    """Return the schools from which a walk leads back to where it began."""
    rest = edges.select("urn", "linked_urn")
    height = -1
    while height != rest.height:  # a school with no way in, or no way out, is on no circle
        height = rest.height
        rest = rest.join(rest, left_on="linked_urn", right_on="urn", how="semi").join(
            rest, left_on="urn", right_on="linked_urn", how="semi"
        )
    walked = rest
    new = rest
    while not new.is_empty():
        new = (
            new.join(rest.rename({"urn": "linked_urn", "linked_urn": "next"}), on="linked_urn", how="inner")
            .select("urn", linked_urn="next")
            .unique()
            .join(walked, on=["urn", "linked_urn"], how="anti")
        )
        walked = pl.concat([walked, new])
    return walked.filter(pl.col("urn") == pl.col("linked_urn"))["urn"].unique()
