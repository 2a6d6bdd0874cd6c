"""School ranks that a caller asks estimates for: whole, 1 to 99, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolframe._arguments import require_whole
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ranks_asked"]


def ranks_asked(levels: object, argument: str = "levels") -> list[int]:
    """Return the ranks, checked; 1 is the best.

    Example:
        >>> ranks_asked((50, 20, 5))
        [50, 20, 5]
        >>> ranks_asked([20, 100])
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: levels: a rank from 1, the best, to 99 is needed, not 100
    """
    given: Iterable[object] = levels if isinstance(levels, (list, tuple)) else [levels]
    ranks = [require_whole(one, argument) for one in given]
    if not ranks:
        msg = f"{argument}: name at least one rank from 1, the best, to 99"
        raise InputError(msg)
    for at, rank in enumerate(ranks):
        if not 1 <= rank <= 99:
            msg = f"{argument}: a rank from 1, the best, to 99 is needed, not {rank}"
            raise InputError(msg)
        if rank in ranks[:at]:
            msg = f"{argument}: name each rank once, not {rank} twice"
            raise InputError(msg)
    return ranks
