"""The errors that schoolframe raises, one base class and four children.

Every message names the file or column, the rule that was broken, the offending value and how often it occurs, with up
to five examples. Each child is also the built-in error a caller would expect, so ``except ValueError`` keeps working.

Example:
    >>> import schoolframe as sf
    >>> issubclass(sf.exceptions.InputError, ValueError)
    True
"""

from __future__ import annotations

__all__ = [
    "FrameworkError",
    "InputError",
    "ReadError",
    "SchoolframeError",
    "UnknownNameError",
    "UnusedColumnWarning",
]


class SchoolframeError(Exception):
    """Base class of every error that schoolframe raises on purpose."""


class InputError(SchoolframeError, ValueError):
    """A column, value or argument breaks a stated rule."""


class ReadError(SchoolframeError, ValueError):
    """A file cannot be read as the product it should be."""


class UnknownNameError(SchoolframeError, LookupError):
    """A name (framework, reading, indicator, sample, column) does not exist; the message lists what does."""


class FrameworkError(SchoolframeError, ValueError):
    """A framework file is wrong; the message names file, line and the nearest valid name."""


class UnusedColumnWarning(UserWarning):
    """A column is not read, and its name is nearly that of one that is."""
