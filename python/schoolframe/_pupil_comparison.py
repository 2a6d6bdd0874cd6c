"""Groups of pupils beside their references: the pools, and the test of each gap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

import polars as pl

from schoolframe._arguments import require_finite
from schoolframe._pupil_pools import SUMS, figures, pooled, rest, sums, totals
from schoolframe.gaps import gap_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._pupil_asked import Asked

__all__ = [
    "Own",
    "beside",
    "compared_with",
    "exposed",
    "fixed_figure",
    "hidden_alone",
    "neighbours_found",
    "pool_of",
    "protected",
    "tested",
]

Own: TypeAlias = Literal["all", "part", "none"]
_HIDDEN = (
    *("group_mean", "reference_mean", "group_sd", "reference_sd", "gap", "se", "ci_low", "ci_high"),
    *("statistic", "p_value"),
)


def protected(groups: pl.DataFrame, keys: Sequence[str], min_group: int) -> pl.DataFrame:
    """Mark the next smallest group where the small ones of a school hold too few pupils: ``_complementary``."""
    large = pl.when(pl.col("_n") >= max(min_group, 1)).then(pl.col("_n"))
    few = _few_hidden(min_group)
    next_smallest = large.rank("ordinal") == 1
    if keys:
        few, next_smallest = few.over(keys), next_smallest.over(keys)
    return groups.with_columns((few & next_smallest).fill_null(value=False).alias("_complementary"))


def _few_hidden(min_group: int) -> pl.Expr:
    """Return whether the cells that are too small hold pupils, but fewer together than the minimum."""
    return pl.when(pl.col("_n") < min_group).then(pl.col("_n")).sum().is_between(1, min_group - 1)


def hidden_alone(groups: pl.DataFrame, min_group: int) -> pl.DataFrame:
    """Return the groups with the pupils of the small ones alone: pools of these hold what is not shown.

    Example:
        >>> import polars as pl
        >>> hidden_alone(pl.DataFrame({"_group": ["a", "b"], "_n": [5, 6]}), 6)["_n"].to_list()
        [5, 0]
    """
    return groups.with_columns(pl.when(pl.col("_n") < min_group).then("_n").otherwise(0).alias("_n"))


def exposed(compared: pl.DataFrame, hidden: pl.DataFrame, keys: list[str], min_group: int) -> pl.DataFrame:
    """Guard references of a pool that, less the schools that are shown, are those of fewer pupils than the minimum.

    The schools' own rows show all but the small groups; what is left of the pool's sum would be theirs. ``hidden`` is
    the pool of :func:`hidden_alone`.
    """
    pool = [*keys, "_pool"]
    cells = hidden.select(*keys, "_group", pl.lit(0).alias("_pool"), _few=pl.col("_n").is_between(1, min_group - 1))
    every = cells.group_by(pool).agg(pl.col("_few").sum().alias("_any"))
    own, other = cells.rename({"_few": "_own"}), cells.rename({"_group": "_reference", "_few": "_one"})
    compared = compared.with_columns(_pool=pl.lit(0))
    for right, on in ((every, pool), (own, [*pool, "_group"]), (other, [*pool, "_reference"])):
        compared = compared.join(right, on=on, how="left", nulls_equal=True, maintain_order="left")
    reference = (
        pl.when(pl.col("_reference") == "other pupils")
        .then(pl.col("_any") > pl.col("_own").fill_null(value=False).cast(pl.Int64))
        .when(pl.col("_reference") == "all pupils")
        .then(pl.col("_any") > 0)
        .otherwise("_one")
    )
    guarded = pl.col("_guarded").fill_null(value=False) | reference.fill_null(value=False)
    return compared.with_columns(guarded.alias("_guarded")).drop("_pool", "_any", "_own", "_one")


def pool_of(
    name: str,
    groups: pl.DataFrame,
    england: pl.DataFrame | None,
    authorities: pl.DataFrame,
    asked: Asked,
    characteristic: str,
    centre: float,
) -> tuple[pl.DataFrame, list[str], Own]:
    """Return the groups of a pool, the columns that name it, and what the school's own pupils are in it."""
    if name == "within_school":
        return groups, asked.keys, "all"
    if name == "national_other":
        if england is None:
            return pooled(groups, asked.years), asked.years, "part"
        return sums(england, asked.value, characteristic, asked.years, centre), asked.years, "none"
    placed = groups.join(authorities, on=asked.keys, how="left", nulls_equal=True, maintain_order="left")
    keys = [*asked.years, "_la"]
    by_authority = pooled(placed.drop_nulls("_la"), keys)
    if name == "neighbours" and asked.neighbours is not None:
        near = asked.neighbours.rename({"la": "_la", "neighbour_la": "_near"})
        by_authority = near.join(by_authority.rename({"_la": "_near"}), on="_near", maintain_order="left_right")
        by_authority = pooled(by_authority, keys)
    by_school = by_authority.join(authorities, on=keys, nulls_equal=True, maintain_order="left_right")
    return by_school.select(*asked.keys, "_group", *SUMS), asked.keys, "part" if name == "authority" else "none"


