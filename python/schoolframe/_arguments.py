"""Arguments that are no frames: what they must be, said by name before anything is computed."""

from __future__ import annotations

import difflib
import math
import operator
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from schoolframe.exceptions import InputError, UnknownNameError

__all__ = [
    "known_keys",
    "require_confidence",
    "require_finite",
    "require_flag",
    "require_mapping",
    "require_number",
    "require_numbers",
    "require_text",
    "require_texts",
    "require_whole",
    "require_word",
    "unknown_name",
]


def require_text(value: object, argument: str, example: str) -> str:
    """Return a text, or raise an error that names the argument.

    Example:
        >>> require_text("primary", "phase", "'primary'")
        'primary'
    """
    if isinstance(value, str):
        return value
    msg = f"{argument}: a text such as {example} is needed, not {value!r}"
    raise InputError(msg)


def require_number(value: object, argument: str) -> float:
    """Return a number, or raise an error that names the argument; a text with digits is none.

    Example:
        >>> require_number(3, "units")
        3.0
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        msg = f"{argument}: a number is needed, not {value!r}"
        raise InputError(msg)
    try:
        return float(value)
    except OverflowError:
        msg = f"{argument}: a number between -1.8e308 and 1.8e308 is needed, not {_shown(value)}"
        raise InputError(msg) from None


def require_finite(value: object, argument: str) -> float:
    """Return a number that is neither infinite nor NaN, or raise an error that names the argument.

    Example:
        >>> require_finite(0.13, "national")
        0.13
    """
    number = require_number(value, argument)
    if not math.isfinite(number):
        msg = f"{argument}: a finite number is needed, not {value!r}"
        raise InputError(msg)
    return number


def require_numbers(value: object, argument: str) -> list[float]:
    """Return numbers as a list, or raise an error that names the argument; one number alone is no list.

    Example:
        >>> require_numbers((0.95, 0.998), "levels")
        [0.95, 0.998]
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        msg = f"{argument}: a list of numbers is needed, not {value!r}"
        raise InputError(msg)
    return [require_number(one, argument) for one in value]


def require_confidence(value: object) -> float:
    """Return the level of an interval, or raise an error that names the argument.

    Example:
        >>> require_confidence(0.95)
        0.95
    """
    level = require_number(value, "confidence")
    # So near to 1 that the share below the upper end is 1, an interval has no end.
    if not (level > 0 and 0.5 + level / 2 < 1):
        msg = f"confidence must lie between 0 and 1, not {value!r}"
        raise InputError(msg)
    return level


def require_flag(value: object, argument: str) -> bool:
    """Return true or false, or raise an error that names the argument.

    Example:
        >>> require_flag(True, "fixed")
        True
    """
    if isinstance(value, bool):
        return value
    msg = f"{argument}: True or False is needed, not {value!r}"
    raise InputError(msg)


def require_word(value: object, argument: str, words: Sequence[str]) -> str:
    """Return one of the words that an argument may be, or raise an error that lists them.

    Example:
        >>> require_word("points", "unit", ("points", "relative"))
        'points'
        >>> require_word(None, "unit", ("points", "relative"))
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: unit: one of 'points', 'relative' is needed, not None
    """
    if not isinstance(value, str):
        msg = f"{argument}: one of {', '.join(repr(word) for word in words)} is needed, not {value!r}"
        raise InputError(msg)
    if value not in words:
        raise unknown_name(argument, value, words)
    return value


def require_whole(value: object, argument: str, least: int = -(2**63)) -> int:
    """Return a whole number of 64 bits, or raise an error that names the argument; true and false are none.

    Example:
        >>> require_whole(100000, "urn")
        100000
    """
    try:
        whole = operator.index(value)  # type: ignore[arg-type]  # anything may come; what is no number raises
    except TypeError:
        whole = None
    if whole is None or isinstance(value, bool):
        msg = f"{argument}: a whole number is needed, not {value!r}"
        raise InputError(msg)
    if not least <= whole < 2**63:
        lowest = "-2^63" if least == -(2**63) else str(least)
        msg = f"{argument}: a whole number from {lowest} to 2^63 - 1 is needed, not {_shown(whole)}"
        raise InputError(msg)
    return whole


def _shown(value: object) -> str:
    """Return a number as it is; of one too long to read, or to be printed at all, how long it is."""
    bits = value.bit_length() if isinstance(value, int) else 0
    return f"one of {bits:,} bits" if bits > 128 else reprlib.repr(value)


def require_mapping(value: object, argument: str, example: str) -> Mapping[str, Any]:
    """Return a mapping, an empty one for None, or raise an error that names the argument.

    Example:
        >>> require_mapping(None, "readings", "{'AMB-S17-MAJ': 'B'}")
        {}
    """
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    msg = f"{argument}: a mapping such as {example} is needed, not {value!r}"
    raise InputError(msg)


def require_texts(value: object, argument: str) -> list[str]:
    """Return texts as a list; one text alone is a list of one, not of its letters.

    Example:
        >>> require_texts("with_package", "variants")
        ['with_package']
    """
    given = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    found: list[str] = []
    for one in given:
        if not isinstance(one, str):
            msg = f"{argument}: texts are needed, not {one!r}"
            raise InputError(msg)
        found.append(one)
    return found


def known_keys(given: object, argument: str, names: Iterable[object], also: Iterable[object] = ()) -> None:
    """Raise an error for a key of a mapping that is neither among the names asked for nor ``also``; others are no keys.

    Example:
        >>> known_keys({"P8": "n"}, "n: figure", ["p8"])
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.UnknownNameError: n: figure 'P8' does not exist. Did you mean 'p8'? There are: p8.
    """
    there = list(names)
    for name in given if isinstance(given, Mapping) else ():
        if name not in there and name not in also:
            raise unknown_name(argument, name, there)


def unknown_name(kind: str, name: object, existing: Iterable[object], most: int = 30) -> UnknownNameError:
    """Return the error for a name that does not exist, with the nearest one and those that do.

    A name that is part of another one, whatever the case, is near to it.

    Example:
        >>> str(unknown_name("framework", "derby", ["reading_2016", "derby_winners"]))
        "framework 'derby' does not exist. Did you mean 'derby_winners'? There are: reading_2016, derby_winners."
    """
    there = [str(one) for one in existing]
    asked = str(name).lower()
    near = [one for one in there if asked and asked in one.lower()]
    if not near:
        closest = difflib.get_close_matches(asked, [one.lower() for one in there], n=1)
        near = [one for one in there if one.lower() in closest]
    hint = f" Did you mean {' or '.join(repr(one) for one in near[:3])}?" if near else ""
    more = f", and {len(there) - most:,} more" if len(there) > most else ""
    return UnknownNameError(
        f"{kind} '{name}' does not exist.{hint} There are: {', '.join(there[:most]) or 'none'}{more}."
    )
