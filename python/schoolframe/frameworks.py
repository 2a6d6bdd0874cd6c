"""School improvement frameworks: rules of a council paper as data, applied to schools."""

from __future__ import annotations

import json
import os
import warnings
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_mapping, require_number, require_text, require_texts, unknown_name
from schoolframe._assignment import Assignment
from schoolframe._frames import as_frame, require_columns
from schoolframe._plugin import expression
from schoolframe.exceptions import InputError, ReadError, UnknownNameError, UnusedColumnWarning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Framework", "frameworks"]

_MAX_BYTES = 4_000_000
"""Largest framework file that is read; the core refuses a longer text."""


def frameworks() -> pl.DataFrame:
    """List the frameworks that come with the package.

    Returns:
        A frame of ``name``, ``authority``, ``title`` (String), ``from_year``, ``to_year`` (Int64), ``categories`` and
        ``phases`` (List of String, categories best first), ``document`` (String).

    Example:
        >>> import schoolframe as sf
        >>> "southend_2017" in sf.frameworks()["name"]
        True
    """
    rows = [(name, _native.Framework.load(name)) for name in _native.Framework.names()]
    return pl.DataFrame(
        {
            "name": [name for name, _ in rows],
            "authority": [framework.authority for _, framework in rows],
            "title": [framework.title for _, framework in rows],
            "from_year": [framework.years[0] for _, framework in rows],
            "to_year": [framework.years[1] for _, framework in rows],
            "categories": [framework.category_ids for _, framework in rows],
            "phases": [framework.phases for _, framework in rows],
            "document": [framework.document for _, framework in rows],
        }
    )