def neighbours_found(authorities: pl.DataFrame, asked: Asked) -> list[str]:
    """Say where not all statistical neighbours of an authority have pupils in the frame."""
    if asked.neighbours is None or authorities.is_empty():
        return []
    there = authorities["_la"].unique()
    near = asked.neighbours.filter(pl.col("la").is_in(there.implode()))
    counted = near.group_by("la").agg(pl.len(), pl.col("neighbour_la").is_in(there.implode()).sum().alias("found"))
    notes = [
        f"neighbours of {la}: {found} of {n} authorities have pupils in the frame"
        for la, n, found in counted.filter(pl.col("found") < pl.col("len")).sort("la").iter_rows()
    ]
    unknown = sorted(set(there) - set(near["la"]))
    return notes + [f"neighbours: authority {la} is not in the list" for la in unknown]


def compared_with(
    groups: pl.DataFrame, pool: pl.DataFrame, keys: list[str], against: str, own_keys: list[str], own: Own
) -> pl.DataFrame:
    """Return each group beside its reference.

    The sums ``_other...`` are those of the pupils the group is tested against, who never include it. Where the
    reference shown includes it, its sums are ``_all...`` and ``_share`` is the part of its pupils that are others.
    """
    other = {name: f"_other{name}" for name in SUMS}
    names = [pl.col(name).alias(other[name]) for name in SUMS]
    # Within a school a group that is not shown, to protect a smaller one, is not shown as a reference either.
    guarded = pl.col("_complementary") if own == "all" else pl.lit(value=False)
    one_group = [*names, guarded.alias("_guarded")]
    if against == "pairs":
        right = pool.select(*keys, pl.col("_group").alias("_reference"), *one_group)
        pairs = groups.join(right, on=keys, how="left", nulls_equal=True) if keys else groups.join(right, how="cross")
        pairs = pairs.filter(pl.col("_reference") > pl.col("_group"))
        return pairs.sort(*own_keys, "_group", "_reference").with_columns(_share=pl.lit(1.0))
    if against not in ("rest", "all"):
        right = pool.filter(pl.col("_group") == against).select(*keys, *one_group)
        groups = groups.filter(pl.col("_group") != against)
        return beside(groups, right, keys).with_columns(_reference=pl.lit(against), _share=pl.lit(1.0))
    everybody = totals(pool, keys).select(*keys, *[pl.col(name).alias(f"_all{name}") for name in SUMS])
    found = beside(groups.with_columns(_guarded=pl.lit(value=False)), everybody, keys)
    others = rest(pool, keys).select(*keys, "_group", *names)
    found = found.join(others, on=[*keys, "_group"], how="left", nulls_equal=True, maintain_order="left")
    # A group that is not in the pool has all of it as its reference.
    found = found.with_columns([pl.coalesce(other[name], f"_all{name}").alias(other[name]) for name in SUMS])
    if against == "rest":
        found = found.drop([f"_all{name}" for name in SUMS])
        return found.with_columns(_reference=pl.lit("other pupils"), _share=pl.lit(1.0))
    if own == "none":
        found = found.with_columns([pl.col(f"_all{name}").alias(other[name]) for name in SUMS])
    elif own == "part":
        # The school's group is a small part of the pool: outside it are all pupils of the pool but these.
        outside = [(pl.col(f"_all{name}") - pl.col(name)).alias(other[name]) for name in SUMS]
        found = found.with_columns(outside)
    return found.with_columns(_reference=pl.lit("all pupils"), _share=pl.col("_other_n") / pl.col("_all_n"))


