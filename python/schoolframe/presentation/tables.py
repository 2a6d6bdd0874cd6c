"""Tables for others as files, with small groups suppressed unless that is switched off by name."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl
from polars import selectors as cs

from schoolframe._arguments import require_mapping, require_text, require_texts, require_whole
from schoolframe._disclosure_tables import whole_counts
from schoolframe._frames import as_frame, require_columns
from schoolframe._measured import Measured
from schoolframe._number_columns import refuse_rows
from schoolframe.disclosure import DisclosureWarning, Suppressed, published_minimum
from schoolframe.exceptions import InputError
from schoolframe.presentation._gap_tables import hidden_gaps, is_gap_table
from schoolframe.presentation._table_files import Sheet, write_csv, write_html, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["export_table"]

_WRITERS: dict[str, Callable[[Sheet, Path], None]] = {".csv": write_csv, ".html": write_html, ".xlsx": write_xlsx}


def export_table(
    table: object,
    path: str | Path,
    *,
    counts: Mapping[str, str | Sequence[str]] | None = None,
    disclosure: Literal["suppress"] | None = "suppress",
    minimum: int | None = None,
    code: str = "c",
    missing: str = "x",
    title: str | None = None,
    notes: Sequence[str] = (),
) -> Path:
    """Write a table for others as CSV, Excel or HTML, by the ending of the path.

    Small groups are suppressed. Tables with totals, and groups that make up a cohort, go through
    :func:`~schoolframe.suppress` first: its result is written as it is. Any other table needs ``counts``, which says
    for each count of pupils which figures are about them; where the count is 1 to ``minimum`` - 1, it and they are
    hidden, and so are figures of other groups that ``counts`` names under it. A hidden cell holds ``code`` and is never
    empty.

    Args:
        table: A :class:`~schoolframe.Suppressed`; a measure's result; or a frame.
        path: File to write, ending in ``.csv``, ``.xlsx`` or ``.html``; its folder is made if it is not there.
        counts: For each column of numbers of pupils, the columns that are hidden where it is small, for instance
            ``{"group_n": ["group_mean", "gap"], "reference_n": ["reference_mean", "gap"]}``. ``{}`` says that the table
            counts no pupils. Not for what is suppressed already.
        disclosure: ``"suppress"``; None writes everything as it is, with a :class:`~schoolframe.DisclosureWarning`.
        minimum: Smallest count that is shown beside 0; by default the published rule, 6.
        code: What stands in a hidden cell: ``c`` is confidential in government statistics.
        missing: What stands in a cell without a value: ``x`` is not available.
        title: Title of workbook and page.
        notes: Lines to stand below the table, for workbook and page.

    Returns:
        The path.

    Raises:
        ImportError: If xlsxwriter (workbook) or great_tables (page) is not installed.
        InputError: For another ending, a table without ``counts``, a column of counts that holds none, or a code that
            is empty.
        UnknownNameError: For a column that is not there.

    Source: codes: Government Statistical Service, symbols in tables.

    Example:
        >>> import tempfile, polars as pl
        >>> from schoolframe.presentation import export_table
        >>> gaps = pl.DataFrame({"school": ["Hill", "Vale"], "n": [4, 30], "p8": [-0.5, 0.1]})
        >>> path = export_table(gaps, tempfile.mkdtemp() + "/gaps.csv", counts={"n": "p8"})
        >>> path.read_text().splitlines()
        ['school,n,p8', 'Hill,c,c', 'Vale,30,0.1']
    """
    target = Path(path)
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        msg = f"path: a table ends in .csv, .xlsx or .html, not '{target.suffix or target.name}'"
        raise InputError(msg)
    if not require_text(code, "code", "'c'").strip():
        msg = "code: a hidden cell must not look empty; give a sign such as 'c'"
        raise InputError(msg)
    if disclosure not in ("suppress", None):
        msg = f"disclosure: 'suppress' or None is needed, not {disclosure!r}"
        raise InputError(msg)
    lines = [*require_texts(notes, "notes")]
    if isinstance(table, Suppressed):
        frame, away = _suppressed(table, counts, minimum)
        lines += [*table.notes, f"{code}: suppressed."]
    else:
        lines += [*table.notes] if isinstance(table, Measured) else []
        frame = table.frame if isinstance(table, Measured) else as_frame(table, "table")
        away = {}
        if disclosure is None:
            warnings.warn(
                f"{target.name} is written without suppression of small groups", DisclosureWarning, stacklevel=2
            )
        else:
            smallest = published_minimum() if minimum is None else require_whole(minimum, "minimum", least=1)
            own = counts is None and is_gap_table(frame)
            found = hidden_gaps(frame, smallest) if own else _small(frame, counts, smallest)
            away = {name: hidden.to_list() for name, hidden in found.items()}
            lines += [f"{code}: suppressed, fewer than {smallest} pupils."] if away else []
    target.parent.mkdir(parents=True, exist_ok=True)
    # In a column of groups or schools, no value is the total.
    blanks = dict.fromkeys(frame.columns, missing)
    if isinstance(table, Suppressed):
        blanks |= {name: table.layout.total for name in (table.layout.group, table.layout.school) if name is not None}
    writer(Sheet(_writable(frame), away, code, blanks, title or target.stem, tuple(lines)), target)
    return target


def _writable(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with NaN as missing, unless a column holds what no cell can."""
    for name, dtype in frame.schema.items():
        if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
            msg = f"table: column '{name}' holds {dtype}, which does not fit in a cell; make it texts or numbers"
            raise InputError(msg)
        if dtype.is_float():
            refuse_rows(frame[name], frame[name].is_infinite(), "must hold finite numbers", "table")
    return frame.with_columns(cs.float().fill_nan(None))


def _suppressed(table: Suppressed, counts: object, minimum: object) -> tuple[pl.DataFrame, dict[str, list[bool]]]:
    if counts is not None or minimum is not None:
        msg = "counts, minimum: what is suppressed knows its counts; leave them out"
        raise InputError(msg)
    frame = table.frame.select(table.columns)
    return frame, {name: table.away(name).to_list() for name in frame.columns}


def _small(
    frame: pl.DataFrame, counts: Mapping[str, str | Sequence[str]] | None, minimum: int
) -> Mapping[str, pl.Series]:
    """Return for each column which of its cells are hidden."""
    if counts is None:
        msg = (
            "counts: say which columns count pupils and which figures are about them, such as {'n': ['p8']}, or {} if "
            "there are none; tables with totals go through suppress first; disclosure=None writes everything"
        )
        raise InputError(msg)
    away: dict[str, pl.Series] = {}
    for name, about in require_mapping(counts, "counts", "{'n': ['p8']}").items():
        figures = require_texts(about, "counts")
        require_columns(frame, [name, *figures], "table")
        small = whole_counts(frame, name).is_between(1, minimum - 1).fill_null(value=False)
        for column in (name, *figures):
            away[column] = away[column] | small if column in away else small
    return away
