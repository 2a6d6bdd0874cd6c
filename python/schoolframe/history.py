"""Categories over terms and years: who moved where, how often, and how long schools stay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._assignment import Assignment
from schoolframe._history_items import check_items, common_framework, read_item, school_by_term
from schoolframe._notebooks import as_html
from schoolframe._scale import steps
from schoolframe._wilson import with_share
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.moderation import Moderation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schoolframe.frameworks import Framework

__all__ = ["CategoryHistory", "category_history"]

_STATES = ("new", "open", "gone")
"""What stands in place of a category between two terms, beside the categories."""


@dataclass(frozen=True, eq=False, repr=False)
class CategoryHistory:
    """Categories of schools over terms, in long form.

    Attributes:
        categories: The scale, the best first.
        terms: One row per term in order: ``order`` (from 1), ``term``, ``kind`` (``moderated``, ``assigned`` or
            ``frame``), ``schools``, ``open`` (of them without a settled category), ``content_hash`` of the framework
            with its readings and thresholds, ``rules_changed``: whether that hash differs from the last one known.
        frame: One row per school and term, every school in every term: ``order``, ``term``, ``urn``, ``phase``,
            ``category`` (missing unless settled), ``status`` (as in the item; ``moderated`` where a decision holds),
            ``state``: ``settled``, ``open`` (in the term without a settled category), ``not_yet`` (before its first
            term), ``away`` (missing between two terms) or ``gone`` (after its last).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> from schoolframe.history import category_history
        >>> autumn = pl.DataFrame({"urn": [100000, 100001], "category": ["Amber", None]})
        >>> spring = pl.DataFrame({"urn": [100000, 100002], "category": ["Green", "Red"]})
        >>> history = category_history(
        ...     [("autumn 2018", autumn), ("spring 2019", spring)], framework=sf.Framework.load("southend_2017")
        ... )
        >>> history.frame.filter(pl.col("urn") == 100001)["state"].to_list()
        ['open', 'gone']
    """

    categories: tuple[str, ...]
    terms: pl.DataFrame
    frame: pl.DataFrame

    @cached_property
    def _pairs(self) -> pl.DataFrame:
        """One row per school and two terms that follow each other, if the school is in either."""
        return self._between(list(zip(self.terms["order"], self.terms["order"][1:], strict=False)))

    def _between(self, pairs: Iterable[tuple[int, int]]) -> pl.DataFrame:
        present = pl.col("state").is_in(["settled", "open"])
        held = self.frame.select("order", "term", "urn", "category", held=present)
        parts = []
        for first, last in pairs:
            ends = [held.filter(pl.col("order") == order).drop("order") for order in (first, last)]
            parts.append(
                ends[0]
                .join(ends[1], on="urn", suffix="_to", maintain_order="left")
                .filter(pl.col("held") | pl.col("held_to"))
                .select(
                    "urn",
                    pl.lit(first, dtype=pl.Int64).alias("order"),
                    pl.col("term").alias("from_term"),
                    pl.col("term_to").alias("to_term"),
                    _label("category", "held", "new").alias("from"),
                    _label("category_to", "held_to", "gone").alias("to"),
                    steps(pl.col("category"), pl.col("category_to"), self.categories).alias("steps"),
                )
            )
        if not parts:
            return pl.DataFrame(
                schema={
                    "urn": pl.Int64,
                    "order": pl.Int64,
                    "from_term": pl.String,
                    "to_term": pl.String,
                    "from": pl.String,
                    "to": pl.String,
                    "steps": pl.Int64,
                }
            )
        return pl.concat(parts)

    @cached_property
    def moves(self) -> pl.DataFrame:
        """Schools whose place changed from one term to the next, one row per school and change.

        ``urn``, ``from_term``, ``to_term``, ``from``, ``to`` (a category, ``open``, ``new`` or ``gone``),
        ``direction``: ``better``, ``worse``, ``settled`` (open before), ``opened``, ``new``, ``gone``; ``steps``
        between two categories, positive towards the best.
        """
        return (
            self._pairs.filter(pl.col("from") != pl.col("to"))
            .with_columns(
                direction=pl.when(pl.col("to") == "gone")
                .then(pl.lit("gone"))
                .when(pl.col("from") == "new")
                .then(pl.lit("new"))
                .when(pl.col("from") == "open")
                .then(pl.lit("settled"))
                .when(pl.col("to") == "open")
                .then(pl.lit("opened"))
                .when(pl.col("steps") > 0)
                .then(pl.lit("better"))
                .otherwise(pl.lit("worse"))
            )
            .select("urn", "from_term", "to_term", "from", "to", "direction", "steps")
        )

    def transitions(
        self, first: str | None = None, last: str | None = None, *, pooled: bool = False, confidence: float = 0.95
    ) -> pl.DataFrame:
        """Count from which category to which the schools went, as a matrix in long form.

        Rows are the categories and ``open`` and ``new`` (not in the first of the two terms); columns are the
        categories, ``open`` and ``gone`` (not in the second). Every cell of a row that holds schools is listed, empty
        ones too. ``frame.pivot("to", index="from", values="count")`` sets one pair of terms side by side.

        Args:
            first: A term, for one pair of terms; without it every term and the next one.
            last: The later term of the pair.
            pooled: Add up all pairs of terms that follow each other, ``from_term`` and ``to_term`` being the first and
                last term. A school then counts once per pair, so that the interval is narrower than it should be.
            confidence: Level of the intervals.

        Returns:
            ``from_term``, ``to_term``, ``from``, ``to``, ``count``, ``n`` (schools in the row), ``share`` (per cent of
            the row), ``ci_low``, ``ci_high`` (Wilson's interval).

        Raises:
            UnknownNameError: For a term that does not exist.
            InputError: If only one of ``first`` and ``last`` is given, they are out of order, or with ``pooled``.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> from schoolframe.history import category_history
            >>> autumn = pl.DataFrame({"urn": [100000, 100001], "category": ["Amber", "Amber"]})
            >>> spring = pl.DataFrame({"urn": [100000, 100001], "category": ["Green", "Amber"]})
            >>> southend = sf.Framework.load("southend_2017")
            >>> matrix = category_history([("autumn", autumn), ("spring", spring)], framework=southend).transitions()
            >>> matrix.filter(pl.col("count") > 0).select("from", "to", "count", "share").rows()
            [('Amber', 'Green', 1, 50.0), ('Amber', 'Amber', 1, 50.0)]
        """
        pairs = self._pairs
        if first is not None or last is not None:
            if first is None or last is None or pooled:
                msg = "first, last: name both terms of one pair, or neither; pooled adds up every pair"
                raise InputError(msg)
            pairs = self._between([self._pair(first, last)])
        elif pooled:
            terms = self.terms["term"]
            pairs = pairs.with_columns(order=pl.lit(1, dtype=pl.Int64))
            if not pairs.is_empty():
                pairs = pairs.with_columns(from_term=pl.lit(terms[0]), to_term=pl.lit(terms[-1]))
        counts = pairs.group_by("order", "from_term", "to_term", "from", "to").agg(count=pl.len().cast(pl.Int64))
        rows = counts.group_by("order", "from_term", "to_term", "from").agg(n=pl.col("count").sum())
        ends = pl.DataFrame({"to": [*self.categories, "open", "gone"]})
        beginnings = [*self.categories, "open", "new"]
        # A school that is in neither term is in no row, so new to gone cannot be.
        cells = rows.join(ends, how="cross").filter(~((pl.col("from") == "new") & (pl.col("to") == "gone")))
        table = cells.join(counts, on=["order", "from_term", "to_term", "from", "to"], how="left").with_columns(
            pl.col("count").fill_null(0)
        )
        table = table.sort("order", _place("from", beginnings), _place("to", ends["to"].to_list()))
        return with_share(table, "count", "n", confidence=confidence).select(
            "from_term", "to_term", "from", "to", "count", "n", "share", "ci_low", "ci_high"
        )

    def persistence(self) -> pl.DataFrame:
        """Count the terms that schools stay in one category, run by run.

        A run is a stretch of terms in a row in the same category, or without one; a term in which the school is
        missing ends it.

        Returns:
            One row per school and run: ``urn``, ``category`` (missing where open), ``from_term``, ``to_term``,
            ``terms``; ``start_known``: false if the run was already under way in the first term of the history, so that
            it may be longer; ``current``: whether it reaches the last term, so that it may go on.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> from schoolframe.history import category_history
            >>> red = pl.DataFrame({"urn": [100000], "category": ["Red"]})
            >>> amber = pl.DataFrame({"urn": [100000], "category": ["Amber"]})
            >>> southend = sf.Framework.load("southend_2017")
            >>> history = category_history([("1", red), ("2", red), ("3", amber)], framework=southend)
            >>> history.persistence().select("category", "terms", "start_known", "current").rows()
            [('Red', 2, False, False), ('Amber', 1, True, True)]
        """
        last = self.terms.height
        return (
            self.frame.filter(pl.col("state").is_in(["settled", "open"]))
            .sort("urn", "order")
            .with_columns(
                run=(
                    pl.col("category").ne_missing(pl.col("category").shift(1))
                    | (pl.col("order") != pl.col("order").shift(1) + 1).fill_null(value=True)
                    | (pl.col("urn") != pl.col("urn").shift(1)).fill_null(value=True)
                ).cum_sum()
            )
            .group_by("run", maintain_order=True)
            .agg(
                pl.col("urn").first(),
                pl.col("category").first(),
                from_term=pl.col("term").first(),
                to_term=pl.col("term").last(),
                terms=pl.len().cast(pl.Int64),
                start_known=pl.col("order").first() > 1,
                current=pl.col("order").last() == last,
            )
            .drop("run")
        )

    def _pair(self, first: str, last: str) -> tuple[int, int]:
        orders = dict(self.terms.select("term", "order").iter_rows())
        for term in (first, last):
            if term not in orders:
                msg = f"term '{term}' does not exist. There are: {', '.join(orders)}."
                raise UnknownNameError(msg)
        if orders[first] >= orders[last]:
            msg = f"first, last: '{first}' must come before '{last}'"
            raise InputError(msg)
        return orders[first], orders[last]

    def __len__(self) -> int:
        """Number of rows: schools times terms."""
        return self.frame.height

    def __repr__(self) -> str:
        """Return the terms, and how many schools are followed and how many moves there are."""
        names = self.terms["term"].to_list()
        span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        count = self.frame["urn"].n_unique()
        return (
            f"CategoryHistory({span}: {len(names)} {'term' if len(names) == 1 else 'terms'}, "
            f"{count} {'school' if count == 1 else 'schools'}, {self.moves.height} moves)"
        )

    def _repr_html_(self) -> str:
        return as_html([repr(self)], self.frame)


def category_history(items: Sequence[tuple[str, object]], *, framework: Framework | None = None) -> CategoryHistory:
    """Join the categories of several terms or years, school by school.

    Only settled categories count: of a :class:`Moderation` the final ones, of an assignment those determined by the
    rules; a candidate is open until somebody has decided. Schools that appear or vanish are kept.

    Args:
        items: Terms in order, each with a moderation, an assignment or a frame. A frame needs ``urn`` and ``final`` or
            ``category`` (``final`` wins); with ``status`` a candidate is open there as well; ``phase`` is carried
            along. Each school once in a term.
        framework: The framework whose categories these are; needed if there are only frames. Readings and thresholds
            may differ between terms: :attr:`CategoryHistory.terms` says where they do.

    Returns:
        The history.

    Raises:
        UnknownNameError: For a frame without the columns.
        InputError: For no term, a term named twice, a school twice in one term, a category the framework does not
            have, or items of different frameworks.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> from schoolframe.history import category_history
        >>> autumn = pl.DataFrame({"urn": [100000, 100001], "category": ["Amber", "Red"]})
        >>> spring = pl.DataFrame({"urn": [100000, 100001], "category": ["Green", "Red"]})
        >>> southend = sf.Framework.load("southend_2017")
        >>> history = category_history([("autumn", autumn), ("spring", spring)], framework=southend)
        >>> history.moves.select("urn", "from", "to", "direction", "steps").rows()
        [(100000, 'Amber', 'Green', 'better', 1)]
    """
    pairs = check_items(items)
    used = common_framework(pairs, framework)
    names = used.category_names
    for name in _STATES:
        if name in names:
            msg = f"framework: a category called '{name}' cannot be told from a school that is {name}; rename it"
            raise InputError(msg)
    parts, terms, last_hash = [], [], None
    for order, (term, item) in enumerate(pairs, start=1):
        part = read_item(item, term, names, used.name).with_columns(
            order=pl.lit(order, dtype=pl.Int64), term=pl.lit(term, dtype=pl.String)
        )
        content_hash = item.framework.content_hash if isinstance(item, (Moderation, Assignment)) else None
        terms.append(
            {
                "order": order,
                "term": term,
                "kind": {Moderation: "moderated", Assignment: "assigned"}.get(type(item), "frame"),
                "schools": part.height,
                "open": part["category"].null_count(),
                "content_hash": content_hash,
                "rules_changed": None if None in (content_hash, last_hash) else content_hash != last_hash,
            }
        )
        last_hash = content_hash or last_hash
        parts.append(part)
    schema: dict[str, Any] = {"order": pl.Int64, "term": pl.String, "kind": pl.String, "schools": pl.Int64}
    schema |= {"open": pl.Int64, "content_hash": pl.String, "rules_changed": pl.Boolean}
    return CategoryHistory(tuple(names), pl.DataFrame(terms, schema=schema), school_by_term(pl.concat(parts), pairs))


def _label(category: str, held: str, absent: str) -> pl.Expr:
    return pl.when(~pl.col(held)).then(pl.lit(absent)).otherwise(pl.col(category).fill_null("open"))


def _place(column: str, names: list[str]) -> pl.Expr:
    return pl.col(column).replace_strict(names, list(range(len(names))), return_dtype=pl.Int64)
