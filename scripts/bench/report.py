"""The figures as people read them, ratios first, and as JSON."""

import json
import platform

from bench.contestants import bits
from bench.rows import SECTIONS
from firmware import freeze, versions

_HEAD = ("ours / m2", "goal", "", "ours", "m2", "", "")
_WIDTHS = (10, 12, 4, 11, 11, 4)


def conditions():
    """What the figures depend on besides the code."""
    return {
        "framework": freeze.revision(),
        "reference": "microdot 2.7.0",
        "micropython": f"{versions.resolve()}, {bits()} bits",
        "cpython": platform.python_version(),
    }


def lines(results):
    """The report as lines, section by section; `results` maps rows to their `Figures`."""
    yield ", ".join(f"{name} {value}" for name, value in conditions().items())
    for heading, rows in SECTIONS.items():
        measured = [row for row in rows if row in results]
        if measured:
            yield ""
            yield heading
            yield _columns(_HEAD)
        for row in measured:
            yield from _line(row, results[row])


def _line(row, figures):
    met = row.goal and row.goal.met(figures)
    yield _columns((
        "-" if figures.ratio is None else f"{figures.ratio:.2f}",
        _goal(row),
        {True: "yes", False: "no", None: ""}[met],
        number(figures.ours),
        number(figures.reference),
        row.unit,
        row.title,
    ))  # fmt: skip
    if figures.note:
        yield " " * (sum(_WIDTHS) + len(_WIDTHS)) + f"({figures.note})"


def _columns(words):
    *columns, title = words
    return " ".join(f"{word:>{width}}" for word, width in zip(columns, _WIDTHS)) + f"  {title}"


def _goal(row):
    if not row.goal:
        return ""
    return f"{row.goal.sign} {number(row.goal.limit)}{'' if row.goal.of == 'ratio' else ' ' + row.unit}".rstrip()


def number(value):
    """`value` as short as it says enough: 1.87, 17,200."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def as_json(results):
    """The same for machines."""
    rows = [
        {
            "key": row.key,
            "section": heading,
            "title": row.title,
            "unit": row.unit,
            "ratio": figures.ratio,
            "ours": figures.ours,
            "m2": figures.reference,
            "goal": row.goal and {"of": row.goal.of, "sign": row.goal.sign, "limit": row.goal.limit},
            "met": row.goal and row.goal.met(figures),
            "note": figures.note,
        }
        for heading, rows in SECTIONS.items()
        for row in rows
        if (figures := results.get(row))
    ]
    return json.dumps({**conditions(), "rows": rows}, indent=2)
