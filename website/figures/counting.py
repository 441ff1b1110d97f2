"""What a counted share can bear."""

from pathlib import Path

from figures.canvas import MASKED, chart_figure, write
from maskwatch.watching.summary import wilson

SHARE = 0.8
PASSAGES = (5, 10, 20, 50, 100, 200, 500, 1000)


def intervals(path: Path) -> None:
    figure, axes = chart_figure(3.0)
    for position, passages in enumerate(PASSAGES):
        found = wilson(round(SHARE * passages), passages)
        axes.plot([position, position], [found.low, found.high], color=MASKED, lw=3)
        axes.plot(position, found.share, "o", color=MASKED)
    axes.set_xticks(range(len(PASSAGES)), [str(each) for each in PASSAGES])
    axes.set(xlabel="passages that could be judged, four of five with a mask", ylabel="share", ylim=(0, 1))
    write(figure, path)
