"""Real published data of England, bundled with the package: no download, no invented school.

Every function returns what the reader of that product returns, so that an example runs on a sample exactly as it runs
on an analyst's own files. The data are cut to key columns; what a sample lacks is said at its function.

All data: Crown copyright, Open Government Licence v3.0, see :func:`licence`. Years are the calendar years in which an
academic year ends: 2019 is 2018/19.

=============================  =====================================================================================
Function                       Content
=============================  =====================================================================================
:func:`ks2`, :func:`ks4`       performance tables, all schools of England, 2016 to 2019
:func:`ks2_levels`             performance tables of the years before, levels and two levels of progress, 2013
:func:`surrey_ks2`, ``_ks4``   performance tables of one authority with every column and pupil group, 2017 to 2019
:func:`inspections`            graded inspections of all schools, 2005 to 2020
:func:`register`               list of schools, 2018
:func:`links`                  predecessors and successors of schools, 2021
:func:`absence`                overall and persistent absence by school, 2013 and 2019
:func:`exclusions`             exclusions by school, authority, region and country, 2016 and 2017
:func:`census`                 pupils on roll, special needs, language, free school meals, 2019
:func:`attainment8_estimates`  Attainment 8 by prior attainment, 2022 to 2024
:func:`transition_matrices`    key stage 2 band to GCSE grade, counts of pupils by subject and group, 2021 to 2023
:func:`statistical_neighbours`  the ten statistical neighbours of every authority, 2025
:func:`authorities`            numbers, names, regions and types of the authorities
:func:`authority_indicators`   key figures of authorities, regions and England, 2016 to 2025
:func:`southend`               an indicator frame of one authority, made of the samples above
=============================  =====================================================================================

Example:
    >>> import schoolframe as sf
    >>> sf.samples.ks2()
    PerformanceTables(ks2 2016, 2017, 2018, 2019: 65,194 schools, 0 authorities, 8 national rows)
"""

from __future__ import annotations

import gzip
from importlib import resources
from typing import TYPE_CHECKING

import polars as pl

from schoolframe import readers
from schoolframe._arguments import require_whole
from schoolframe.exceptions import InputError
from schoolframe.indicators import indicator_frame
from schoolframe.samples import _files

if TYPE_CHECKING:
    from schoolframe.readers import PerformanceTables

__all__ = [
    "absence",
    "attainment8_estimates",
    "authorities",
    "authority_indicators",
    "census",
    "exclusions",
    "inspections",
    "ks2",
    "ks2_levels",
    "ks4",
    "licence",
    "links",
    "register",
    "southend",
    "statistical_neighbours",
    "surrey_ks2",
    "surrey_ks4",
    "transition_matrices",
]

_SPANS = ("2015-2016", "2016-2017", "2017-2018", "2018-2019")
_SOUTHEND = "882"


def ks2() -> PerformanceTables:
    """Key stage 2 performance tables of all schools in England, 2016 to 2019.

    Source: Department for Education, primary school performance tables 2015/16 to 2018/19, extracts of all England.
    65,194 rows of schools (16,162, 16,313, 16,364, 16,355), two rows for England a year (all and state-funded schools,
    from the same publications; those of 2016 are what the tables of 2017 carry of the year before).

    Columns: eligible pupils (TELIG); expected and higher standard in reading, writing and maths together (PTRWM_EXP,
    PTRWM_HIGH), in reading, in maths and in grammar, punctuation and spelling; average scaled scores; progress in
    reading, writing and maths (READPROG, WRITPROG, MATPROG), with published bands (..PROG_DESCR) from 2018.

    Not in these extracts: confidence intervals; attainment in 2019; attainment in writing by itself in the rows of
    schools; pupil groups. :func:`surrey_ks2` has all of them for one authority. Eight school rows have no authority:
    schools that closed before the lists of schools begin.

    Returns:
        What ``read_performance_tables`` returns.

    Example:
        >>> import schoolframe as sf
        >>> southend = sf.samples.ks2().schools.filter(la="882", year=2018)
        >>> southend.height, southend["READPROG"].count()
        (33, 31)
    """
    return _files.performance(*(f"england_{span}_ks2.csv.gz" for span in _SPANS))


