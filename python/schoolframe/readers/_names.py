"""Column names compared and written in one way, so that a column is known by its name and never by its place."""

from __future__ import annotations

import re

__all__ = ["key", "snake"]

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")


def key(name: str) -> str:
    """Return the name squeezed to small letters and digits: two spellings of one name have the same key.

    Args:
        name: A column name in any spelling.

    Returns:
        The key; ``%`` counts as the word percent.

    Example:
        >>> key("LA (code)") == key("la_code") == key(" LA CODE ")
        True
    """
    return _NOT_WORD.sub("", name.lower().replace("%", "percent").replace("\ufeff", ""))


def snake(name: str) -> str:
    """Return the name as a column name of ours: lower case, words joined by underscores.

    Args:
        name: A column name in any spelling.

    Returns:
        The name.

    Example:
        >>> [snake(name) for name in ("School name", "TypeOfEstablishment (name)", "RE-BROKERED", "PercentageFSM")]
        ['school_name', 'type_of_establishment_name', 're_brokered', 'percentage_fsm']
    """
    spaced = _CAMEL.sub("_", name.replace("\ufeff", "").replace("%", " percent "))
    return _NOT_WORD.sub("_", spaced.lower()).strip("_")
