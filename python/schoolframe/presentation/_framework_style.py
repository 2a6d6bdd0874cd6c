"""The style sheet of the HTML page of a framework."""

from __future__ import annotations

from schoolframe.presentation._style import FONT, HEADER, INK, MUTED, PAPER, RULE, STRONG_GOOD

__all__ = ["STYLE"]

STYLE = f"""\
:root {{ color-scheme: light; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; padding: 1.5rem; max-width: 110rem; background: {PAPER}; color: {INK};
  font: 1rem/1.5 {FONT}, Helvetica, sans-serif; }}
h1 {{ font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }}
h2 {{ font-size: 1.3rem; line-height: 1.25; margin: 2.5rem 0 .5rem; padding-bottom: .25rem;
  border-bottom: 2px solid {RULE}; }}
h3 {{ font-size: 1.05rem; line-height: 1.3; margin: 1.5rem 0 .25rem; }}
p {{ margin: .4rem 0; max-width: 100ch; }}
header p {{ color: {MUTED}; }}
nav h2 {{ margin-top: 1.5rem; border: 0; }}
nav ol {{ columns: 22rem; margin: 0; padding-left: 1.75rem; }}
a {{ color: {STRONG_GOOD}; }}
a:focus-visible, .scroll:focus-visible {{ outline: 3px solid {STRONG_GOOD}; outline-offset: 2px; }}
.skip {{ position: absolute; left: -100rem; }}
.skip:focus {{ position: static; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; min-width: 60rem; table-layout: fixed; margin: .5rem 0 1rem;
  font-size: .875rem; line-height: 1.4; }}
/* The heading above a table says the same; the caption is for those who hear the page. */
caption {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }}
th, td {{ border: 1px solid {RULE}; padding: .35rem .5rem; vertical-align: top; text-align: left;
  overflow-wrap: anywhere; }}
thead th {{ background: {HEADER}; font-weight: bold; vertical-align: bottom; overflow-wrap: normal; }}
tbody th {{ font-weight: bold; }}
td.number {{ font-variant-numeric: tabular-nums; }}
tr:target > *, h3:target {{ box-shadow: inset .25rem 0 0 {STRONG_GOOD}; }}
code {{ font-family: Consolas, "DejaVu Sans Mono", monospace; font-size: .8125rem; }}
.quiet {{ color: {MUTED}; font-size: .8125rem; margin: .25rem 0 0; }}
.mark {{ padding: .1rem .4rem; border-radius: .2rem; -webkit-print-color-adjust: exact; print-color-adjust: exact; }}
.check {{ text-align: center; }}
.box {{ display: inline-block; width: 1rem; height: 1rem; border: 1.5px solid {INK}; border-radius: .15rem; }}
@media print {{
  @page {{ size: A4 landscape; margin: 12mm; }}
  body {{ padding: 0; max-width: none; font-size: 9pt; }}
  table {{ min-width: 0; font-size: 8pt; }}
  code, .quiet {{ font-size: 7.5pt; }}
  thead {{ display: table-header-group; }}
  thead th {{ -webkit-print-color-adjust: exact; print-color-adjust: exact; }}
  tr {{ break-inside: avoid; }}
  h2, h3 {{ break-after: avoid; }}
  .scroll {{ overflow: visible; padding-right: 1px; }}
  th, td {{ padding: .25rem .35rem; }}
  .skip {{ display: none; }}
  a {{ color: inherit; text-decoration: none; }}
}}
"""
"""Colours are those of the workbook; sizes follow the reader's own."""
