"""The one door through which frames enter: polars as it is, anything else by the Arrow C stream interface."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import polars as pl

from schoolframe.exceptions import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["as_frame", "refuse_objects", "require_columns"]


def as_frame(obj: object, argument: str = "frame") -> pl.DataFrame:
    """Return ``obj`` as a polars frame.

    A polars DataFrame is returned as it is, a LazyFrame is collected, and any object with the Arrow C stream interface
    (a pyarrow table or record batch reader, a pandas frame, a DuckDB result) is imported without going through text.

    Args:
        obj: The object to read.
        argument: Name of the caller's argument, for the message.

    Returns:
        A polars DataFrame; no copy where the Arrow layout allows it.

    Raises:
        InputError: If ``obj`` is none of these, has two columns of one name, or a column that mixes types.

    Example:
        >>> import polars as pl
        >>> as_frame(pl.LazyFrame({"urn": [100000]})).height
        1
    """
    if isinstance(obj, pl.DataFrame):
        return obj
    if isinstance(obj, pl.LazyFrame):
        return obj.collect()
    if hasattr(obj, "__arrow_c_stream__"):
        return _imported(obj, argument)
    msg = (
        f"{argument}: a polars DataFrame or LazyFrame, or an object with the Arrow C stream interface "
        f"(__arrow_c_stream__) is needed, not {type(obj).__module__}.{type(obj).__qualname__}"
    )
    raise InputError(msg)


def _imported(obj: object, argument: str) -> pl.DataFrame:
    """Return a frame of another library. What it cannot hand over is its user's to mend, and is said as such."""
    named = [str(name) for name in getattr(obj, "columns", [])] if hasattr(obj, "dtypes") else _field_names(obj)
    double = next((name for name in named if named.count(name) > 1), None)
    if double is not None:
        msg = f"{argument}: column '{double}' is there {named.count(double)} times; rename or drop all but one"
        raise InputError(msg)
    try:
        return pl.DataFrame(obj)  # type: ignore[arg-type]  # anything with the interface
    except (pl.exceptions.PolarsError, TypeError, ValueError, ArithmeticError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        msg = (
            f"{argument}: this {type(obj).__module__}.{type(obj).__qualname__} cannot be read; a column may mix texts "
            f"and numbers, make it one of them: {first}"
        )
        raise InputError(msg) from error


def _field_names(obj: object) -> list[str]:
    names = getattr(getattr(obj, "schema", None), "names", [])
    return [str(name) for name in names] if isinstance(names, list) else []


def require_columns(frame: pl.DataFrame, names: Iterable[str], argument: str = "frame") -> None:
    """Raise an error that lists what exists, unless every name is a column of ``frame`` that can be read.

    A column of Python objects cannot: older versions of polars end the process when one is sorted or exported.

    Example:
        >>> import polars as pl
        >>> require_columns(pl.DataFrame({"urn": [100000]}), ["urn"])
    """
    wanted = list(names)
    for name in wanted:
        if not isinstance(name, str):
            msg = f"{argument}: a column is named by a text, not by {name!r}"
            raise InputError(msg)
    missing = [name for name in wanted if name not in frame.columns]
    if not missing:
        refuse_objects(frame, wanted, argument)
        return
    near = difflib.get_close_matches(missing[0].lower(), [name.lower() for name in frame.columns], n=1)
    hint = next((f" Did you mean '{name}'?" for name in frame.columns if near and name.lower() == near[0]), "")
    listed = ", ".join(f"'{name}'" for name in missing)
    noun, verb = ("column", "is") if len(missing) == 1 else ("columns", "are")
    existing = ", ".join(frame.columns[:40]) + (", ..." if frame.width > 40 else "")
    msg = f"{argument}: {noun} {listed} {verb} not there.{hint} There are: {existing or 'none'}."
    raise UnknownNameError(msg)


def refuse_objects(frame: pl.DataFrame, names: Iterable[str], argument: str = "frame") -> None:
    """Raise an error if a column holds Python objects.

    Example:
        >>> import polars as pl
        >>> refuse_objects(pl.DataFrame({"urn": [100000]}), ["urn"])
    """
    for name in names:
        if frame.schema[name] == pl.Object:
            msg = f"{argument}: column '{name}' holds Python objects, which cannot be read; make it numbers or texts"
            raise InputError(msg)
