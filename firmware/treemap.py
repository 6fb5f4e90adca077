"""A treemap as SVG: rectangles in proportion to bytes, in groups, with a tooltip on each."""

from html import escape

_WIDTH, _HEIGHT, _HEAD, _GAP = 1200, 720, 46, 2
_COLOURS = (
    "#4269d0",
    "#efb118",
    "#ff725c",
    "#6cc5b0",
    "#3ca951",
    "#ff8ab7",
    "#a463f2",
    "#97bbf5",
    "#9c6b4e",
    "#9498a0",
)


def draw(title, groups):
    """The SVG text of a treemap.

    :param title: a line above the picture.
    :param groups: {group: {name: bytes}}; what is not above 0 is left out.
    """
    groups = {name: {k: v for k, v in parts.items() if v > 0} for name, parts in groups.items()}
    groups = {name: parts for name, parts in groups.items() if parts}
    totals = {name: sum(parts.values()) for name, parts in groups.items()}
    shapes = []
    colours = dict(zip(sorted(totals, key=totals.get, reverse=True), _COLOURS * len(totals)))
    for name, box in layout(totals, (0, _HEAD, _WIDTH, _HEIGHT - _HEAD)):
        for part, inner in layout(groups[name], _inset(box)):
            shapes.append(_rectangle(name, part, groups[name][part], inner, colours[name]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>\n'
        f'<text x="8" y="30" font-size="22" fill="#222">{escape(title)}</text>\n' + "\n".join(shapes) + "\n</svg>\n"
    )


def layout(sizes, box):
    """Divide `box` (x, y, width, height) among `sizes` ({name: number}): [(name, box)], largest first.

    Squarified treemaps: rows along the shorter side, each as long as its rectangles get closer to squares.
    """
    left = sorted(sizes.items(), key=lambda item: -item[1])
    x, y, width, height = box
    area = width * height / (sum(sizes.values()) or 1)
    placed = []
    while left:
        side = min(width, height)
        row = _row([size * area for _, size in left], side)
        thick = sum(row) / side if side else 0
        along = 0
        for (name, _), part in zip(left, row):
            length = part / thick if thick else 0
            spot = (x, y + along, thick, length) if width >= height else (x + along, y, length, thick)
            placed.append((name, spot))
            along += length
        left = left[len(row) :]
        if width >= height:
            x, width = x + thick, width - thick
        else:
            y, height = y + thick, height - thick
    return placed


def _row(areas, side):
    """The longest start of `areas` whose worst rectangle does not get worse by taking the next one in."""
    row = areas[:1]
    for area in areas[1:]:
        if _worst(row + [area], side) > _worst(row, side):
            break
        row.append(area)
    return row


def _worst(row, side):
    """The greatest ratio of the sides of the rectangles of `row` laid along `side`."""
    total = sum(row)
    if not total or not side:
        return float("inf")
    return max(max(side**2 * area / total**2, total**2 / (side**2 * area)) for area in row)


def _inset(box):
    x, y, width, height = box
    return (x + _GAP, y + _GAP, max(width - 2 * _GAP, 0), max(height - 2 * _GAP, 0))


def _rectangle(group, name, size, box, colour):
    x, y, width, height = box
    label = name if name != group else group
    return (
        f"<g><title>{escape(f'{group}: {name}' if name != group else name)}, {size:,} bytes</title>"
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}" stroke="#fff"/>'
        f"{_text(label, size, box)}</g>"
    )


def _text(label, size, box):
    """The label, where it fits; long ones are cut."""
    x, y, width, height = box
    room = int((width - 8) / 6.6)
    if height < 16 or room < 4:
        return ""
    shown = label if len(label) <= room else label[: room - 1] + "…"
    text = f'<text x="{x + 4:.1f}" y="{y + 14:.1f}" font-size="12" fill="#111">{escape(shown)}</text>'
    if height >= 32 and room >= 7:
        text += f'<text x="{x + 4:.1f}" y="{y + 28:.1f}" font-size="11" fill="#333">{size / 1000:.1f} KB</text>'
    return text