def ks4() -> PerformanceTables:
    """Key stage 4 performance tables of all schools in England, 2016 to 2019.

    Source: Department for Education, secondary school performance tables 2015/16 to 2017/18, extracts of all England,
    and the provisional release of 2018/19. 21,748 rows of schools (5,335, 5,399, 5,519, 5,495), 155 rows of authorities
    (2019), two rows for England a year (all and state-funded schools, from the same publications; those of 2016 are
    what the tables of 2017 carry of the year before).

    Columns: pupils (TPUP), Attainment 8, Progress 8, English Baccalaureate entry, English and maths at grade 5 or above
    from 2017 (PTL2BASICS_95; A* to C in 2016, PTL2BASICS_LL_PTQ_EE), published bands from 2018; 2019 also has
    confidence intervals, Progress 8 before adjustment (.._ORIG), grade 4 measures, type of school.

    Not in these extracts: confidence intervals before 2019; English and maths at grade 4 in 2017 and 2018; pupil
    groups. :func:`surrey_ks4` has all of them for one authority. 2019 is provisional: final figures differ a little,
    and all figures of independent schools are ``NA``. In 2016 to 2018 a percentage of 0 of an independent school can
    mean that nobody was entered. 52 school rows have no authority.

    Returns:
        What ``read_performance_tables`` returns.

    Example:
        >>> import schoolframe as sf
        >>> tables = sf.samples.ks4()
        >>> tables.schools.filter(urn=136443, year=2019).select("P8MEA", "P8CILOW", "P8CIUPP", "P8_BANDING").row(0)
        (0.53, 0.33, 0.73, 1.0)
    """
    names = [f"england_{span}_ks4.csv.gz" for span in _SPANS[:-1]]
    return _files.performance(*names, "england_2018-2019_ks4provisional.csv.gz")


def ks2_levels() -> PerformanceTables:
    """Key stage 2 performance tables of 2013, when attainment was still in levels.

    Source: Department for Education, primary school performance tables 2012/13, all England, selected columns. 16,036
    rows of schools and two for England.

    Columns: pupils making two levels of progress in reading, writing and maths (PT2READ12, PT2WRITTA12, PT2MATH12),
    average point score and level (TAPS, AVGLEVEL), disadvantaged pupils, prior attainment. Not in it: attainment at
    level 4, pupil groups.

    Returns:
        What ``read_performance_tables`` returns.

    Example:
        >>> import schoolframe as sf
        >>> sf.samples.ks2_levels().national.select("population", "PT2READ12", "PT2MATH12").rows()
        [('all', 88.0, 88.0), ('state_funded', 88.0, 88.0)]
    """
    return _files.performance("england_2012-2013_ks2final.csv.gz")


def surrey_ks2() -> PerformanceTables:
    """Key stage 2 performance tables of Surrey (936) as published, every column, 2017 to 2019.

    Source: Department for Education, primary school performance tables 2016/17 to 2018/19, final, the download of one
    authority, byte for byte: 706 rows of schools, one of the authority and two for England a year, 290, 326 and 318
    columns: every pupil group, confidence intervals, suppression codes.

    Returns:
        What ``read_performance_tables`` returns; ``codes`` has the suppressed cells.

    Example:
        >>> import schoolframe as sf
        >>> school = sf.samples.surrey_ks2().schools.filter(urn=139721, year=2019)
        >>> school.select("READPROG", "READPROG_LOWER", "READPROG_UPPER", "READPROG_DESCR").row(0)
        (6.5, 4.1, 8.8, 1.0)
    """
    return _files.performance(*(f"{span}_936_ks2final.csv.gz" for span in _SPANS[1:]))


def surrey_ks4() -> PerformanceTables:
    """Key stage 4 performance tables of Surrey (936) as published, every column, 2017 to 2019.

    Source: Department for Education, secondary school performance tables 2016/17 to 2018/19, final, the download of one
    authority, byte for byte: 384 rows of schools, one of the authority and two for England a year, 416, 496 and 507
    columns: every pupil group, confidence intervals, suppression codes.

    Returns:
        What ``read_performance_tables`` returns; ``codes`` has the suppressed cells.

    Example:
        >>> import schoolframe as sf
        >>> tables = sf.samples.surrey_ks4()
        >>> tables.national.filter(year=2018, population="state_funded").select("P8MEA_FSM6CLA1A", "DIFFN_P8MEA").row(0)
        (-0.44, None)
    """
    return _files.performance(*(f"{span}_936_ks4final.csv.gz" for span in _SPANS[1:]))


