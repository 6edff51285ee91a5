"""The report's plots, as SVG text to be set into the page."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

COLOURS = {"high": "#c0362c", "medium": "#c77700", "low": "#4a7ab5"}
#: Bars that stay readable.
CODES_SHOWN, RULES_SHOWN = 7, 10
BILLED, SUPPORTED = "#98a2b3", "#2f6f4f"


def plots(summary: Mapping[str, Any]) -> list[dict[str, str]]:
    """Title and SVG of each plot that has something to show."""
    out = []
    if summary["findings"]:
        out.append({"title": "Notes by finding", "svg": _findings(summary)})
    if summary["claim"]["notes"]:
        out.append({"title": "Units billed and units supported", "svg": _units(summary)})
    if summary["notes"]:
        out.append({"title": "Notes by risk", "svg": _risk(summary)})
    return out


def _findings(summary: Mapping[str, Any]) -> str:
    rules = list(summary["findings"].items())[:RULES_SHOWN][::-1]
    figure, axes = _figure()
    bars = axes.barh(
        [rule for rule, _ in rules],
        [figures["notes"] for _, figures in rules],
        color=[COLOURS[figures["severity"]] for _, figures in rules],
    )
    axes.bar_label(bars, padding=3, fontsize=8)
    axes.set_xticks([])
    axes.set_ylim(min(-0.5, len(rules) - 6.5), len(rules) - 0.5)
    return _svg(figure)


def _units(summary: Mapping[str, Any]) -> str:
    by_units = sorted(summary["claim"]["codes"].items(), key=lambda item: -item[1]["billed"] - item[1]["supported"])
    codes = dict(by_units[:CODES_SHOWN])
    figure, axes = _figure()
    places = range(len(codes))
    for shift, name, colour in ((-0.2, "billed", BILLED), (0.2, "supported", SUPPORTED)):
        bars = axes.bar([p + shift for p in places], [f[name] for f in codes.values()], 0.38, label=name, color=colour)
        axes.bar_label(bars, fontsize=8)
    axes.set_xticks(list(places), list(codes))
    axes.set_xlim(-0.6, max(len(codes), 4) - 0.4)
    axes.set_yticks([])
    axes.legend(frameon=False, fontsize=8)
    return _svg(figure)


def _risk(summary: Mapping[str, Any]) -> str:
    figure, axes = _figure()
    bars = axes.bar(list(summary["risk"]), list(summary["risk"].values()), 0.7, color="#667085")
    axes.bar_label(bars, fontsize=8)
    axes.set_yticks([])
    axes.set_xlabel("risk of a note", fontsize=8)
    return _svg(figure)


def _figure() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 3.0), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(labelsize=8, length=0)
    return figure, axes


def _svg(figure: Any) -> str:
    """The figure as an SVG element that is the same in every run and fits its place."""
    from matplotlib import rc_context

    out = StringIO()
    with rc_context({"svg.hashsalt": "rehabcoder", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    svg = out.getvalue()
    return svg[svg.index("<svg") :]
