"""Which of several settings a block means: the one whose atoms agree with its formula, its cell and its distances.

A setting is ruled out only by what rounding cannot explain, and where more than one is left, none is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from math import gcd
from typing import NamedTuple

import numpy as np
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray
from pymatgen.core import Composition, Lattice, Structure

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.checked import MAX_SITES
from ccdcgan.prototypes.readers.cif.naming import Named
from ccdcgan.prototypes.readers.cif.sites import Site
from ccdcgan.prototypes.readers.cif.symmetry import Setting
from ccdcgan.prototypes.readers.cif.values import Formula

__all__ = ["Contents", "Filled", "settle"]

MAX_STRAIN = 0.02
"""Operators may change a scalar product of unit vectors by so much: 1 % of an edge, 1 degree of an angle."""
PRINTED_STRAIN = 2e-4
"""What the digits of a printed cell leave open."""
SAME_PLACE = 1e-4
"""Images of an atom nearer than this, in angstrom, or nearer than the digits given can tell, are one atom."""
NEAR = 0.05
"""So are those nearer than this, in angstrom, where the formula says so."""
EXACT = 1e-6
"""Images of an atom on a special position differ by no more, as fractional coordinates."""
SHORT, USUAL = 0.9, 0.85
"""Of the sum of two covalent radii: the shortest distance of a cell with too many atoms is below the one, and that of a
crystal above the other."""
WIDER = 1.15
"""The shortest distance of the cell with fewer atoms is longer by this factor at least."""
FAR = 1.5
"""Longer distances, as such a fraction, are all alike."""


class Contents(NamedTuple):
    """What a block says beside its symmetry."""

    lattice: Lattice
    sites: tuple[Site, ...]
    formula: Formula | None
    """Of the whole crystal."""
    units: float | None
    """Formulas in the cell."""


class Filled:
    """The cell with all atoms, by one setting.

    Parameters
    ----------
    contents
        Of the block.
    setting
        Its symmetry.
    near
        Images of an atom nearer than this are one atom, in angstrom, as are those that the digits given cannot tell
        apart; 0: only those in one place to the last digit.
    """

    def __init__(self, contents: Contents, setting: Setting, near: float) -> None:
        self.setting = setting
        self.contents = contents
        self.orbits: list[NDArray[np.float64]] = []
        """Fractional coordinates of the atoms of each site, shape (m, 3)."""
        self.moved = 0.0
        """Largest way of a site onto its special position, in angstrom."""
        total = 0
        for site in contents.sites:
            place = _special_position(site, setting, contents.lattice, near)
            shift = contents.lattice.get_cartesian_coords(place - site.position)
            self.moved = max(self.moved, float(np.linalg.norm(shift)))
            self.orbits.append(_distinct(setting.rotations @ place + setting.translations))
            total += len(self.orbits[-1])
            if total > MAX_SITES:
                break
        self.atoms = total

    @cached_property
    def composition(self) -> Formula:
        """Atoms of each element in the cell."""
        counts: Formula = defaultdict(float)
        for site, orbit in zip(self.contents.sites, self.orbits, strict=False):
            counts[site.symbol] += len(orbit)
        return dict(counts)

    @property
    def formula(self) -> str:
        """Of the cell, for messages."""
        return str(Composition(self.composition).formula)

    @cached_property
    def units(self) -> float | None:
        """Formulas of the block in the cell; None if the elements or their shares are others."""
        given = self.contents.formula
        if given is None or set(given) != set(self.composition):
            return None
        ratios = [self.composition[symbol] / given[symbol] for symbol in given]
        return ratios[0] if np.allclose(ratios, ratios[0], rtol=1e-3, atol=0) else None

    def fits(self) -> bool:
        """Whether the atoms are those of the formula, and as many as the block says."""
        if self.units is None:
            return False
        formula, said = self.contents.formula, self.contents.units
        assert formula is not None
        whole = all(count == int(count) for count in formula.values())
        if said is not None:
            # Some write all atoms of the cell as the formula, and how many reduced ones (in pymatgen Na2O2) these are.
            common = reduce(gcd, map(int, formula.values())) if whole else 1
            usual = Composition(formula).get_reduced_composition_and_factor()[1]
            return bool(np.isclose(self.units * np.array([1, common, usual]), said, rtol=1e-3).any())
        return not whole or bool(np.isclose(self.units, max(1, round(self.units)), rtol=1e-3))

    def multiplicities_fit(self) -> bool:
        """Whether every site stands for as many atoms as the block says, where it does."""
        pairs = zip(self.contents.sites, self.orbits, strict=False)
        return all(site.multiplicity in (None, len(orbit)) for site, orbit in pairs)

    @cached_property
    def overlap(self) -> tuple[str, str] | None:
        """Two sites that hold atoms in one place, as where all atoms are listed beside operators; None without."""
        firsts = np.array([orbit[0] for orbit in self.orbits])
        for index, orbit in enumerate(self.orbits):
            ways = firsts[index + 1 :, None] - orbit
            lengths = np.linalg.norm(self.contents.lattice.get_cartesian_coords(ways - np.rint(ways)), axis=-1)
            if lengths.size and lengths.min() < NEAR:
                other = index + 1 + int(lengths.min(axis=1).argmin())
                return self.contents.sites[index].label, self.contents.sites[other].label
        return None

    def structure(self) -> Structure:
        """All atoms of the cell, with the labels of their sites."""
        sites = [site for site, orbit in zip(self.contents.sites, self.orbits, strict=True) for _ in orbit]
        symbols, labels = [site.symbol for site in sites], [site.label for site in sites]
        return Structure(self.contents.lattice, symbols, np.concatenate(self.orbits), labels=labels)

    @cached_property
    def contact(self) -> float:
        """Shortest distance as a fraction of the sum of covalent radii, at most `FAR`."""
        structure = self.structure()
        radii = np.array([covalent_radii[atomic_numbers[str(site.specie)]] for site in structure])
        first, second, _, distances = structure.get_neighbor_list(2 * FAR * float(radii.max()))
        return float(np.min(distances / (radii[first] + radii[second]), initial=FAR))


def _special_position(site: Site, setting: Setting, lattice: Lattice, near: float) -> NDArray[np.float64]:
    """Mean of all images that are in the site's own place."""
    images = setting.rotations @ site.position + setting.translations
    ways = images - site.position
    ways -= np.rint(ways)
    same = (np.abs(ways) < EXACT).all(axis=1)
    if near:
        slack = np.abs(setting.rotations) @ site.slack + site.slack + EXACT
        same |= np.linalg.norm(lattice.get_cartesian_coords(ways), axis=1) < near
        same |= (np.abs(ways) <= slack).all(axis=1)
    mean: NDArray[np.float64] = site.position + ways[same].mean(axis=0)
    return mean


