"""The optional libraries of workbooks, tables and charts."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["require"]


def require(module: str, purpose: str) -> Any:
    """Return an optional library, or raise an error that says how to get it.

    Args:
        module: Name to import.
        purpose: What it is needed for, to end the sentence "... is needed for".

    Returns:
        The module.

    Raises:
        ImportError: If it is not installed.

    Example:
        >>> require("json", "nothing here").dumps([1])
        '[1]'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name != module.partition(".")[0]:
            raise  # it is there, and something it needs is not
        name = module.partition(".")[0]
        msg = f"{name} is needed for {purpose}: pip install schoolframe[notebook]"
        raise ImportError(msg, name=name) from error