@_files.bundled
def inspections() -> pl.DataFrame:
    """Graded inspections of schools in England, 2005 to 2020.

    Sources: Ofsted. ``graded_inspections_2005-2020.csv``: a compilation of 60,134 graded inspections of 20,614 schools
    from 12 September 2005 to 26 February 2020, complete, overall grade and date only, dates usually one day before
    those of Ofsted's snapshots. ``ofsted_latest_2018-07-31.csv``: Ofsted's snapshot of 31 July 2018, its rows of 4,488
    schools of which the compilation has nothing up to that day; these are mostly academies that had not been inspected
    since they converted and carry what their predecessor got. Where the snapshot's date is that of a short inspection,
    the grade is older.

    Returns:
        What ``read_inspections`` returns; ``source_file`` tells the two apart.

    Example:
        >>> import schoolframe as sf
        >>> sf.samples.inspections().filter(urn=114718).select("inspection_date", "grade_label").row(-1)
        (datetime.date(2013, 6, 20), 'good')
    """
    return _files.through(
        readers.read_inspections, "graded_inspections_2005-2020.csv.gz", "ofsted_latest_2018-07-31.csv.gz"
    )


@_files.bundled
def register() -> pl.DataFrame:
    """The list of schools of 2017/18.

    Source: Department for Education, list of schools that comes with the performance tables of 2017/18, without
    addresses: 26,078 schools of every kind and phase, open, closed in the year or proposed to open.

    Returns:
        What ``read_school_register`` returns.

    Example:
        >>> import schoolframe as sf
        >>> sf.samples.register().filter(la="882")["phase"].value_counts(sort=True).head(2).rows()
        [('primary', 33), ('secondary', 14)]
    """
    return _files.register()


@_files.bundled
def links() -> pl.DataFrame:
    """Links between schools: who came before and after whom.

    Source: Department for Education, register of schools, links between establishments, 2021: 29,817 links, complete.

    Returns:
        What ``read_urn_links`` returns; without the names of schools.

    Example:
        >>> import schoolframe as sf
        >>> sf.samples.links().filter(urn=114793).select("linked_urn", "direction").rows()
        [(144694, 'successor')]
    """
    return _files.through(readers.read_urn_links, "links_2021.csv.gz")


@_files.bundled
def absence() -> pl.DataFrame:
    """Overall and persistent absence by school, 2013 and 2019.

    Source: Department for Education, absence table of the performance tables 2012/13 and 2018/19, complete. Persistent
    absence is from 15% of sessions missed in 2013 and from 10% in 2019; the two must not be compared.

    Returns:
        What ``read_absence`` returns.

    Example:
        >>> import schoolframe as sf
        >>> frame = sf.samples.absence()
        >>> frame.group_by("year", "level").len().sort("year", "level").rows()[-1]
        (2019, 'school', 21214)
    """
    names = [f"england_{span}_absence.csv.gz" for span in ("2012-2013", "2018-2019")]
    return _files.through(readers.read_absence, *names)


@_files.bundled
def exclusions() -> pl.DataFrame:
    """Exclusions by school, authority, region and country, 2016 and 2017.

    Source: Department for Education, permanent and fixed-period exclusions in England 2016/17, underlying data, two of
    its years, without codes of areas. Schools are keyed by authority and establishment number.

    Returns:
        What ``read_exclusions`` returns.

    Example:
        >>> import schoolframe as sf
        >>> england = sf.samples.exclusions().filter(level="national", school_type="Total", year=2017)
        >>> england.select("perm_excl", "fixed_excl_rate").row(0)
        (7720.0, 4.76)
    """
    return _files.through(readers.read_exclusions, "exclusions_2015-2017.csv.gz")


@_files.bundled
def census() -> pl.DataFrame:
    """Pupils on roll by school with special needs, first language and free school meals, January 2019.

    Source: Department for Education, census table of the performance tables 2018/19, key columns: 23,939 schools of
    every phase and three rows for England.

    Returns:
        What ``read_census`` returns.

    Example:
        >>> import schoolframe as sf
        >>> sf.samples.census().filter(urn=114718).select("roll", "fsm_ever6_pct").row(0)
        (480, 16.0)
    """
    return _files.through(readers.read_census, "england_2018-2019_census.csv.gz")


