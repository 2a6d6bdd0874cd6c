"""Ranks of schools that estimates are asked for: whole numbers from 1, the best, to 99."""

from __future__ import annotations

from collections.abc import Iterable

from schoolframe._arguments import require_whole
from schoolframe.exceptions import InputError

__all__ = ["require_levels"]


def require_levels(levels: object, argument: str = "levels") -> list[int]:
    """Return ranks of schools as they are asked for, each once and at least one.

    Example:
        >>> require_levels((50, 20, 5))
        [50, 20, 5]
        >>> require_levels((0,))
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: levels: ranks of schools from 1 (the best) to 99 are needed, not 0
    """
    if isinstance(levels, (str, bytes)) or not isinstance(levels, Iterable):
        msg = f"{argument}: ranks of schools such as (50, 20, 5) are needed, not {levels!r}"
        raise InputError(msg)
    found = [require_whole(level, argument) for level in levels]
    for level in found:
        if not 1 <= level <= 99:
            msg = f"{argument}: ranks of schools from 1 (the best) to 99 are needed, not {level}"
            raise InputError(msg)
    if not found or len(set(found)) != len(found):
        msg = f"{argument}: name at least one rank, each once, not {found}"
        raise InputError(msg)
    return found