def beside(groups: pl.DataFrame, right: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    if keys:
        return groups.join(right, on=keys, how="left", nulls_equal=True, maintain_order="left")
    if right.is_empty():
        return groups.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in right.schema.items())
    return groups.join(right, how="cross")


def fixed_figure(groups: pl.DataFrame, national: object, characteristic: str, against: str) -> pl.DataFrame:
    """Return each group beside a figure of England that is taken without error, in ``_fixed``."""
    figure = national.get(characteristic, national) if isinstance(national, Mapping) else national
    if against not in ("rest", "all", "pairs"):
        groups = groups.filter(pl.col("_group") != against)
    words = {"rest": "other pupils", "all": "all pupils", "pairs": "figure"}
    reference = pl.lit(words.get(against, against)).alias("_reference")
    if isinstance(figure, Mapping):
        known = {
            str(name).lower() if isinstance(name, bool) else str(name): require_finite(one, f"national: {name}")
            for name, one in figure.items()
        }
        looked = pl.col("_group").replace_strict(
            list(known), list(known.values()), default=None, return_dtype=pl.Float64
        )
    else:
        looked = pl.lit(require_finite(figure, "national"))
    return groups.with_columns(reference, looked.alias("_fixed"))


def tested(compared: pl.DataFrame, asked: Asked, centre: float, confidence: float, min_group: int) -> pl.DataFrame:
    fixed = "_fixed" in compared.columns
    rows = compared.with_columns(figures("", centre))
    if fixed:
        rows = rows.with_columns(
            _other_mean=pl.col("_fixed"),
            _other_count=pl.lit(None, dtype=pl.Int64),
            _share=pl.lit(1.0),
            _other_sd=pl.lit(None, dtype=pl.Float64),
            _guarded=pl.lit(value=False),
        )
    else:
        rows = rows.with_columns(figures("_other", centre))
    shown = figures("_all", centre) if "_all_n" in rows.columns else []
    rows = rows.with_columns(shown)
    reference = "_all" if shown else "_other"
    if asked.method == "proportion":
        limits = [pl.col(name).clip(0, 100) for name in rows.columns if name.endswith("_mean")]
        rows = rows.with_columns(limits)
    test = gap_test(
        pl.col("_mean"),
        pl.col("_count"),
        pl.col("_other_mean"),
        pl.col("_other_count"),
        method=asked.method,
        known_sd=asked.known_sd,
        sd=pl.col("_sd"),
        other_sd=pl.col("_other_sd"),
        fixed=fixed,
        confidence=confidence,
        min_group=min_group,
    )
    rows = rows.with_columns(test.alias("_test")).unnest("_test")
    scaled = [pl.col(name) * pl.col("_share") for name in ("gap", "se", "ci_low", "ci_high")]
    lonely = pl.col("_fixed").is_null() if fixed else pl.col("_other_count") == 0
    status = (
        pl.when(pl.col("_count") == 0)
        .then(pl.lit("missing"))
        .when(pl.col("_count") < max(min_group, 1))
        .then(pl.lit("below_minimum"))
        .when(pl.col("_complementary") | pl.col("_guarded").fill_null(value=False))
        .then(pl.lit("complementary"))
        .when(lonely)
        .then(pl.lit("no_reference"))
        .otherwise("status")
    )
    if asked.method == "known_sd":
        own_sd, other_sd = pl.lit(asked.known_sd, dtype=pl.Float64), pl.lit(asked.known_sd, dtype=pl.Float64)
    else:
        own_sd, other_sd = pl.col("_sd"), pl.col(f"{reference}_sd")
    rows = rows.with_columns(scaled).select(
        *asked.keys,
        pl.col("_group").alias("group"),
        pl.col("_reference").alias("reference"),
        pl.col("_mean").alias("group_mean"),
        pl.col("_count").alias("group_n"),
        pl.col(f"{reference}_mean").alias("reference_mean"),
        pl.col(f"{reference}_count").alias("reference_n"),
        own_sd.alias("group_sd"),
        other_sd.alias("reference_sd"),
        *("gap", "se", "ci_low", "ci_high", "statistic", "p_value"),
        status.alias("status"),
    )
    hidden = pl.col("status").is_in(["below_minimum", "complementary"])
    return rows.with_columns([pl.when(~hidden).then(pl.col(name)).alias(name) for name in _HIDDEN])
