"""Plots as SVG: lines and dots over two axes, and bars. On white, so that they can be read in dark surroundings, too."""

import math
from html import escape

# Colours that nearly everybody can tell apart (Okabe and Ito); the first is z3's.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")
FONT = 'font-family="Helvetica, Arial, sans-serif"'
WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 46, 56


def text(x, y, words, size=13, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="#222" {FONT} {more}>{escape(words)}</text>'


def document(width, height, title, body):
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", ground, text(16, 26, title, 16, more='font-weight="bold"'), *body, "</svg>", ""])


class Axis:
    """From values to places."""

    def __init__(self, label, values, start, end, log=False, ticks=None):
        self.label, self.start, self.end, self.log = label, start, end, log
        low, high = min(values), max(values)
        if log:
            self.ticks = ticks or [10**n for n in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
        else:
            self.ticks = ticks or nice(min(low, 0) if low < high / 2 else low, high)
        self.low, self.high = min(low, self.ticks[0]), max(high, self.ticks[-1])

    def place(self, value):
        low, high, value = (math.log10(it) for it in (self.low, self.high, value)) if self.log else (self.low, self.high, value)
        return self.start + (value - low) / ((high - low) or 1) * (self.end - self.start)


def nice(low, high):
    """About six round numbers that enclose both."""
    step = 10 ** math.floor(math.log10((high - low) / 5 or 1))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if (high - low) / (step * factor) <= 6)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]


def short(value):
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def frame(x, y):
    """The grid, the numbers and the names of both axes."""
    parts = []
    for tick in x.ticks:
        at = x.place(tick)
        parts += [f'<line x1="{at:.1f}" y1="{y.start}" x2="{at:.1f}" y2="{y.end}" stroke="#e4e4e4"/>',
                  text(at, y.start + 18, short(tick), 12, "middle")]
    for tick in y.ticks:
        at = y.place(tick)
        parts += [f'<line x1="{x.start}" y1="{at:.1f}" x2="{x.end}" y2="{at:.1f}" stroke="#e4e4e4"/>',
                  text(x.start - 8, at + 4, short(tick), 12, "end")]
    parts.append(f'<path d="M{x.start} {y.end}V{y.start}H{x.end}" fill="none" stroke="#444"/>')
    middle = (y.start + y.end) / 2
    parts.append(text((x.start + x.end) / 2, y.start + 42, x.label, 13, "middle"))
    parts.append(text(18, middle, y.label, 13, "middle", f'transform="rotate(-90 18 {middle})"'))
    return parts


def plot(title, x_label, y_label, series, log_x=False, log_y=False, x_ticks=None, y_ticks=None):
    """Series are dictionaries: `name`, `points` of (x, y) or (x, y, label), and `style` of `line`, `dots` or `bound`;
    `below` for labels under the points."""
    points = [point for one in series for point in one["points"]]
    x = Axis(x_label, [point[0] for point in points], LEFT, WIDTH - RIGHT, log_x, x_ticks)
    y = Axis(y_label, [point[1] for point in points], HEIGHT - BOTTOM, TOP, log_y, y_ticks)
    body = frame(x, y)
    for number, one in enumerate(series):
        body += curve(one, x, y, COLOURS[one.get("colour", number) % len(COLOURS)], number)
    return document(WIDTH, HEIGHT, title, body)


def curve(one, x, y, colour, number):
    places = [(x.place(point[0]), y.place(point[1])) for point in one["points"]]
    style, parts = one.get("style", "line"), []
    dash = ' stroke-dasharray="6 4"' if style == "bound" or one.get("dashed") else ""
    if style != "dots":
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
    if style != "bound":
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in places]
    # The labels of one series above its points, those of the next one below, so that two lines do not share them.
    dx, dy, anchor = (8, 16, "start") if one.get("below") else (-7, -8, "end")
    parts += [text(a + dx, b + dy, point[2], 11, anchor) for (a, b), point in zip(places, one["points"]) if len(point) > 2]
    at = TOP + 14 + 22 * number
    parts.append(f'<line x1="{WIDTH - RIGHT + 16}" y1="{at}" x2="{WIDTH - RIGHT + 40}" y2="{at}" stroke="{colour}" stroke-width="3"{dash}/>')
    parts.append(text(WIDTH - RIGHT + 46, at + 4, one["name"], 12))
    return parts


def bars(title, groups, unit):
    """Groups are (heading, rows), rows are (label, value, low, high, ours); the thin line is the spread."""
    left, row, most = 250, 24, max(high for _, rows in groups for _, _, _, high, _ in rows)
    body, y = [], 50
    scale = (WIDTH - left - 90) / most
    for heading, rows in groups:
        body.append(text(16, y + 12, heading, 14, more='font-weight="bold"'))
        y += row
        for label, value, low, high, ours in rows:
            colour = COLOURS[0] if ours else "#b4b4b4"
            body.append(text(left - 10, y + 13, label, 12, "end"))
            body.append(f'<rect x="{left}" y="{y}" width="{value * scale:.1f}" height="{row - 7}" fill="{colour}"/>')
            body.append(f'<line x1="{left + low * scale:.1f}" y1="{y + 8.5}" x2="{left + high * scale:.1f}" y2="{y + 8.5}" stroke="#222"/>')
            body.append(text(left + max(value, high) * scale + 6, y + 13, f"{value:.2f}", 12))
            y += row
        y += 12
    body.append(text(left, y + 8, unit, 12))
    return document(WIDTH, y + 24, title, body)
