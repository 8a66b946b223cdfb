"""The smallest run's way from prototypes to formation energies, against published ones of a nitride."""

import gzip
import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from pymatgen.core import Composition

from ccdcgan.config.loading import load_config
from ccdcgan.database.building import build_database, find_references
from ccdcgan.database.elements import PUBLISHED
from ccdcgan.prototypes.elements import substitute_elements
from ccdcgan.prototypes.substitution import substitute_prototypes
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.registry import load_engine
from tests.conftest import ROOT

MEASURED = -1.65
"""Of AlN, in eV/atom: -318.0 kJ/mol at 298 K (M. W. Chase, NIST-JANAF Thermochemical Tables, 1998)."""


def published(formula: str) -> float:
    """By PBE, in eV/atom, from total energies of the Materials Project that pymatgen ships."""
    spec = find_spec("pymatgen")
    assert spec is not None
    entries = json.loads(gzip.decompress((Path(spec.submodule_search_locations[0]).parent / PUBLISHED).read_bytes()))
    energies = {}
    for entry in entries.values():
        composition = Composition(entry["composition"])
        energies[composition.reduced_formula] = entry["energy"] / composition.num_atoms
    composition = Composition(formula)
    elements = sum(
        composition.get_atomic_fraction(element) * energies[Composition(element.symbol).reduced_formula]
        for element in composition
    )
    return energies[formula] - elements


@pytest.mark.filterwarnings("ignore:No Pauling electronegativity")
def test_aluminium_nitride_at_the_smallest_size(tmp_path):
    """Within 0.15 eV/atom, though nitrogen's reference is a molecule and no prototype of one atom."""
    config = load_config(ROOT / "config/config.yaml", ROOT / "config/test.yaml")
    system = ["Al", "N"]
    found = substitute_prototypes(config.prototypes, system, config.matching, config.seed)
    assert len(found.structures) == config.prototypes.sample
    settings = config.relaxation.of_engine()
    tables = {}
    for name, structures in (
        ("compounds", found.structures),
        ("elements", substitute_elements(config.prototypes.reference_atoms, system)),
    ):
        tables[name] = relax_batch(structures, lambda: load_engine(settings, 1, tmp_path), settings, tmp_path / name)
    references = find_references(tables["elements"][1], system)
    assert references.energies["N"] < -8.2
    database = build_database(*tables["compounds"], references, system, config.matching, 0.2, 0)
    lowest = database[database["formula"].map(lambda formula: Composition(formula).reduced_formula) == "AlN"]
    assert lowest["formation_energy"].min() == pytest.approx(published("AlN"), abs=0.15)
    assert published("AlN") == pytest.approx(MEASURED, abs=0.3)
