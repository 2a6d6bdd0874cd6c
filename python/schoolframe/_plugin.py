"""The only file that registers polars expressions of the native library, and states the flags of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars.plugins import register_plugin_function

from schoolframe import _native
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["expression", "finite", "numbers", "parse_cells"]

# The file itself is named: polars would take the first library it finds in the folder.
_LIBRARY = Path(_native.__file__)


def expression(
    name: str, inputs: Sequence[pl.Expr], rule: str, *, elementwise: bool = True, scalar: bool = False
) -> pl.Expr:
    """Return the expression ``name`` of the native library.

    ``elementwise`` is true where row i of the result depends on row i of the inputs alone; only then may polars cut
    the input into pieces. A rank looks at the whole group and is not elementwise. ``scalar`` is true where a whole
    group has one result.
    """
    return register_plugin_function(
        plugin_path=_LIBRARY,
        function_name=name,
        args=list(inputs),
        kwargs={"rule": rule},
        is_elementwise=elementwise,
        returns_scalar=scalar,
        use_abs_path=True,
    )


def finite(value: IntoNumbers, argument: str) -> pl.Expr:
    """Return the values as they are ranked: Float64, NaN missing; infinite values and texts are errors."""
    checked = register_plugin_function(
        plugin_path=_LIBRARY,
        function_name="finite_numbers",
        args=[numbers(value, argument)],
        is_elementwise=True,
        use_abs_path=True,
    )
    return checked.fill_nan(None)


def numbers(value: IntoNumbers, argument: str) -> pl.Expr:
    """Return an expression from a column name, an expression, a series or a number."""
    if isinstance(value, pl.Expr):
        return value
    if isinstance(value, str):
        return pl.col(value)
    if isinstance(value, bool):
        msg = f"{argument}: a column name, an expression or a number is needed, not {value}"
        raise InputError(msg)
    if value is None or isinstance(value, (int, float)):
        return pl.lit(value, dtype=pl.Float64)
    if isinstance(value, pl.Series):
        return pl.lit(value)
    msg = f"{argument}: a column name, an expression or a number is needed, not {type(value).__qualname__}"
    raise InputError(msg)


def parse_cells(cells: pl.Expr) -> pl.Expr:
    """Return number and code of published cells: ``value`` (Float64) and ``code`` (UInt8, 0 for a number)."""
    return register_plugin_function(
        plugin_path=_LIBRARY, function_name="parse_cells", args=[cells], is_elementwise=True, use_abs_path=True
    )
