"""Writes doc/performance.md and doc/performance/: the template with its placeholders filled in, the plots, the numbers."""

import json
import re
from pathlib import Path

from . import plots, tables, targets

ROOT = Path(__file__).resolve().parents[2]
DOC, PLOTS = ROOT / "doc/performance.md", ROOT / "doc/performance"
TEMPLATE, NOTES = Path(__file__).with_name("performance.md"), ROOT / "doc/performance.notes.md"
# Of the numbers, for those who want to calculate themselves; also what a clone without measurements is rendered from.
NUMBERS = PLOTS / "results.json"


def write(results):
    PLOTS.mkdir(parents=True, exist_ok=True)
    rounded = json.loads(json.dumps(results), parse_float=lambda digits: float(f"{float(digits):.5g}"))
    drawn = plots.all_of_them(rounded)
    for old in PLOTS.glob("*.svg"):
        old.unlink()
    for name, text in drawn.items():
        (PLOTS / name).write_text(text)
    lines = json.dumps(rounded, indent=1)
    # One line for each run, so that a change of one number is a change of one line.
    lines = re.sub(r"\{\s*([^{}\[\]]*?)\s*\}", lambda it: "{" + " ".join(it.group(1).split()) + "}", lines)
    NUMBERS.write_text(lines + "\n")
    DOC.write_text(filled(TEMPLATE.read_text(), rounded, drawn))
    print(f"wrote {DOC.relative_to(ROOT)} and {len(drawn)} plots")


def filled(template, results, drawn):
    """`{{name}}` is a table, `{{plot NAME TEXT}}` a plot if it was drawn, `{{mib SECTION}}` an amount of data."""
    def fill(found):
        kind, _, rest = found.group(1).partition(" ")
        if kind == "plot":
            name, _, words = rest.partition(" ")
            return f"![{words}](performance/{name})" if name in drawn else ""
        if kind == "mib":
            return f"{results['sections'].get(rest, {}).get('mib') or 0:,.0f} MiB"
        if kind == "notes":
            return NOTES.read_text().strip() if NOTES.exists() else ""
        if kind == "targets":
            return targets.targets(results)
        return getattr(tables, kind)(results)
    text = re.sub(r"\{\{(.+?)\}\}", fill, template)
    return re.sub(r"\n{3,}", "\n\n", text)
