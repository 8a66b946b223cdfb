"""Prototypes stage: known crystal structures with the elements of the system put in, before any relaxation."""

from ccdcgan.prototypes.aflow import Prototype, build, read_prototypes
from ccdcgan.prototypes.entry import Cell, Entry, Origin
from ccdcgan.prototypes.sampling import stratified_order
from ccdcgan.prototypes.substitution import (
    PrototypeSet,
    substitute_elements,
    substitute_prototypes,
    substitute_subsystems,
)

__all__ = [
    "Cell",
    "Entry",
    "Origin",
    "Prototype",
    "PrototypeSet",
    "build",
    "read_prototypes",
    "stratified_order",
    "substitute_elements",
    "substitute_prototypes",
    "substitute_subsystems",
]