def _distinct(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """One image of each place."""
    kept: list[NDArray[np.float64]] = []
    for image in images % 1:
        if kept:
            ways = np.array(kept) - image
            if (np.abs(ways - np.rint(ways)) < EXACT).all(axis=1).any():
                continue
        kept.append(image)
    return np.array(kept)


def settle(named: Named, contents: Contents) -> tuple[Filled, tuple[str, ...]]:
    """The cell by the one setting that agrees with everything else, and remarks.

    Raises
    ------
    Rejected
        ``unreadable`` if none agrees or more than one; ``too_many_atoms``.
    """
    filled = _agreeing(named, contents)
    if named.disputed:
        filled = [each for each in filled if not each.overlap] or filled
    by_formula = len(filled) == 1 and contents.formula is not None
    if named.bare and not (by_formula and contents.units and np.isclose(filled[0].units or 0, contents.units)):
        raise Rejected(
            Reason.UNREADABLE,
            "found no space group and no operators, and no formula and Z of the atoms that are listed",
        )
    if named.disputed and not by_formula:
        raise Rejected(Reason.UNREADABLE, f"found {named.said} and its formula does not say which holds")
    if len(filled) > 1:
        filled = [each for each in filled if each.multiplicities_fit()] or filled
    if len(filled) > 1 and len(contents.formula or ()) > 1:
        filled = _by_distances(filled)
    if len(filled) > 1:
        names = [each.setting.name for each in filled]
        raise Rejected(
            Reason.UNREADABLE,
            f"found {named.said}, which may be {', '.join(names[:4])}{' and others' if names[4:] else ''}: "
            "neither formula, cell nor distances say which",
        )
    (chosen,) = filled
    return chosen, (*named.remarks, *_remarks(named, chosen))


def _remarks(named: Named, chosen: Filled) -> Iterator[str]:
    if not chosen.multiplicities_fit():
        if chosen.contents.formula is None:
            raise Rejected(Reason.UNREADABLE, f"{chosen.setting.name} gives sites other multiplicities than the file")
        yield "multiplicities of sites are others than the file says, whose formula holds"
    if len(named.settings) > 1:
        yield f"{named.said} read as {chosen.setting.name}, the only setting that agrees with the rest"
    if chosen.moved > SAME_PLACE:
        yield f"a site was moved by {chosen.moved:.2g} angstrom onto its special position"


def _agreeing(named: Named, contents: Contents) -> list[Filled]:
    """The cell by every setting that agrees with the formula, among those that keep the cell best."""
    strains = [setting.strain(contents.lattice) for setting in named.settings]
    for bound in (PRINTED_STRAIN, MAX_STRAIN):
        kept = [each for each, strain in zip(named.settings, strains, strict=True) if strain <= bound]
        if kept:
            break
    else:
        raise Rejected(Reason.UNREADABLE, f"found {named.said}, expected a cell of its symmetry")
    plain = [Filled(contents, setting, SAME_PLACE) for setting in kept]
    if all(each.atoms > MAX_SITES for each in plain):
        raise Rejected(Reason.TOO_MANY_ATOMS, f"more than {MAX_SITES} atoms in the cell, as many are read")
    if contents.formula is None:
        return [each for each in plain if each.atoms <= MAX_SITES]
    if fitting := [found for each in plain if (found := _fitting(each)) is not None]:
        return fitting
    given = " ".join(f"{symbol}{count:g}" for symbol, count in contents.formula.items())
    units = "" if contents.units is None else f" with Z {contents.units:g}"
    twice = f": sites {' and '.join(overlap)} are in one place" if (overlap := plain[0].overlap) else ""
    raise Rejected(
        Reason.UNREADABLE,
        f"found {plain[0].formula} in the cell by {named.said}, though the file's formula is {given}{units}{twice}",
    )


def _fitting(plain: Filled) -> Filled | None:
    """The cell by a setting so that it has the formula: as it is, with more or with less rounding; None if by none."""
    for near in (SAME_PLACE, NEAR, 0):
        found = plain if near == SAME_PLACE else Filled(plain.contents, plain.setting, near)
        if found.atoms <= MAX_SITES and found.fits():
            return found
    return None


def _by_distances(filled: Sequence[Filled]) -> list[Filled]:
    """The one setting with usual distances, where every other has twice the atoms and too short ones.

    All of them agree with a formula of several elements. Those that give equally many atoms are never told apart by
    distances: a crystal may have any.
    """
    likely = min(filled, key=lambda each: each.atoms)
    others = [each for each in filled if each is not likely]
    crowded = all(
        each.atoms >= 2 * likely.atoms and each.contact < SHORT and likely.contact >= WIDER * each.contact
        for each in others
    )
    return [likely] if likely.contact >= USUAL and crowded else list(filled)