class Framework:
    """A framework under chosen readings and thresholds; it never changes, every ``with_`` returns another one.

    Get one with :meth:`load`. The file format is described in ``docs/frameworks.md``.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> framework = sf.Framework.load("southend_2017")
        >>> schools = pl.DataFrame({"urn": [100000], "ofsted_overall": [2], "safety_threatened": [True]})
        >>> result = framework.assign(schools, phase="primary").frame
        >>> result.select("category", "status").row(0)
        ('Blue', 'candidate')
    """

    def __init__(self, native: _native.Framework) -> None:
        self._native = native

    @classmethod
    def load(cls, name: str | os.PathLike[str], *, readings: Mapping[str, str] | None = None) -> Framework:
        """Load a framework that comes with the package, or one of your own from a TOML file.

        Args:
            name: A name of :func:`frameworks`, or a path (anything that is a path object, ends in ``.toml`` or has a
                folder in it).
            readings: Chosen readings of ambiguities by id, for instance ``{"AMB-S17-MAJ": "B"}``; the others keep
                their default.

        Returns:
            The framework.

        Raises:
            UnknownNameError: For a framework, reading or option that does not exist; the message lists what does.
            FrameworkError: For a file that breaks the format, with file and line and the nearest valid key.
            ReadError: For a path that cannot be read.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("southend_2017", readings={"AMB-S17-MAJ": "B"}).chosen()["AMB-S17-MAJ"]
            'B'
        """
        if not isinstance(name, (str, os.PathLike)):
            msg = f"name: the name of a framework or a path is needed, not {name!r}"
            raise InputError(msg)
        chosen = require_mapping(readings, "readings", "{'AMB-S17-MAJ': 'B'}")
        path = (
            Path(name) if not isinstance(name, str) or name.endswith(".toml") or "/" in name or "\\" in name else None
        )
        if path is None:
            bundled = frameworks()["name"].to_list()
            if name not in bundled:
                raise unknown_name("framework", name, bundled)
            native = _native.Framework.load(str(name))
        else:
            native = _native.Framework.from_toml(_text_of(path), path.name)
        framework = cls(native)
        for reading, option in chosen.items():
            framework = framework.with_reading(reading, option)
        return framework

    @staticmethod
    def new_template(path: str | os.PathLike[str] | None = None) -> str:
        """Return a commented starter file for a framework of your own; see ``docs/authoring.md``.

        Args:
            path: Where to write it; a file that exists is not overwritten.

        Returns:
            The text of the file.

        Raises:
            InputError: If the file exists already or cannot be written.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.new_template().startswith("#")
            True
        """
        from schoolframe._framework_template import new_template  # noqa: PLC0415 needs this module

        return new_template(path)

    @property
    def name(self) -> str:
        """Name of the framework, such as ``southend_2017``."""
        return self._native.id

    @property
    def title(self) -> str:
        """Title of the paper."""
        return self._native.title

    @property
    def authority(self) -> str:
        """The authority whose framework it is."""
        return self._native.authority

    @property
    def phases(self) -> list[str]:
        """Phases that can be assigned."""
        return self._native.phases

    @property
    def category_names(self) -> list[str]:
        """Categories, best first."""
        return self._native.category_ids

    @property
    def content_hash(self) -> str:
        """Hash of the file, the readings and the thresholds: two frameworks with one hash assign alike."""
        return self._native.hash()

    def with_reading(self, reading: str, option: str) -> Framework:
        """Return the framework under another option of an ambiguity.

        Args:
            reading: Id of the reading, see :meth:`readings`.
            option: Letter of the option.

        Returns:
            Another framework.

        Raises:
            UnknownNameError: For a reading or option that does not exist.

        Example:
            >>> import schoolframe as sf
            >>> framework = sf.Framework.load("southend_2017")
            >>> framework.with_reading("AMB-S17-MAJ", "B").content_hash == framework.content_hash
            False
        """
        try:
            native = self._native.with_reading(require_text(reading, "reading", "'AMB-S17-MAJ'"), str(option))
        except UnknownNameError:
            options = self.readings().filter(reading=reading)["option"].to_list()
            if options:
                kind = f"reading '{reading}': option"
                raise unknown_name(kind, option, options) from None
            raise
        return Framework(native)

    def with_threshold(self, name: str, value: float) -> Framework:
        """Return the framework with another value of a threshold.

        Args:
            name: Name of the threshold, see :meth:`thresholds`.
            value: The new value, in the unit of the threshold.

        Returns:
            Another framework.

        Raises:
            UnknownNameError: For a threshold that does not exist.
            InputError: For a value that is no number.
            FrameworkError: For a value that the use of the threshold does not allow.

        Example:
            >>> import schoolframe as sf
            >>> framework = sf.Framework.load("southend_2017")
            >>> name = framework.thresholds()["name"][0]
            >>> framework.with_threshold(name, 4.0).content_hash == framework.content_hash
            False
        """
        require_text(name, "name", "'close_margin'")
        return Framework(self._native.with_threshold(name, require_number(value, f"threshold '{name}'")))

    def without(self, *ids: str) -> Framework:
        """Return the framework without some clauses: criteria, gates, adjustments or rules of other results.

        In a list of conditions a clause drops out; where it stands alone it does not hold.

        Args:
            *ids: Ids of the clauses, see :meth:`criteria` and :meth:`policy`.

        Returns:
            Another framework.

        Raises:
            UnknownNameError: For a clause that does not exist.

        Example:
            >>> import schoolframe as sf
            >>> framework = sf.Framework.load("southend_2017").without("SOU17-ALL-Green-01")
            >>> framework.categories()["counted"].to_list()
            [12, 14, 13, None]
        """
        native = self._native
        for clause in require_texts(ids, "ids"):
            native = native.without(clause)
        return Framework(native)

    def with_clause(self, text: str, *, counts_for: tuple[str, str] | None = None) -> Framework:
        """Return the framework with more entries in its file, written as in ``docs/frameworks.md``.

        Args:
            text: TOML of further tables, such as ``[[criterion]]``; they are added at the end of the file.
            counts_for: Category and id of a criterion that counts for it by best fit.

        Returns:
            Another framework.

        Raises:
            InputError: If ``counts_for`` is no pair of texts.
            FrameworkError: For text that breaks the format; lines count on from the end of the file.
            UnknownNameError: For a category that counts no criteria.

        Example:
            >>> import schoolframe as sf
            >>> clause = '''
            ... [[criterion]]
            ... id = "NEW-1"
            ... category = "Green"
            ... part = "appendix_i"
            ... line = 451
            ... kind = "judgement"
            ... text = "No flag on capacity"
            ... test = { indicator = "capacity_to_improve", is = "good" }
            ... '''
            >>> framework = sf.Framework.load("southend_2017").with_clause(clause, counts_for=("Green", "NEW-1"))
            >>> framework.categories()["counted"].to_list()
            [14, 14, 13, None]
        """
        require_text(text, "text", "'[[criterion]]...'")
        pair = isinstance(counts_for, tuple) and [type(one) for one in counts_for] == [str, str]
        if not (counts_for is None or pair):
            msg = f"counts_for: a pair (category, id) such as ('Green', 'NEW-1') is needed, not {counts_for!r}"
            raise InputError(msg)
        return Framework(self._native.with_clause(text, counts_for))

    def chosen(self) -> dict[str, str]:
        """Return the option in force for each reading.

        Returns:
            Option letters by id of the reading.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("southend_2017").chosen()["AMB-S17-BLUE"]
            'A'
        """
        return dict(self._native.chosen())

    def categories(self) -> pl.DataFrame:
        """List the categories, best first, with label, meaning and source line.

        Returns:
            One row per category.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("southend_2017").categories()["category"].to_list()
            ['Green', 'Amber', 'Red', 'Blue']
        """
        return self._native.listing("categories")

    def criteria(self) -> pl.DataFrame:
        """List every criterion and every rule about the process, with its source line.

        Returns:
            One row per id of the ledger.

        Example:
            >>> import schoolframe as sf
            >>> "SOU17-ALL-Green-01" in sf.Framework.load("southend_2017").criteria()["id"]
            True
        """
        return self._native.listing("criteria")

    def thresholds(self) -> pl.DataFrame:
        """List every threshold with value, unit, use and source line.

        Returns:
            One row per threshold.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("southend_2017").thresholds().height > 0
            True
        """
        return self._native.listing("thresholds")

    def readings(self) -> pl.DataFrame:
        """List the ambiguities of the paper with their options, the default and the option in force.

        Returns:
            One row per option.

        Example:
            >>> import schoolframe as sf
            >>> "AMB-S17-MAJ" in sf.Framework.load("southend_2017").readings()["reading"]
            True
        """
        return self._native.listing("readings")

    def indicators(self) -> pl.DataFrame:
        """List the indicators the framework reads: type, unit, allowed values and range.

        Returns:
            One row per indicator.

        Example:
            >>> import schoolframe as sf
            >>> "coasting_status" in sf.Framework.load("southend_2017").indicators()["indicator"]
            True
        """
        return self._native.listing("indicators")

    def support(self) -> pl.DataFrame:
        """List the support that each category brings.

        Returns:
            One row per item of support.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("southend_2017").support().height > 0
            True
        """
        return self._native.listing("support")

    def policy(self) -> pl.DataFrame:
        """List how criteria become a category, step by step: best fit, then what may change it, then support.

        Returns:
            One row per step, in order.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("southend_2017").policy()["step"].to_list()
            ['best_fit', 'ofsted_category_red', 'blue_trigger', 'support']
        """
        return self._native.listing("policy")

    def process(self) -> pl.DataFrame:
        """List the rules about people, dates and decisions: who confirms a category, when it may change, and so on.

        Returns:
            One row per rule.

        Example:
            >>> import schoolframe as sf
            >>> "movement" in sf.Framework.load("southend_2017").process()["topic"]
            True
        """
        return self._native.listing("process")

    def registers(self) -> pl.DataFrame:
        """List the columns of the printed registers in their order, with the indicator each of them shows.

        Returns:
            One row per column of a register.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("southend_2017").registers()["register"].unique(maintain_order=True).to_list()
            ['secondary_attainment', 'secondary_context', 'primary_attainment', 'primary_context']
        """
        return self._native.listing("registers")

    def references(self) -> pl.DataFrame:
        """List the figures that the paper prints, by indicator and year.

        Returns:
            One row per figure.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> figures = sf.Framework.load("southend_2017").references()
            >>> figures.filter(pl.col("indicator") == "nat_p8", pl.col("year") == 2017)["value"].item()
            -0.03
        """
        return self._native.listing("references")

    def datasets(self) -> pl.DataFrame:
        """List the data that the paper asks for, and what :meth:`dataset` computes from them.

        Returns:
            One row per item of the data the paper asks for.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("southend_2017").datasets()["rule"].drop_nulls().unique().sort().to_list()
            ['code', 'gaps', 'next_benchmark', 'test']
        """
        return self._native.listing("datasets")

    def dataset(self, frame: object, *, phase: str) -> pl.DataFrame:
        """Compute what the paper computes from data without deciding.

        Codes against the national figure, indicative estimates, gaps and the tests of the registers, under the chosen
        readings. National figures come from columns ``nat_x``, or from those the paper prints for the year.

        Args:
            frame: One row per school and year with ``urn``, perhaps ``year``, and columns of indicators.
            phase: The phase whose rules apply, one of :attr:`phases`.

        Returns:
            One row per row of the frame: ``urn``, ``year`` and the columns that :meth:`datasets` names; a coded
            indicator ``x`` has ``x_code`` (above, in_line, below) and ``x_adverse``.

        Raises:
            UnknownNameError: For a phase the framework does not know, or a frame without ``urn``.
            InputError: For values outside those allowed, and for benchmarks that do not rise.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": [100000], "year": [2017], "ks2_exp_rwm_pct": [66.0]})
            >>> coded = sf.Framework.load("southend_2017").dataset(schools, phase="primary")
            >>> coded.select("ks2_exp_rwm_pct_code", "failed_floor_element").row(0)
            ('above', False)
        """
        return self._native.dataset(self._evidence(frame, phase), phase)

    def quantities(self) -> pl.DataFrame:
        """List the numbers of the support: visits, days, meetings or pounds, how often, and at least or at most.

        Returns:
            One row per number of an item of support and category.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> numbers = sf.Framework.load("staffordshire_2008").quantities()
            >>> {"days", "pounds"} <= set(numbers["unit"])
            True
        """
        return self._native.listing("quantities")

    def charges(self) -> pl.DataFrame:
        """List the bands of what a school pays; :meth:`charge` applies them.

        Returns:
            One row per band, none if the paper has no such table.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("staffordshire_2008").charges()["pays"].to_list()
            [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
        """
        return self._native.listing("charges")

    def charge(self, units: float, *, phase: str) -> dict[str, float | bool]:
        """Compute what a school pays for so many days (or whatever the table of the paper counts).

        Args:
            units: How many it receives.
            phase: Phase of the school.

        Returns:
            ``pays`` (how many of them it pays for), ``amount`` in pounds, and ``marked``: whether the table is applied
            to a phase that it is not written for.

        Raises:
            InputError: If the framework has no such table, or none for this phase, or ``units`` is negative.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("staffordshire_2008").charge(23, phase="secondary")
            {'pays': 4.0, 'amount': 1920.0, 'marked': False}
        """
        pays, amount, marked = self._native.charge(
            require_number(units, "units"), require_text(phase, "phase", "'secondary'")
        )
        return {"pays": pays, "amount": amount, "marked": marked}

    def capacity(self) -> pl.DataFrame:
        """List what the authority has to give, what the work is reckoned to take, and lines of its budget.

        Returns:
            One row per figure: ``id``, ``kind`` (available, needed, budget), ``unit``, ``per``, ``text``, ``note``,
            ``amount``, ``line``.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> capacity = sf.Framework.load("staffordshire_2008").capacity()
            >>> capacity.filter(pl.col("id") == "STA08-ALL-FUND-14")["amount"].item()
            170.0
        """
        return self._native.listing("capacity")

    def constraints(self) -> pl.DataFrame:
        """List what cannot be true of a school; values that break it are refused.

        Returns:
            One row per rule.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("southend_2011").constraints().height > 0
            True
        """
        return self._native.listing("constraints")

    def results(self) -> pl.DataFrame:
        """List what else follows for a school beside its category, such as a level of support.

        Returns:
            One row per result, with its values; the rules are steps of :meth:`policy`.

        Example:
            >>> import schoolframe as sf
            >>> "support_level" in sf.Framework.load("staffordshire_2008").results()["result"]
            True
        """
        return self._native.listing("results")

    def to_markdown(self) -> str:
        """Write the framework as Markdown, clause by clause beside its source line, to be checked against the paper.

        Returns:
            The text.

        Example:
            >>> import schoolframe as sf
            >>> "SOU17-ALL-Green-01" in sf.Framework.load("southend_2017").to_markdown()
            True
        """
        from schoolframe.presentation.framework_pages import framework_markdown  # noqa: PLC0415 to the right of this

        return framework_markdown(self)

    def to_html(self) -> str:
        """Write the framework as a page to read or print, with the same content as :meth:`to_markdown`.

        Returns:
            The page, complete in itself.

        Example:
            >>> import schoolframe as sf
            >>> sf.Framework.load("reading_2016").to_html().lower().startswith("<!doctype html>")
            True
        """
        from schoolframe.presentation.framework_pages import framework_html  # noqa: PLC0415 to the right of this

        return framework_html(self)

    def to_excel(self, path: str | os.PathLike[str]) -> Path:
        """Write the framework as a workbook, one sheet for each kind of clause.

        Args:
            path: Where to write it, ending in ``.xlsx``.

        Returns:
            The path.

        Raises:
            InputError: If the path cannot be written; nothing half-written is left.

        Example:
            >>> import tempfile, pathlib
            >>> import schoolframe as sf
            >>> folder = pathlib.Path(tempfile.mkdtemp())
            >>> sf.Framework.load("reading_2016").to_excel(folder / "reading.xlsx").name
            'reading.xlsx'
        """
        from schoolframe.presentation.framework_pages import framework_workbook  # noqa: PLC0415 to the right of this

        return framework_workbook(self, path)

    def lint(self) -> pl.DataFrame:
        """Check the framework over all schools there may be: what a reader of the file should look at.

        Two categories true of one school (``both_true``), schools without a category (``none_true``), clauses that
        never decide (``shadowed``, ``never_decisive``), criteria, thresholds and indicators that nothing uses,
        criteria and values that tell nothing apart, numbers that no line prints, adjustments and readings without
        effect. Most findings come from the paper itself and are no fault of the file; ``docs/frameworks.md`` says what
        each rule finds, what it does not, and how to read it.

        Returns:
            One row per finding: ``rule``, ``subject``, ``message`` (with an example where it takes few values) and
            ``file_line``.

        Raises:
            InputError: For a framework with too many gates, counts or adjustments to be applied.

        Example:
            >>> import schoolframe as sf
            >>> found = sf.Framework.load("southend_2011").lint()
            >>> found.filter(found["rule"] == "none_true")["message"][0][:45]
            'no gate holds and there is no category, for e'
        """
        return self._native.listing("lint")

    def boundary_cases(self) -> pl.DataFrame:
        """Make a school at every threshold, just under it and just over it, for each condition that compares with it.

        About a school no more is known than the comparison takes. Comparisons with a comparator alone (at or above the
        national figure) are there too, without a threshold. Just under and over is a step of 0.1, finer where the limit
        has more decimals, and 1 for whole numbers. Values that an indicator cannot have are left out, and so are
        schools that contradict a constraint. Where a threshold counts years or parts, the school has so many that hold.
        What the cases *should* give is for the author to say, from the paper.

        Returns:
            One row per case: ``urn``, ``threshold``, ``value`` (of the threshold), ``clause``, ``list`` (where the
            clause stands), ``compared`` (``lower`` or ``upper`` bound of a value, ``years`` or ``parts`` that hold,
            sums of ``points``, ``units`` charged), ``indicator``, ``side`` (``under``, ``at``, ``over``), ``reading``
            (the value, or how many hold), ``of``, ``comparator`` and ``comparator_value`` (the threshold is its
            margin), ``passed`` (the comparison) and ``result`` (the clause): true, false or unknown; ``phase``,
            ``line``, and ``school``, a struct of the columns to assign, ``urn`` included.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> framework = sf.Framework.load("southend_2017")
            >>> cases = framework.boundary_cases().filter(pl.col("clause") == "SOU17-ALL-RedII-05")
            >>> cases.select("side", "reading", "result").rows()
            [('under', 24.9, 'true'), ('at', 25.0, 'false'), ('over', 25.1, 'false')]
            >>> schools = cases.select("school").unnest("school")
            >>> framework.assign(schools, phase=cases["phase"][0]).frame.height
            3
        """
        cases, schools = self._native.boundary_cases()
        return cases.with_columns(school=schools.to_struct("school"))

    def assign(
        self,
        frame: object,
        *,
        phase: str,
        invalid: Literal["raise", "null"] = "raise",
        out_of_force: Literal["raise", "null", "allow"] = "raise",
    ) -> Assignment:
        """Put schools into categories, three-valued: what is not known is neither true nor false.

        Columns named after indicators are evidence; see :meth:`indicators`. Earlier years are columns ``_y1`` and
        ``_y2``, or earlier rows of the same ``urn``; columns win. Comparators (``nat_x``, ``la_target_x``,
        ``floor_x``, ``benchmark_x``) are columns too and win over figures of the paper. An indicator without a column,
        or with an empty one, is unknown for every school.

        Args:
            frame: One row per school and year with ``urn``, perhaps ``year``, and columns of indicators.
            phase: The phase whose rules apply, one of :attr:`phases`.
            invalid: What values do that are not allowed or contradict each other (:meth:`constraints`): ``"raise"``
                refuses the frame, ``"null"`` gives the row no category, the status ``invalid`` and the reason.
            out_of_force: The same for years of data in which the framework was not in force (before the summer in
                which it began, or after its last year); ``"allow"`` applies the rules all the same. Earlier rows of a
                school that has a row in force are its earlier years and never raise.

        Returns:
            The assignment.

        Raises:
            UnknownNameError: For a phase the framework does not know, or a frame without ``urn``.
            InputError: For values outside those allowed (NaN is one), values that contradict each other, years out of
                force, a school that occurs twice in a year, or rows whose ``phase`` column names another phase of the
                framework.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": [100000, 100001], "ofsted_overall": [1, 4]})
            >>> sf.Framework.load("southend_2017").assign(schools, phase="secondary").frame["status"].to_list()
            ['undetermined', 'undetermined']
        """
        data = as_frame(frame)
        evidence = self._evidence(data, phase)
        unused = [name for name in data.columns if name not in evidence.columns and name != "phase"]
        self._warn_of_near_names(unused)
        return Assignment(self, self._native.assign(evidence, phase, invalid, out_of_force), unused)

    def expression(self, columns: Iterable[str], *, phase: str) -> pl.Expr:
        """Put schools into categories row by row, as an expression for lazy frames and the streaming engine.

        The same rules as :meth:`assign`, with the whole evidence of a school in its own row: earlier years are columns
        ``_y1`` and ``_y2`` only.

        Args:
            columns: Columns of evidence to read; each must be one that the framework reads.
            phase: The phase whose rules apply.

        Returns:
            A struct expression named ``category``, with the fields of :attr:`Assignment.frame` but ``urn`` and
            ``year``.

        Raises:
            InputError: If no column is named, or one that the framework does not read.
            polars.exceptions.ComputeError: When collected, for values outside those allowed.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.LazyFrame({"ofsted_overall": [2], "safety_threatened": [True]})
            >>> category = sf.Framework.load("southend_2017").expression(schools.collect_schema(), phase="primary")
            >>> schools.select(category.struct.field("category")).collect().item()
            'Blue'
        """
        require_text(phase, "phase", f"'{self.phases[0]}'")
        asked = [name for name in require_texts(columns, "columns") if name not in ("urn", "year")]
        strange = [name for name in asked if not self._native.reads(name)]
        if strange or not asked:
            listed = ", ".join(f"'{name}'{self._meant(name)}" for name in strange) or "none was named"
            msg = f"columns: {self.name} reads no such evidence: {listed}"
            raise InputError(msg)
        if phase not in self.phases:
            self._native.assign(pl.DataFrame({"urn": []}, schema={"urn": pl.Int64}), phase)  # raises, with the list
        rule = {
            "text": self._native.text,
            "file_name": self._native.file_name,
            "readings": self.chosen(),
            "thresholds": dict(self._native.changed_thresholds()),
            "without": self._native.dropped(),
            "added": self._native.added(),
            "phase": phase,
            "columns": asked,
        }
        return expression("assign", [pl.col(name) for name in asked], json.dumps(rule)).alias("category")

    def _evidence(self, frame: object, phase: str) -> pl.DataFrame:
        require_text(phase, "phase", f"'{self.phases[0]}'")
        data = as_frame(frame)
        require_columns(data, ["urn"])
        if data.schema["urn"] == pl.Null and data.height:
            msg = f"column 'urn' must hold whole numbers; all {data.height} values are missing"
            raise InputError(msg)
        self._check_phase(data, phase)
        kept = [name for name in data.columns if name in ("urn", "year") or self._native.reads(name)]
        evidence = data.select(kept)
        for name in kept:
            dtype = evidence.schema[name]
            if not _readable(dtype):
                msg = f"column '{name}' must hold numbers, texts or true and false, not {dtype}"
                raise InputError(msg)
        return evidence

    def _warn_of_near_names(self, unused: list[str]) -> None:
        """Warn of columns that are not read and look like a misspelt name of one that is."""
        for name in unused:
            near = self._near(name)
            if near and not _is_indicator(name):
                msg = f"column '{name}' is not read by {self.name}; did you mean '{near}'?"
                warnings.warn(msg, UnusedColumnWarning, stacklevel=3)

    def _near(self, name: str) -> str | None:
        """Return the name of evidence that a column may have been meant for: the case or a letter differs."""
        near = get_close_matches(name.lower(), self.indicators()["indicator"].to_list(), n=1, cutoff=0.9)
        return near[0] if near else None

    def _meant(self, name: str) -> str:
        near = self._near(name)
        return f" (did you mean '{near}'?)" if near else ""

    def _check_phase(self, data: pl.DataFrame, phase: str) -> None:
        if "phase" not in data.columns or phase not in self.phases:
            return
        others = [other for other in self.phases if other != phase]
        counts = data.filter(pl.col("phase").cast(pl.String).is_in(others))["phase"].cast(pl.String).value_counts()
        if counts.is_empty():
            return
        found = ", ".join(f"{count} {name}" for name, count in sorted(counts.iter_rows()))
        msg = (
            f"column 'phase': the rules of phase '{phase}' were asked for, but the frame holds {found}; "
            f"filter it first, or drop the column to apply them all the same"
        )
        raise InputError(msg)

    def __eq__(self, other: object) -> bool:
        """Two frameworks are equal if text, readings and thresholds are."""
        return isinstance(other, Framework) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        """Hash of :attr:`content_hash`."""
        return hash(self.content_hash)

    def __repr__(self) -> str:
        """Return name, authority and what differs from the defaults."""
        return f"Framework({self.name}: {self.title}, {self.authority}; {self.content_hash})"


def _text_of(path: Path) -> str:
    """Text of a framework file; of one that is too large no more than it takes to say so."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        text = data.decode("utf-8", errors="replace" if len(data) > _MAX_BYTES else "strict")
    except FileNotFoundError as error:
        msg = f"{path}: there is no such file; frameworks of the package are named without '.toml'"
        raise ReadError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{path}: the framework file cannot be read as UTF-8 text: {error}"
        raise ReadError(msg) from error
    return text.replace("\r\n", "\n").replace("\r", "\n") if len(data) <= _MAX_BYTES else text


def _readable(dtype: pl.DataType) -> bool:
    textual = isinstance(dtype, (pl.String, pl.Categorical, pl.Enum))
    return dtype.is_numeric() or textual or isinstance(dtype, (pl.Boolean, pl.Null))


def _is_indicator(name: str) -> bool:
    try:
        _native.resolve_indicator_json(name)
    except UnknownNameError:
        return False
    return True
