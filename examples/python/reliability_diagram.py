"""Draws reliability diagrams as an SVG: how often what was predicted is true, by confidence."""

import numpy as np

SIZE = 300
TOP = 56
LEFTS = [64, 474]
COLOURS = {"predicted": "#8c8c8c", "posterior": "#2f82c3"}
NAMES = {"predicted": "p as predicted", "posterior": "posterior"}
# Of bins with fewer the rate is mostly noise.
MIN_COUNT = 20


def write_diagram(path, histograms):
    """Writes two diagrams side by side. `histograms` has the service's `calibration` by title."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 400" font-family="system-ui, sans-serif" font-size="13" fill="#333">',
        "<title>Observed rate by confidence, of p as predicted and of its posterior</title>",
        '<rect width="820" height="400" fill="#fff"/>',
    ]
    for left, (title, histogram) in zip(LEFTS, histograms.items()):
        parts += diagram(left, title, histogram)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([*parts, "</svg>", ""]))


def diagram(left, title, histogram):
    bottom = TOP + SIZE
    yield f'<text x="{left}" y="24" font-size="16" font-weight="600">{title}</text>'
    yield f'<text x="{left}" y="43" fill="#666">part that is true</text>'
    yield f'<text x="{left + SIZE}" y="{bottom + 38}" text-anchor="end" fill="#666">mean confidence of the bin</text>'
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = left + tick * SIZE, bottom - tick * SIZE
        yield f'<path d="M{left} {y:g}h{SIZE}" stroke="#e3e3e3"/>'
        yield f'<text x="{left - 8}" y="{y + 4.5:g}" text-anchor="end">{tick}</text>'
        yield f'<text x="{x:g}" y="{bottom + 19}" text-anchor="middle">{tick}</text>'
    yield f'<path d="M{left} {bottom}L{left + SIZE} {TOP}" stroke="#ccc" stroke-dasharray="3 4"/>'
    for line, (kind, colour) in enumerate(COLOURS.items()):
        enough = histogram[f"{kind}.counts"] >= MIN_COUNT
        xs = left + SIZE * histogram[f"{kind}.mean_confidence"][enough]
        ys = bottom - SIZE * histogram[f"{kind}.observed_rate"][enough]
        points = [f"{x:.0f} {y:.0f}" for x, y in zip(np.array(xs), np.array(ys))]
        yield f'<path d="M{"L".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for point in points:
            x, y = point.split()
            yield f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>'
        y = bottom - 34 + 17 * line
        yield f'<path d="M{left + 150} {y}h24" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{left + 182}" y="{y + 4.5}">{NAMES[kind]}</text>'
