"""Learning curves: of the autoencoders (Fig. 1b, c), of the constraint (Fig. 2d) and of the GANs."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from ccdcgan.crystals.structures import read_table
from ccdcgan.reporting import style

__all__ = ["draw_losses", "gan_curves", "learning_curve"]


def learning_curve(history: Path | str, output: Path | str, *, loss: str) -> None:
    """Training and held-out loss against the training step.

    Parameters
    ----------
    history
        CSV with ``step, train_loss, held_out_loss``.
    output
        PNG to write, with an SVG beside it.
    loss
        What the loss is, with its unit: the label of the axis.
    """
    with style.figure(output, 4.6, 3.3) as figure:
        axes = figure.subplots()
        draw_losses(axes, read_table(history), loss)
        figure.legend(loc="outside upper center", ncols=2)


def draw_losses(axes: Axes, history: pd.DataFrame, loss: str) -> None:
    """Draw both losses with their last values as labels; a side without values is left out."""
    sides = {"train_loss": ("training", style.BLACK, "-"), "held_out_loss": ("held out", style.DATABASE.colour, "--")}
    drawn = {column: history[column].astype(float).dropna() for column in sides}
    for column, (label, colour, line) in sides.items():
        losses = drawn[column]
        if len(losses):
            steps = history.loc[losses.index, "step"]
            # A history of one row is a point, not a line.
            marker = "o" if len(losses) == 1 else ""
            text = f"{label} (last: {losses.iloc[-1]:.3g})"
            axes.plot(steps, losses, line, marker=marker, color=colour, label=text)
    if all((losses > 0).all() for losses in drawn.values()):
        axes.set_yscale("log")
    _step_axis(axes)
    axes.set_ylabel(loss)


def gan_curves(history: Path | str, output: Path | str) -> None:
    """Losses of generator and discriminator, the discriminator's accuracy, and the generated formation energy.

    Parameters
    ----------
    history
        CSV with ``step, discriminator_loss, generator_loss, discriminator_accuracy`` and, if the formation energy is
        part of the generator's loss, ``formation_energy`` (eV/atom).
    output
        PNG to write, with an SVG beside it.
    """
    table = read_table(history)
    has_energy = "formation_energy" in table
    with style.figure(output, 9.6 if has_energy else 6.6, 3.0) as figure:
        panels = figure.subplots(1, 3 if has_energy else 2)
        losses, accuracy = panels[:2]
        marker = "o" if len(table) == 1 else ""
        losses.axhline(math.log(2), color="0.6", linewidth=0.8, linestyle=":")
        losses.plot(table["step"], table["discriminator_loss"], marker=marker, color=style.BLACK, label="discriminator")
        losses.plot(
            table["step"], table["generator_loss"], "--", marker=marker, color=style.DATABASE.colour, label="generator"
        )
        losses.set_ylabel("cross-entropy (nats)")
        losses.legend(loc="lower right", bbox_to_anchor=(1.02, 0.98), ncols=2, columnspacing=1)
        accuracy.axhline(0.5, color="0.6", linewidth=0.8, linestyle=":")
        accuracy.plot(table["step"], table["discriminator_accuracy"], marker=marker, color=style.BLACK)
        accuracy.set(ylabel="discriminator's accuracy", ylim=(0, 1.02))
        if has_energy:
            energy = panels[2]
            energy.plot(table["step"], table["formation_energy"], marker=marker, color=style.SERIES["ccdcgan"].colour)
            energy.set_ylabel(f"mean predicted {style.FORMATION_ENERGY} (eV/atom)")
        for axes, letter in zip(panels, "abc", strict=False):
            style.panel(axes, letter)
            _step_axis(axes)


def _step_axis(axes: Axes) -> None:
    """Dress the axis of steps, once all is drawn: a limit ends the automatic scaling."""
    axes.set_xlabel("training step")
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
