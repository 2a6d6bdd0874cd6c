"""The one door through which frames enter: polars as it is, anything else by the Arrow C stream interface."""

from __future__ import annotations

import polars as pl

from schoolframe.exceptions import InputError

__all__ = ["as_frame"]


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
        InputError: If ``obj`` is none of these.

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
        imported = pl.DataFrame(obj)
        return imported
    msg = (
        f"{argument}: a polars DataFrame or LazyFrame, or an object with the Arrow C stream interface "
        f"(__arrow_c_stream__) is needed, not {type(obj).__module__}.{type(obj).__qualname__}"
    )
    raise InputError(msg)
