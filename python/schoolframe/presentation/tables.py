"""Tables for others as files, with small groups suppressed unless that is switched off by name."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl
from polars import selectors as cs

from schoolframe._arguments import require_mapping, require_text, require_texts, require_whole
from schoolframe._disclosure_tables import whole_counts
from schoolframe._frames import as_frame, refuse_objects, require_columns
from schoolframe._measured import Measured
from schoolframe._number_columns import refuse_rows
from schoolframe.disclosure import DisclosureWarning, Suppressed, published_minimum
from schoolframe.exceptions import InputError
from schoolframe.presentation._gap_tables import hidden_gaps, is_gap_table
from schoolframe.presentation._table_files import Sheet, write_csv, write_html, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["export_table"]

# Under 3, hidden counts could only be 1.
_LEAST = 3
# Words of the measures for gaps that are not shown, and the one that is written for them.
_HELD_BACK = ("below_minimum", "complementary")
_SUPPRESSED = "suppressed"
# Columns that name the row, whatever their type.
_LABELS = ("urn", "la", "laestab")
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
    hidden, and so are figures of other groups that ``counts`` names under it. A table with rows of totals is refused
    where anything is hidden in it: a label that is missing, or is ``total``, beside a count that is shown. A hidden
    cell holds ``code`` and is never empty.

    Gaps need no ``counts``. All figures of a school that has a small group are hidden, those that the measure has
    hidden hold ``code`` too, and ``status`` is ``suppressed`` wherever one is: which of the groups is the small one is
    not said.

    Args:
        table: A :class:`~schoolframe.Suppressed`; a measure's result; or a frame.
        path: File to write, ending in ``.csv``, ``.xlsx`` or ``.html``; its folder is made if it is not there.
        counts: For each column of numbers of pupils, the columns that are hidden where it is small, for instance
            ``{"group_n": ["group_mean", "gap"], "reference_n": ["reference_mean", "gap"]}``. ``{}`` says that the table
            counts no pupils. Not for what is suppressed already.
        disclosure: ``"suppress"``; None writes everything as it is, with a :class:`~schoolframe.DisclosureWarning`.
        minimum: Smallest count that is shown beside 0, at least 3; by default the published rule, 6.
        code: What stands in a hidden cell: ``c`` is confidential in government statistics.
        missing: What stands in a cell without a value: ``x`` is not available.
        title: Title of workbook and page.
        notes: Lines to stand below the table, for workbook and page.

    Returns:
        The path.

    Raises:
        ImportError: If xlsxwriter (workbook) or great_tables (page) is not installed.
        InputError: For another ending, a table without ``counts``, a column of counts that holds none, a table with
            totals, a minimum under 3, or a code that is empty.
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
    if not isinstance(path, (str, Path)):
        msg = f"path: the name of a file such as 'gaps.csv' is needed, not {path!r}"
        raise InputError(msg)
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
    require_text(missing, "missing", "'x'")
    if title is not None:
        require_text(title, "title", "'Gaps of schools'")
    lines = [*require_texts(notes, "notes")]
    if isinstance(table, Suppressed):
        frame, away = _suppressed(table, counts, minimum)
        lines += [*table.notes, f"{code}: suppressed."]
    else:
        lines += [*table.notes] if isinstance(table, Measured) else []
        frame = table.frame if isinstance(table, Measured) else as_frame(table, "table")
        refuse_objects(frame, frame.columns, "table")
        away = {}
        if disclosure is None:
            warnings.warn(
                f"{target.name} is written without suppression of small groups", DisclosureWarning, stacklevel=2
            )
        else:
            smallest = published_minimum() if minimum is None else require_whole(minimum, "minimum", least=_LEAST)
            if counts is None and is_gap_table(frame):
                frame, found = _gaps(frame, smallest)
            else:
                found = _small(frame, counts, smallest)
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


def _gaps(frame: pl.DataFrame, minimum: int) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Return a table of gaps with one word for whatever is hidden, and for each column which of its cells are."""
    found = hidden_gaps(frame, minimum)
    # A group of nobody has no gap; nothing of it is hidden.
    empty = pl.any_horizontal(pl.col("group_n", "reference_n").eq(0).fill_null(value=False))
    held = frame.select(
        held=pl.col("status").cast(pl.String).is_in(_HELD_BACK).fill_null(value=False) & ~empty
    ).to_series()
    # Figures that the measure itself has hidden look like the others.
    away = {name: hidden | (held & frame[name].is_null()) for name, hidden in found.items()}
    anything = held
    for hidden in away.values():
        anything = anything | hidden
    status = pl.when(anything).then(pl.lit(_SUPPRESSED)).otherwise(pl.col("status").cast(pl.String))
    return frame.with_columns(status.alias("status")), away


def _small(frame: pl.DataFrame, counts: Mapping[str, str | Sequence[str]] | None, minimum: int) -> dict[str, pl.Series]:
    """Return for each column which of its cells are hidden."""
    if counts is None:
        msg = (
            "counts: say which columns count pupils and which figures are about them, such as {'n': ['p8']}, or {} if "
            "there are none; tables with totals go through suppress first; disclosure=None writes everything"
        )
        raise InputError(msg)
    away: dict[str, pl.Series] = {}
    counted: list[str] = []
    for name, about in require_mapping(counts, "counts", "{'n': ['p8']}").items():
        figures = require_texts(about, "counts")
        require_columns(frame, [name, *figures], "table")
        small = whole_counts(frame, name).is_between(1, minimum - 1).fill_null(value=False)
        for column in (name, *figures):
            away[column] = away[column] | small if column in away else small
        counted.append(name)
    _refuse_totals(frame, counted, away)
    return away


def _refuse_totals(frame: pl.DataFrame, counted: Sequence[str], away: Mapping[str, pl.Series]) -> None:
    """Raise an error for rows of totals beside hidden cells: they give away what is hidden."""
    if not any(hidden.any() for hidden in away.values()):
        return
    seen = frame.select(pl.any_horizontal([(pl.col(n).is_not_null() & ~away[n]).alias(n) for n in counted])).to_series()
    for name, dtype in frame.schema.items():
        textual = isinstance(dtype, (pl.String, pl.Categorical, pl.Enum))
        if name in away or not (textual or name in _LABELS):
            continue
        label = frame[name].cast(pl.String)
        total = (label.is_null() | (label.str.strip_chars().str.to_lowercase() == "total")) & seen
        refuse_rows(
            label,
            total,
            "has rows of totals, which would give hidden figures away: put the table through suppress first; where it "
            "holds no totals, give every row a label",
            "table",
        )
