"""A framework as a page that a council officer checks against the paper: Markdown, HTML and a workbook.

The same content in three forms: what the framework is, its categories, how one is decided, every clause with its source
line, test and remarks, the numbers and readings in force, support, calendar, data, figures, and an index by line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schoolframe.exceptions import InputError
from schoolframe.presentation._figures import academic_year
from schoolframe.presentation._framework_data import DATA_PARTS
from schoolframe.presentation._framework_facts import Facts
from schoolframe.presentation._framework_html import render_html
from schoolframe.presentation._framework_index import index_by_line
from schoolframe.presentation._framework_markdown import render_markdown
from schoolframe.presentation._framework_page import Page
from schoolframe.presentation._framework_parts import build
from schoolframe.presentation._framework_sections import CATEGORY_PARTS
from schoolframe.presentation._framework_support import SUPPORT_PARTS
from schoolframe.presentation._framework_workbook import write_framework_workbook

if TYPE_CHECKING:
    import os

    from schoolframe.frameworks import Framework

__all__ = ["framework_html", "framework_markdown", "framework_workbook"]


def framework_page(framework: Framework) -> Page:
    """Return the content of the page of a framework.

    Args:
        framework: The framework under the readings and thresholds that the page shall show.

    Returns:
        Its sections, in the order of reading.
    """
    facts = Facts(framework)
    found = [build(part, facts) for part in (*CATEGORY_PARTS, *SUPPORT_PARTS, *DATA_PARTS)]
    sections = [section for section in found if section is not None]
    sections.append(index_by_line(sections, getattr(facts.native, "lines", None)))
    first, last = facts.native.years
    years = f"{academic_year(first)} to {academic_year(last)}"
    return Page(
        framework.title,
        f"{framework.authority}, {years}. Framework {framework.name}, for checking against the paper.",
        tuple(sections),
        created=first - 1,
        authority=framework.authority,
    )


def framework_markdown(framework: Framework) -> str:
    """Return a framework as Markdown, clause by clause.

    Args:
        framework: The framework under the readings and thresholds that the text shall show.

    Returns:
        Text with one table per section; ids and names of columns are set as code.

    Example:
        >>> import schoolframe as sf
        >>> from schoolframe.presentation.framework_pages import framework_markdown
        >>> framework_markdown(sf.Framework.load("southend_2017")).splitlines()[0]
        '# School Performance and Intervention Strategy 2017-19'
    """
    return render_markdown(framework_page(framework))


def framework_html(framework: Framework) -> str:
    """Return a framework as a complete HTML page, clause by clause.

    The page needs nothing from outside, prints on A4 with the headings of tables on every sheet, and can be read by
    a screen reader: every table has a caption, every heading cell its scope, and no colour stands alone.

    Args:
        framework: The framework under the readings and thresholds that the page shall show.

    Returns:
        The page.

    Example:
        >>> import schoolframe as sf
        >>> from schoolframe.presentation.framework_pages import framework_html
        >>> 'id="SOU17-ALL-Green-01"' in framework_html(sf.Framework.load("southend_2017"))
        True
    """
    return render_html(framework_page(framework))


def framework_workbook(framework: Framework, path: str | os.PathLike[str]) -> Path:
    """Write a framework as an Excel workbook, one sheet per section, with room for the officer's remarks.

    The same framework gives the same bytes. The file appears when it is complete; a file that is there is replaced
    then, and not before.

    Args:
        framework: The framework under the readings and thresholds that the workbook shall show.
        path: File to write, with a name that ends in ``.xlsx``. The folder is made if it is not there.

    Returns:
        The path of the workbook.

    Raises:
        ImportError: If xlsxwriter is not installed (``pip install schoolframe[notebook]``).
        InputError: For a name that does not end in ``.xlsx``.
        OSError: If the file cannot be written there; a file that was there stays as it was.

    Example:
        >>> import tempfile, schoolframe as sf
        >>> from schoolframe.presentation.framework_pages import framework_workbook
        >>> framework = sf.Framework.load("southend_2017")
        >>> framework_workbook(framework, tempfile.mkdtemp() + "/southend.xlsx").name
        'southend.xlsx'
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        msg = f"path: the workbook needs a name that ends in .xlsx, not '{target.name}'"
        raise InputError(msg)
    write_framework_workbook(framework_page(framework), target)
    return target
