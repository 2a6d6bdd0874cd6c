"""A starter file for a framework of one's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    import os

__all__ = ["new_template"]


def new_template(path: str | os.PathLike[str] | None = None) -> str:
    """Return a commented framework file to start from: a small working example of three categories.

    The authority in it is invented. Every section is explained beside it, and the end of the file says how to test it.

    Args:
        path: A new file to write it to as well; its folder is made if it is not there.

    Returns:
        The text of the file.

    Raises:
        InputError: If the file is there already (it stays as it is), or cannot be written.

    Example:
        >>> import tempfile, schoolframe as sf
        >>> from schoolframe._framework_template import new_template
        >>> path = tempfile.mkdtemp() + "/my_framework.toml"
        >>> text = new_template(path)
        >>> sf.Framework.load(path).category_names
        ['A', 'B', 'C']
    """
    text = (files("schoolframe") / "templates" / "framework.toml").read_text(encoding="utf-8")
    if path is not None:
        target = Path(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError as error:
            if not target.exists():
                msg = f"{target}: its folder is a file"
                raise InputError(msg) from error
            msg = f"{target}: there is a file or folder already, and it is not overwritten; choose another name"
            raise InputError(msg) from error
        except OSError as error:
            msg = f"{target}: the template cannot be written there: {error.strerror}"
            raise InputError(msg) from error
    return text
