"""Section ``objectives``: properties that CCDCGAN is led to beside the formation energy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
)

from ccdcgan.config.values import FilePath, FromText, Section

__all__ = ["Objective"]


class Objective(Section):
    """A property that CCDCGAN's generator is led to beside the formation energy, whose weight is gan.weight."""

    property: Annotated[
        str,
        Field(
            pattern="^[A-Za-z][A-Za-z0-9_]*$",
            max_length=100,
            json_schema_extra={"patternErrorMessage": "a letter, then at most 99 letters, digits and underscores"},
        ),
    ]
    """Column of the database's table (such as volume_per_atom), or of `table`."""
    weight: Annotated[float, Field(gt=0, le=1000), FromText]
    """Weight in the generator's loss; the property counts in units of its standard deviation over the training set."""
    goal: Literal["minimise", "maximise"] | Annotated[float, Field(ge=-1e15, le=1e15), FromText]
    """Where to: down or up, two standard deviations from the mean at most, or to a value in the column's unit, by the
    squared distance from it."""
    table: FilePath | None = None
    """CSV with a column id (of the database's structures) and one for the property; null: the database's table."""