@_files.bundled
def attainment8_estimates() -> pl.DataFrame:
    """Attainment 8 and its elements by key stage 2 prior attainment, 2022 to 2024.

    Source: Department for Education, key stage 4 ready reckoners: national averages of the 34 prior attainment groups,
    2021/22 and 2022/23 revised, 2023/24 provisional. The groups are ranges of the mean of the reading and maths scaled
    scores, in steps of 0.5; both ends are inside.

    Returns:
        102 rows: ``year`` (Int32), ``release``, ``group`` (Int32, 1 to 34), ``ks2_low``, ``ks2_high`` (ends of the
        range), ``a8``, ``english``, ``maths`` (both doubled), ``ebacc``, ``open`` (points), ``ebacc_slots`` and
        ``open_slots`` (average number of slots filled, of 3), all Float64.

    Example:
        >>> import schoolframe as sf
        >>> sf.samples.attainment8_estimates().filter(year=2023, group=19).select("ks2_low", "ks2_high", "a8").row(0)
        (104.5, 105.0, 45.55)
    """
    numbers = ("ks2_low", "ks2_high", "a8", "english", "maths", "ebacc", "open", "ebacc_slots", "open_slots")
    text = gzip.decompress(_files.read_bytes("attainment8_estimates.csv.gz"))
    whole = {"year": pl.Int32, "group": pl.Int32}
    return pl.read_csv(text, schema_overrides={**whole, **dict.fromkeys(numbers, pl.Float64)})


def transition_matrices(year: int | None = None) -> pl.DataFrame:
    """Transition matrices of key stage 2 to GCSE: how many pupils of each band reached each grade, 2021 to 2023.

    Source: Department for Education, key stage 2 to key stage 4 transition matrices, GCSEs graded 9 to 1, national,
        2020/21
    final, 2021/22 and 2022/23 revised: every subject and pupil group, counts only. The bands are ranges of the mean of
    the reading and maths scaled scores in steps of 0.5, both ends inside; ``Less than 80`` begins at 59, the lowest
    score of the Department's estimates of these years. Nothing is suppressed or rounded in the originals: in every row
    the counts add up to ``pupils``, and the groups of every characteristic to all pupils. A band that nobody of a
    subject is in has no row.

    The years differ. Grades of 2021 were assessed by teachers and those of 2022 graded leniently, see
    :class:`schoolframe.GradeChances`; 2021 does not count pupils without a result because of Covid; subjects are
    grouped and spelt otherwise in 2021 (``Art & Design``, ``Business Studies``, ``Ancient Languages``) than later
    (``Art and Design``, ``Business``, ``Latin``).

    Args:
        year: Results year: 2021, 2022 or 2023; all of them by default.

    Returns:
        One row for each year, pupil group, subject and band: ``year`` (Int32), ``release`` (``final``, ``revised``),
        ``group_type`` (``Gender``, ``Disadvantage``, ``EAL``, ``SEN`` or ``All Pupils``), ``group``, ``subject``,
        ``band`` (String, as published), ``ks2_low``, ``ks2_high`` (Float64, ends of the band), ``U``, ``1`` to ``9``,
        ``no_result``, ``covid_impacted`` (missing in 2021) and ``pupils``, all of them (Int64).

    Raises:
        InputError: For a year without a matrix.

    Example:
        >>> import schoolframe as sf
        >>> matrix = sf.samples.transition_matrices(2023).filter(group="All Pupils", subject="Mathematics")
        >>> matrix.filter(band="100 - 102").select("ks2_low", "ks2_high", "4", "no_result", "pupils").row(0)
        (100.0, 102.0, 19108, 572, 58428)
    """
    frame = _transition_matrices()
    if year is None:
        return frame
    years = frame["year"].unique().sort().to_list()
    wanted = require_whole(year, "year")
    if wanted not in years:
        msg = f"year: there are transition matrices of {', '.join(map(str, years))}, not of {wanted}"
        raise InputError(msg)
    return frame.filter(pl.col("year") == wanted)


@_files.bundled
def _transition_matrices() -> pl.DataFrame:
    text = gzip.decompress(_files.read_bytes("transition_matrices_2021-2023.csv.gz"))
    frame = pl.read_csv(text, infer_schema=False)
    band = pl.col("ks2_prior")
    grades = [pl.col(f"num_{grade.lower()}").alias(grade) for grade in ("U", *map(str, range(1, 10)))]
    counts = [*grades, pl.col("num_x").alias("no_result"), pl.col("num_covid_impacted").alias("covid_impacted")]
    ends = band.str.split(" - ").list
    lowest = band == "Less than 80"
    return frame.select(
        # 202021 is 2020/21.
        (pl.col("time_period").str.head(4).cast(pl.Int32) + 1).alias("year"),
        pl.col("version").str.to_lowercase().alias("release"),
        pl.col("characteristic_type").alias("group_type"),
        pl.col("characteristic_value").alias("group"),
        pl.col("subjects").alias("subject"),
        band.alias("band"),
        pl.when(lowest)
        .then(59.0)
        .otherwise(ends.get(0, null_on_oob=True).cast(pl.Float64, strict=False))
        .alias("ks2_low"),
        pl.when(lowest)
        .then(79.5)
        .otherwise(ends.get(1, null_on_oob=True).cast(pl.Float64, strict=False))
        .alias("ks2_high"),
        *(count.cast(pl.Int64) for count in counts),
        pl.col("all_grades").cast(pl.Int64).alias("pupils"),
    )


