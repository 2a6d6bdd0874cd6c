"""Value added from a median line: how far pupils are from the median outcome of pupils with like prior attainment."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_number, require_text, require_whole
from schoolframe._artefact import provenance
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import group_columns
from schoolframe._measured import Measured, account
from schoolframe._number_columns import checked_numbers, number_column, share_of
from schoolframe.exceptions import InputError
from schoolframe.gaps import gap_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["MedianLine"]

_FORMAT = "median_line"
# Columns of the result, and of the test on the way to it: no school can be named by such a column.
_TAKEN = (
    *("n", "va", "se", "ci_low", "ci_high", "significant", "method", "status"),
    *("gap", "statistic", "p_value", "_d", "_mean", "_sd", "_test"),
)


@dataclass(frozen=True)
class MedianLine:
    """The median outcome at each value of prior attainment, learned from one population and applied to any other.

    Between two points the line is straight. Outside the points there is no line: a pupil with less or more prior
    attainment than any point has no expected outcome.

    Attributes:
        prior: Column of prior attainment the line was drawn on.
        outcome: Column of the outcome.
        points: Prior attainment, median outcome and number of pupils of each point, in rising order.
        min_n: Fewest pupils a point rests on.
        source: What the population is, in words.
        year: Its results year.
        account: How every row of the population was used: reason and number, see :attr:`rows`.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> england = pl.DataFrame({"ks1": [15.0] * 3 + [21.0] * 3, "ks2": [26.0, 27.0, 29.0, 32.0, 33.0, 35.0]})
        >>> line = sf.MedianLine.fit(england, "ks1", "ks2", min_n=3)
        >>> pl.DataFrame({"ks1": [15.0, 17.0, 22.0]}).select(line.apply())["ks1"].to_list()
        [27.0, 29.0, None]
    """

    prior: str
    outcome: str
    points: tuple[tuple[float, float, int], ...]
    min_n: int
    source: str | None = None
    year: int | None = None
    account: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        """Refuse points that make no line."""
        rising = all(a[0] < b[0] for a, b in itertools.pairwise(self.points))
        sound = all(math.isfinite(x) and math.isfinite(y) and n >= self.min_n for x, y, n in self.points)
        if len(self.points) < 2 or not rising or not sound:
            msg = (
                "points: a median line has two or more points with rising prior attainment, finite numbers and at "
                f"least {self.min_n} (min_n) pupils each"
            )
            raise InputError(msg)

    @classmethod
    def fit(
        cls,
        frame: object,
        prior: str,
        outcome: str,
        *,
        min_n: int = 10,
        source: str | None = None,
        year: int | None = None,
    ) -> MedianLine:
        """Draw the line on a population of pupils.

        ``median(outcome)`` of the pupils at each value of ``prior``; of an even number the mean of the middle two. A
        value with fewer than ``min_n`` pupils makes no point, so that its pupils are measured against the line between
        its neighbours.

        Args:
            frame: One row per pupil of the population, such as all of England.
            prior: Column of prior attainment in points; pupils at one value are compared, so it is made of steps.
            outcome: Column of the outcome.
            min_n: Fewest pupils that make a point; 10 is this package's choice, no published number is known.
            source: What the population is, in words; kept with the line.
            year: Results year of the population, kept with the line.

        Returns:
            The line; :attr:`rows` says which pupils it rests on.

        Raises:
            InputError: For a column that is no number, infinite values, or fewer than two points.
            UnknownNameError: For a column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({"ks1": [15.0, 15.0, 21.0, 21.0], "ks2": [26.0, 28.0, 33.0, 35.0]})
            >>> sf.MedianLine.fit(pupils, "ks1", "ks2", min_n=2, year=2006).points
            ((15.0, 27.0, 2), (21.0, 34.0, 2))
        """
        data = as_frame(frame)
        fewest = require_whole(min_n, "min_n", 1)
        when = None if year is None else require_whole(year, "year", 1900)
        words = None if source is None else require_text(source, "source", "'pupils of England, 2006'")
        start = require_text(prior, "prior", "'ks1_points'")
        end = require_text(outcome, "outcome", "'ks2_points'")
        columns = pl.DataFrame({"x": number_column(data, start), "y": number_column(data, end)})
        pairs = columns.drop_nulls()
        found = pairs.group_by("x").agg(median=pl.col("y").median(), n=pl.len().cast(pl.Int64)).sort("x")
        kept = found.filter(pl.col("n") >= fewest)
        if kept.height < 2:
            msg = (
                f"frame: a line needs two values of '{prior}' with at least {fewest} pupils each, there "
                f"{'is' if kept.height == 1 else 'are'} {kept.height} of {found.height} values ({pairs.height} pupils)"
            )
            raise InputError(msg)
        left_out = {
            f"{start} is missing": columns["x"].null_count(),
            f"{end} is missing": columns.filter(pl.col("x").is_not_null() & pl.col("y").is_null()).height,
            f"fewer than {fewest} pupils at their {start}": pairs.height - int(kept["n"].sum()),
        }
        used = tuple(account(data.height, left_out).iter_rows())
        return cls(start, end, tuple(kept.iter_rows()), fewest, words, when, used)

    @property
    def rows(self) -> pl.DataFrame:
        """How every row of the population was used: ``reason`` (``used``, or why it was left out) and ``rows``.

        Empty for a line whose points were given.
        """
        return pl.DataFrame(self.account, schema={"reason": pl.String, "rows": pl.Int64}, orient="row")

    def apply(self, prior: IntoNumbers = None) -> pl.Expr:
        """Expected outcome of each pupil: the height of the line at the pupil's prior attainment.

        Args:
            prior: Column name, expression or number; by default the column the line was drawn on.

        Returns:
            A Float64 expression named after ``prior``; missing where it is missing or outside the points.

        Raises:
            InputError: When collected, for a column that is no number or infinite values.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({"ks1": [15.0, 15.0, 21.0, 21.0], "ks2": [26.0, 28.0, 33.0, 35.0]})
            >>> line = sf.MedianLine.fit(pupils, "ks1", "ks2", min_n=2)
            >>> pupils.select(value_added=pl.col("ks2") - line.apply())["value_added"].to_list()
            [-1.0, 1.0, -1.0, 1.0]
        """
        checked = checked_numbers(self.prior if prior is None else prior, "prior")
        return checked.map_batches(self._height, return_dtype=pl.Float64, is_elementwise=True)

    def value_added(
        self,
        pupils: object,
        *,
        by: str | Sequence[str] = "urn",
        centre: float = 0.0,
        sd: float | None = None,
        confidence: float = 0.95,
        min_group: int = 6,
    ) -> Measured:
        """Value added of schools: the mean distance of their pupils from the line.

        ``va = centre + mean(outcome - line(prior))``. With ``sd``: ``se = sd / sqrt(n)`` and a normal interval
        (1.96 for 95 %), as for published progress scores. Without it: the standard deviation of the school's own
        pupils and Student's t with n - 1 degrees of freedom.

        Args:
            pupils: One row per pupil with the columns the line was drawn on.
            by: Columns that name the school, or the school and year.
            centre: What is added to every score: 100 (key stage 2) and 1000 (key stage 4) were customary, without a
                source that could be verified; 0 leaves the distance as it is.
            sd: Standard deviation of pupils' distances in the population.
            confidence: Level of the intervals.
            min_group: Fewest pupils a school must have to be shown.

        Returns:
            One row per school: ``by``, ``n`` (Int64, missing with ``below_minimum``), ``va``, ``se``, ``ci_low``,
                ``ci_high`` (Float64),
            ``significant`` (Boolean: the interval excludes the centre), ``method`` (``known_sd`` or ``own_sd``) and
            ``status``: ``ok``, ``below_minimum``, ``no_error`` (no spread in the school), ``no_pupils``. ``rows`` says
            why pupils do not count.

        Raises:
            InputError: For columns that are no numbers, infinite values, an ``sd`` that is not above 0, or a column of
                ``by`` that is called as one of the result.
            UnknownNameError: For a column that does not exist.

        Source: median line: Department for Education, annex on value added (status P); interval: as for progress.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> england = pl.DataFrame({"ks1": [15.0] * 20 + [21.0] * 20, "ks2": [27.0] * 20 + [33.0] * 20})
            >>> line = sf.MedianLine.fit(england, "ks1", "ks2")
            >>> school = pl.DataFrame({"urn": [100000] * 9, "ks1": [15.0] * 9, "ks2": [28.0] * 9})
            >>> line.value_added(school, centre=100, sd=3).frame.select("n", "va", "se", "significant").row(0)
            (9, 101.0, 1.0, False)
        """
        data = as_frame(pupils, "pupils")
        require_columns(data, [self.prior, self.outcome], "pupils")
        keys = group_columns(data, by, reserved=_TAKEN)
        middle = require_number(centre, "centre")
        spread = None if sd is None else require_number(sd, "sd")
        if not math.isfinite(middle) or (spread is not None and not 0 < spread < math.inf):
            msg = f"centre and sd: finite numbers are needed, sd above 0, not {centre!r} and {sd!r}"
            raise InputError(msg)
        smallest = require_whole(min_group, "min_group", 0)
        level = share_of(confidence, "confidence")
        before = number_column(data, self.prior, "pupils")
        after = number_column(data, self.outcome, "pupils")
        expected = self._height(before)
        reasons = {
            f"{self.prior} is missing": int(before.is_null().sum()),
            f"{self.prior} is outside the line": int((before.is_not_null() & expected.is_null()).sum()),
            f"{self.outcome} is missing": int((expected.is_not_null() & after.is_null()).sum()),
        }
        distances = data.select(keys).with_columns((after - expected).alias("_d"))
        schools = (
            distances.group_by(keys, maintain_order=True)
            .agg(n=pl.col("_d").count().cast(pl.Int64), _mean=pl.col("_d").mean(), _sd=pl.col("_d").std())
            .sort(keys, nulls_last=True, maintain_order=True)
        )
        test = gap_test(
            "_mean",
            "n",
            0.0,
            method="welch" if spread is None else "known_sd",
            known_sd=spread,
            sd=pl.when(pl.col("_sd") > 0).then("_sd"),
            fixed=True,
            confidence=level,
            min_group=smallest,
        )
        found = schools.with_columns(test.alias("_test")).unnest("_test")
        frame = found.select(
            *keys,
            pl.when((pl.col("n") >= smallest) | (pl.col("n") == 0)).then("n").alias("n"),
            (pl.col("gap") + middle).alias("va"),
            "se",
            pl.col("ci_low") + middle,
            pl.col("ci_high") + middle,
            ((pl.col("ci_low") > 0) | (pl.col("ci_high") < 0)).alias("significant"),
            pl.lit("own_sd" if spread is None else "known_sd").alias("method"),
            pl.when(pl.col("n") == 0).then(pl.lit("no_pupils")).otherwise("status").alias("status"),
        )
        return Measured(frame, account(data.height, reasons), (f"Against the median line of {self._population()}.",))

    def to_json(self) -> str:
        """Return the line as JSON text.

        Returns:
            The text; :meth:`from_json` reads it back.

        Example:
            >>> import schoolframe as sf
            >>> sf.MedianLine("ks1", "ks2", ((15.0, 27.0, 20), (21.0, 33.0, 30)), 10).to_json()[:38]
            '{"format":"median_line","prior":"ks1",'
        """
        content = {
            "format": _FORMAT,
            "prior": self.prior,
            "outcome": self.outcome,
            "min_n": self.min_n,
            "source": self.source,
            "year": self.year,
            "points": self.points,
            "rows": self.account,
        }
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> MedianLine:
        """Read a line that :meth:`to_json` wrote; every rule is checked again.

        Args:
            text: The JSON text.

        Returns:
            The line.

        Raises:
            InputError: For text that holds no median line.

        Example:
            >>> import schoolframe as sf
            >>> line = sf.MedianLine("ks1", "ks2", ((15.0, 27.0, 20), (21.0, 33.0, 30)), 10, "England", 2006)
            >>> sf.MedianLine.from_json(line.to_json()) == line
            True
        """
        try:
            content: dict[str, Any] = json.loads(text)
            line = cls(
                require_text(content["prior"], "prior", "'ks1_points'"),
                require_text(content["outcome"], "outcome", "'ks2_points'"),
                tuple((float(x), float(y), require_whole(n, "points: n")) for x, y, n in content["points"]),
                require_whole(content["min_n"], "min_n", 1),
                **provenance(content["source"], content["year"]),
                account=tuple((str(why), require_whole(rows, "rows", 0)) for why, rows in content.get("rows", ())),
            )
            written = content["format"]
        except (ValueError, KeyError, TypeError) as error:
            msg = f"text: it holds no median line ({error})"
            raise InputError(msg) from None
        if written != _FORMAT:
            msg = f"text: it holds no median line, whose format is '{_FORMAT}'"
            raise InputError(msg)
        return line

    @property
    def content_hash(self) -> str:
        """SHA-256 of the JSON text: two lines with one hash give the same figures."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def __repr__(self) -> str:
        """Return what the line was drawn on."""
        return f"MedianLine({self.outcome} by {self.prior}, {len(self.points)} points, {self._population()})"

    def _population(self) -> str:
        pupils = sum(n for _, _, n in self.points)
        year = "" if self.year is None else f", {self.year}"
        return f"{self.source or 'a population without a name'}{year} ({pupils:,} pupils)"

    def _height(self, prior: pl.Series) -> pl.Series:
        """Return the height of the line at each value; at a point exactly the median."""
        xs = pl.Series([x for x, _, _ in self.points], dtype=pl.Float64)
        ys = pl.Series([y for _, y, _ in self.points], dtype=pl.Float64)
        frame = (
            prior.rename("x")
            .to_frame()
            .with_columns(right=pl.lit(xs).search_sorted(pl.col("x").fill_null(xs[0])).clip(1, len(xs) - 1))
        )
        x0, x1 = (pl.lit(xs).gather(pl.col("right") - back) for back in (1, 0))
        y0, y1 = (pl.lit(ys).gather(pl.col("right") - back) for back in (1, 0))
        share = (pl.col("x") - x0) / (x1 - x0)
        between = pl.when(share == 1).then(y1).otherwise(y0 + share * (y1 - y0))
        inside = pl.col("x").is_between(xs[0], xs[-1])
        return frame.select(pl.when(inside).then(between).alias(prior.name)).to_series()
