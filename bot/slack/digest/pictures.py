"""Charts as PNG pictures, for a workspace that draws none: 1,200 by 600, on a ground of their own, so that they are read on a
dark screen as on a light one, and letters large enough for a phone."""

from __future__ import annotations

import io

from bot.slack.digest.charts import Chart

INCHES = (12.0, 6.0)
DPI = 100
GROUND, INK, GRID = "#fbfbf8", "#1d1c1d", "#d0d0c8"
COLOURS = ("#1264a3", "#e0a030")
"""This week, week before: told apart by lightness, too, for who sees no colours; the second is hatched or dashed besides."""
LETTERS = 20


def drawn(chart: Chart) -> bytes:
    """The PNG of a chart. Takes a second or so, so call it off the loop."""
    # matplotlib takes long to import and is needed only where a workspace refuses native charts.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    figure = Figure(figsize=INCHES, dpi=DPI, facecolor=GROUND, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(facecolor=GROUND)
    places = list(range(len(chart.labels)))
    width = 0.8 / len(chart.series)
    for nth, (name, values) in enumerate(chart.series):
        colour = COLOURS[nth % len(COLOURS)]
        if chart.kind == "line":
            axes.plot(
                places,
                values,
                label=name,
                color=colour,
                linewidth=4,
                linestyle="--" if nth else "-",
                marker="o",
                markersize=9,
            )
        else:
            shifted = [place + (nth - (len(chart.series) - 1) / 2) * width for place in places]
            bars = axes.bar(
                shifted, values, width, label=name, color=colour, hatch="//" if nth else "", edgecolor=GROUND
            )
            axes.bar_label(bars, fmt="{:,.0f}", fontsize=LETTERS - 4, color=INK, padding=3)
    axes.set_title(chart.title, fontsize=LETTERS + 4, color=INK, loc="left", pad=16, parse_math=False)
    axes.set_xticks(places, chart.labels, fontsize=LETTERS, color=INK, parse_math=False)
    axes.tick_params(axis="y", labelsize=LETTERS - 2, labelcolor=INK, length=0)
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=GRID, linewidth=1.5)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    if len(chart.series) > 1:
        axes.legend(
            fontsize=LETTERS - 2, frameon=False, labelcolor=INK, loc="upper right", bbox_to_anchor=(1.0, 1.12), ncols=2
        )
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Title": chart.title, "Description": chart.alt})
    return out.getvalue()
