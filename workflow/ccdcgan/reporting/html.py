"""HTML pages that need nothing but themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from pymatgen.symmetry.groups import sg_symbol_from_int_number
from pymatgen.util.string import htmlify, unicodeify_spacegroup

__all__ = ["energy", "folded", "formula", "space_group", "write_page"]

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{ title }}</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; color: #222; margin: 1.5rem; }
h1 { font-size: 1.35rem; margin: 0 0 .3rem; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p, li { max-width: 60rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .6rem; border-bottom: 1px solid #ddd; text-align: right; }
td { white-space: pre; vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
thead th { vertical-align: bottom; max-width: 8rem; }
thead tr:last-child th { border-bottom: 2px solid #444; }
th[colspan="2"] { text-align: center; border-bottom: 1px solid #999; }
tbody tr:hover { background: #f3f7fa; }
.folded { display: block; max-width: 15rem; white-space: normal; overflow-wrap: anywhere; }
div.table { overflow-x: auto; }
td.paper { color: #555; background: #f7f7f7; }
</style>
</head>
<body>
<h1>{{ title }}</h1>
{% for paragraph in introduction %}<p>{{ paragraph }}</p>
{% endfor %}
{% for table in tables %}
{% if table.title %}<h2>{{ table.title }}</h2>{% endif %}
<div class="table"><table>
<thead>
{% for row in table.head %}<tr>{% for text, span in row %}<th colspan="{{ span }}">{{ text }}</th>{% endfor %}</tr>
{% endfor %}</thead>
<tbody>
{% for row in table.rows %}<tr>{% for cell in row %}<td{% if loop.index0 in table.paper %} class="paper"{% endif %}>\
{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody>
</table></div>
{% endfor %}
{% if notes %}<h2>Notes</h2>
<ol type="a">
{% for note in notes %}<li>{{ note }}</li>
{% endfor %}</ol>{% endif %}
</body>
</html>
"""


def write_page(
    path: Path | str,
    title: str,
    introduction: list[str],
    tables: list[dict[str, Any]],
    notes: list[str] | None = None,
) -> None:
    """Write a page of tables.

    Parameters
    ----------
    path
        HTML file to write.
    title
        Of the page.
    introduction
        Paragraphs above the tables.
    tables
        Each with ``title``, ``head`` (rows of pairs of text and the columns it spans), ``rows`` (of cells) and
        ``paper`` (numbers of the columns, from 0, that hold the paper's values).
    notes
        Lettered list below the tables.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.from_string(PAGE)
    Path(path).write_text(page.render(title=title, introduction=introduction, tables=tables, notes=notes or []))


def formula(text: str) -> Markup:
    """Chemical formula with subscripts."""
    return Markup(htmlify(text))


def folded(text: str) -> Markup:
    """Text that may go over several lines, broken anywhere, such as a long id."""
    return Markup('<span class="folded">{}</span>').format(text)


def space_group(number: int) -> str:
    """Hermann-Mauguin symbol and number of a space group."""
    return f"{unicodeify_spacegroup(sg_symbol_from_int_number(number))} ({number})"


def energy(value: float) -> str:
    """Energy with three decimals, a true minus sign and no negative zero; a dash for a missing one."""
    return "–" if value != value else f"{value:z.3f}".replace("-", "\N{MINUS SIGN}")