@_files.bundled
def statistical_neighbours() -> pl.DataFrame:
    """The ten statistical neighbours of every local authority, May 2025.

    Source: Department for Education, local authority interactive tool, list of statistical neighbours.

    Returns:
        What ``read_statistical_neighbours`` returns: one row per authority and neighbour.

    Example:
        >>> import schoolframe as sf
        >>> near = sf.samples.statistical_neighbours().filter(la="882", rank=1)
        >>> near.select("neighbour_name", "closeness").row(0)
        ('Bournemouth, Christchurch and Poole', 'very_close')
    """
    name = "statistical_neighbours_2025-05.xlsx"
    return _files.through(readers.read_statistical_neighbours, name)


@_files.bundled
def authorities() -> pl.DataFrame:
    """The local authorities of England with number, name, region and type.

    Source: Department for Education, list of local authorities of the local authority interactive tool; codes of the
    Office for National Statistics from the list of authorities in force.

    Returns:
        ``la``, ``la_name``, ``region``, ``la_type`` (as published: OLB and ILB London boroughs, MD metropolitan
        districts, UA unitary authorities, CTY counties ...) and ``la_ons_code`` (String), ordered by ``la``.

    Example:
        >>> import schoolframe as sf
        >>> sf.samples.authorities().filter(la="882").select("la_name", "region").row(0)
        ('Southend-on-Sea', 'East of England')
    """
    return pl.read_csv(gzip.decompress(_files.read_bytes("authorities.csv.gz")), infer_schema=False)


@_files.bundled
def authority_indicators() -> pl.DataFrame:
    """Key figures of authorities, regions and England, 2016 to 2025.

    Source: Department for Education, local authority interactive tool, back data: 22 of its 434 indicators: early
    years, key stages 1, 2 and 4, disadvantaged pupils, absence, exclusions.

    Returns:
        What ``read_lait`` returns.

    Example:
        >>> import schoolframe as sf
        >>> frame = sf.samples.authority_indicators()
        >>> frame.filter(la="882", indicator="AVG_Attain8_Score", year=2019)["value"].item()
        52.4
    """
    return _files.through(readers.read_lait, "lait_2016-2025.csv.gz")


@_files.bundled
def southend() -> pl.DataFrame:
    """The indicator frame of Southend-on-Sea (882), 2016 to 2019, made of the samples.

    Key stages 2 and 4, graded inspections before 1 September of the results year (of the predecessor where a school has
    none of its own), absence and census of 2019, exclusions of 2016 and 2017, phases of the list of schools. The years
    2016 to 2018 have the schools of the tables; 2019 also has infant, special and independent schools, which are in the
    census and the absence table. Primary schools that changed their number before the list of 2018 have no phase in the
    years before.

    Returns:
        What :func:`schoolframe.indicator_frame` returns, for one authority.

    Example:
        >>> import schoolframe as sf
        >>> frame = sf.samples.southend()
        >>> frame.filter(urn=136443).select("year", "p8", "p8_ci_low", "ofsted_overall").row(-1)
        (2019, 0.53, 0.33, 1)
    """
    one = pl.col("la") == _SOUTHEND
    later = pl.col("year") > 2013  # absence of 2013 has no tables beside it
    frame = indicator_frame(
        [ks2(), ks4()],
        inspections=inspections(),
        census=census().filter(one | (pl.col("level") == "national")),
        absence=absence().filter((one | (pl.col("level") == "national")) & later),
        exclusions=exclusions().filter(one),
        register=register(),
        links=links(),
    )
    frame = frame.filter(one)
    return frame.select(name for name in frame.columns if frame[name].is_not_null().any())


def licence() -> str:
    """Return the notice that has to stand beside any use of the samples.

    Returns:
        The attribution and what was done to the data.

    Example:
        >>> import schoolframe as sf
        >>> "Open Government Licence v3.0" in sf.samples.licence()
        True
    """
    return resources.files(__package__).joinpath("LICENCE-OGL.txt").read_text(encoding="utf-8")
