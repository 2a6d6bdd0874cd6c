"""What the readers of the performance tables return: frames, and the cells that were not numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import polars as pl

from schoolframe.exceptions import UnknownNameError
from schoolframe.readers._performance_codes import count_codes, long_codes
from schoolframe.readers._performance_layouts import LEVELS
from schoolframe.readers._performance_names import canonical_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.readers._performance_codes import CodedRows
    from schoolframe.readers._performance_layouts import Level

__all__ = ["PerformanceTables"]


@dataclass(frozen=True, repr=False, eq=False)
class PerformanceTables:
    r"""Performance tables as frames: schools, authorities and England apart, and every cell that was not a number.

    Every frame begins with ``year`` (Int32, the calendar year in which the academic year ends), ``table`` (``ks2`` or
    ``ks4``), ``release`` (``final``, ``revised``, ``provisional`` or null), ``rectype`` (Int8, as in the file), ``la``,
    ``estab`` (String), ``laestab``, ``urn`` (Int64) and ``school_name``; in ``national`` also ``population``
    (``all`` schools or ``state_funded`` ones). Then come the columns of the file under their
    :func:`canonical_name`. Measures are Float64, percentages 0-100; a cell without a number is null there and has a
    row in :attr:`codes`. Names, addresses, types and dates are String as published.

    A percentage of 0 can mean that nobody was entered: the tables print ``0%`` there, so look at the entries too.

    Attributes:
        schools: One row for each school, year and release.
        authorities: One row for each local authority, year and release.
        national: Rows for England. The file of every authority repeats them, and every repetition is kept.
        files: One row for each file that was read: ``source``, ``table``, ``year``, ``release``, ``schools``,
            ``authorities``, ``national`` (rows) and ``columns``.

    Example:
        >>> import schoolframe as sf
        >>> data = b"RECTYPE,URN,PTRWM_EXP\n1,100000,61%\n2,100001,SUPP\n3,,64.5%"
        >>> tables = sf.read_performance_tables(data, year=2019)
        >>> tables
        PerformanceTables(ks2 2019: 2 schools, 1 authority, 0 national rows)
        >>> tables.schools.select("urn", "PTRWM_EXP").rows()
        [(100000, 61.0), (100001, None)]
        >>> tables.codes.select("line", "urn", "column", "text", "meaning").rows()
        [(3, 100001, 'PTRWM_EXP', 'SUPP', 'suppressed')]
    """

    schools: pl.DataFrame
    authorities: pl.DataFrame
    national: pl.DataFrame
    files: pl.DataFrame
    _coded: tuple[CodedRows, ...] = field(default=())

    @cached_property
    def codes(self) -> pl.DataFrame:
        """One row for each cell that is not a number.

        File by file stand schools, then authorities, then England, each by line and column of the file.

        The columns are ``year``, ``table``, ``source`` (file), ``line`` (physical line on which the record begins; the
        header is line 1), ``rectype``, ``la``, ``urn``, ``column``, ``text`` (as found; null where the row ends before
        the column) and ``meaning``: ``blank``, ``suppressed``, ``not_applicable``, ``no_entries``, ``not_published``,
        ``new_school``, ``low_coverage``, ``small_percentage``, ``redacted``, ``not_eligible``, ``not_available``,
        ``rounds_to_zero``, ``low_reliability``, ``average``, ``break_in_series``, ``estimated``, ``forecast``,
        ``provisional``, ``revised``, ``total``, ``none_recorded`` or ``unknown``.

        The frame is built when it is asked for and then kept. A national table has millions of such cells;
        :meth:`codes_for` builds a part of it and keeps nothing.
        """
        return long_codes(self._coded)

    def codes_for(
        self,
        columns: str | Sequence[str] | None = None,
        meanings: str | Sequence[str] | None = None,
        level: Level | None = None,
    ) -> pl.DataFrame:
        r"""Return those rows of :attr:`codes` that are asked for, without building the rest.

        Args:
            columns: Only these columns, in any spelling that :func:`canonical_name` knows.
            meanings: Only these meanings.
            level: Only ``school``, ``authority`` or ``national`` rows.

        Returns:
            A frame with the columns of :attr:`codes`.

        Raises:
            UnknownNameError: If there is no such column, meaning or level.

        Example:
            >>> import schoolframe as sf
            >>> tables = sf.read_performance_tables(b"URN,P8MEA,ATT8SCR\n1,NP,40.1\n2,SUPP,SUPP", year=2019)
            >>> tables.codes_for("P8MEA", "suppressed")["urn"].to_list()
            [2]
        """
        if level is not None and level not in LEVELS:
            msg = f"level: {level!r} is not a level; there are {', '.join(LEVELS)}"
            raise UnknownNameError(msg)
        wanted = [columns] if isinstance(columns, str) else columns
        if wanted is not None:
            wanted = [canonical_name(column) for column in wanted]
            known = {name for frame in (self.schools, self.authorities, self.national) for name in frame.columns}
            unknown = [column for column in wanted if column not in known]
            if unknown:
                msg = f"columns: there is no column {unknown[0]!r}"
                raise UnknownNameError(msg)
        parts = [part for part in self._coded if level is None or part.level == level]
        return long_codes(parts, wanted, [meanings] if isinstance(meanings, str) else meanings)

    def code_counts(self, level: Level | None = None) -> pl.DataFrame:
        r"""Return how many cells of each column have each meaning.

        Args:
            level: Only ``school``, ``authority`` or ``national`` rows.

        Returns:
            ``column``, ``meaning`` (String) and ``cells`` (UInt32), sorted by column and meaning.

        Example:
            >>> import schoolframe as sf
            >>> tables = sf.read_performance_tables(b"URN,P8MEA\n1,NP\n2,SUPP\n3,NP", year=2019)
            >>> tables.code_counts().rows()
            [('P8MEA', 'not_published', 2), ('P8MEA', 'suppressed', 1)]
        """
        return count_codes(part for part in self._coded if level is None or part.level == level)

    def __repr__(self) -> str:
        return f"PerformanceTables({self._title()}: {', '.join(self._counts())})"

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>"
            + "".join(f"<td>{escape(str(value))}</td>" for value in ("" if value is None else value for value in row))
            + "</tr>"
            for row in self.files.iter_rows()
        )
        heads = "".join(f"<th>{escape(name)}</th>" for name in self.files.columns)
        title = escape(f"{self._title()}: {', '.join(self._counts())}")
        return f"<p><strong>Performance tables</strong> {title}</p><table><tr>{heads}</tr>{rows}</table>"

    def _title(self) -> str:
        frames = [frame.select("table", "year") for frame in (self.schools, self.authorities, self.national)]
        years = pl.concat(frames).unique().group_by("table").agg(pl.col("year").sort()).sort("table")
        return "; ".join(f"{table} {', '.join(map(str, of_table))}" for table, of_table in years.iter_rows())

    def _counts(self) -> list[str]:
        named = ((self.schools, "school", "schools"), (self.authorities, "authority", "authorities"))
        counts = [f"{frame.height:,} {one if frame.height == 1 else many}" for frame, one, many in named]
        return [*counts, f"{self.national.height:,} national {'row' if self.national.height == 1 else 'rows'}"]
