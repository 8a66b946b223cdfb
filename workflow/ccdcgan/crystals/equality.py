"""Whether two structures are the same: pymatgen's StructureMatcher answers, and ferrox spares it most questions."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from dataclasses import dataclass

import ferrox
import numpy as np
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Structure

from ccdcgan.config.matching import Matching

__all__ = ["Cell", "KnownCells", "matcher", "reduce_cell"]

log = logging.getLogger(__name__)

WIDENING = 1.05
"""Factor on ferrox's tolerances, so that pairs near a tolerance reach pymatgen."""
CHECKED = 0.005
"""Fraction of the pairs turned down by ferrox that pymatgen sees all the same."""


def matcher(tolerances: Matching, *, primitive_cell: bool = True) -> StructureMatcher:
    """StructureMatcher with the config's tolerances, which scales cells to equal volume.

    Parameters
    ----------
    tolerances
        Section ``matching`` of the config.
    primitive_cell
        Whether it reduces cells to primitive ones first.
    """
    lengths, sites, angles = tolerances.ltol, tolerances.stol, tolerances.angle_tol
    return StructureMatcher(ltol=lengths, stol=sites, angle_tol=angles, primitive_cell=primitive_cell)


@dataclass(frozen=True, slots=True)
class Cell:
    """A structure reduced once, in the forms in which it is compared."""

    name: str
    """For messages."""
    structure: Structure
    """Primitive Niggli cell, by pymatgen."""
    formula: tuple[str, int]
    """The exact primitive formula, which two matching structures share: reduced formula and number of atoms."""
    niggli: str
    """The same cell for ferrox, to the last digit."""
    lll: str
    """The same crystal in an LLL-reduced cell, for ferrox."""


def reduce_cell(structure: Structure, name: str) -> Cell | None:
    """Reduce a structure for comparisons; None, and a warning, if pymatgen cannot.

    Parameters
    ----------
    structure
        In any cell.
    name
        For messages.
    """
    try:
        reduced = StructureMatcher._get_reduced_structure(structure, primitive_cell=True, niggli=True)
        lll = reduced.get_reduced_structure("LLL")
    except Exception as error:  # pymatgen raises whatever it stumbles over in a broken cell
        log.warning("%s: found no reduced cell (%r), so it is taken to match nothing", name, error)
        return None
    return Cell(name, reduced, (reduced.composition.reduced_formula, len(reduced)), _text(reduced), _text(lll))


def _text(structure: Structure) -> str:
    """The part of pymatgen's JSON that ferrox reads."""
    sites = [
        {"species": [{"element": site.specie.symbol, "occu": 1}], "abc": site.frac_coords.tolist()}
        for site in structure
    ]
    return json.dumps({"lattice": {"matrix": structure.lattice.matrix.tolist()}, "sites": sites})


class KnownCells:
    """Cells in an order, of which the first that matches another one is sought.

    A pair is compared if it shares the exact primitive formula. ferrox, which follows pymatgen's algorithm, is asked
    first; whatever it takes for a match is put to pymatgen, whose answer counts, and so is a random sample of the rest
    (`CHECKED`): a match among those is logged as a warning.

    ferrox 0.0.7 misses matches, more of them in Niggli than in LLL-reduced cells and different ones in either order of
    the two, so a pair is turned down only if three such descriptions of it are. Of 8,347 matching pairs of substituted
    prototypes and copies displaced by 0.05 to 0.3 angstrom and strained by 1 to 3 %, none was (56 by the comparison of
    Niggli cells at pymatgen's tolerances); of 512 with strains of up to 15 % and displacements of up to 0.6 angstrom,
    6 were.

    The order for pymatgen, whose answer depends on it for a few pairs, is always known one first.

    Parameters
    ----------
    tolerances
        Of StructureMatcher.
    seed
        Of the sample.
    """

    def __init__(self, tolerances: Matching, seed: int = 0) -> None:
        self._exact = matcher(tolerances, primitive_cell=False)
        self._quick = ferrox.StructureMatcher(
            latt_len_tol=WIDENING * tolerances.ltol,
            site_pos_tol=WIDENING * tolerances.stol,
            angle_tol=WIDENING * tolerances.angle_tol,
            primitive_cell=False,
        )
        self._buckets: dict[tuple[str, int], list[tuple[int, Cell]]] = defaultdict(list)
        self._seen: set[str] = set()
        self._random = np.random.default_rng(seed)

    def add(self, index: int, cell: Cell) -> None:
        """Append a cell; one that equals an earlier one to the last digit is left out, as it is never the first."""
        if cell.niggli not in self._seen:
            self._seen.add(cell.niggli)
            self._buckets[cell.formula].append((index, cell))

    def first(self, cell: Cell) -> int | None:
        """Index of the first cell added that matches, or None."""
        bucket = self._buckets.get(cell.formula, [])
        return next((index for index, known in bucket if self._match(known, cell)), None)

    def _match(self, known: Cell, cell: Cell) -> bool:
        likely = self._likely(known, cell)
        if not likely and self._random.random() >= CHECKED:
            return False
        match = bool(self._exact.fit(known.structure, cell.structure, skip_structure_reduction=True))
        if match and not likely:
            log.warning("%s and %s match, which ferrox denies: other such pairs may go unseen", known.name, cell.name)
        return match

    def _likely(self, known: Cell, cell: Cell) -> bool:
        pairs = ((known.niggli, cell.lll), (known.niggli, cell.niggli), (cell.niggli, known.lll))
        return any(self._quick.fit(one, other, skip_structure_reduction=True) for one, other in pairs)
