from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.relaxation.lockstep import CURVATURE, Cell, Evaluation, relax_in_lockstep


def metals():
    """Strained and rattled crystals that ASE's EMT potential knows, of different sizes."""
    crystals = []
    for number, symbol in enumerate(["Cu", "Al", "Ni", "Pd", "Ag", "Au"]):
        atoms = bulk(symbol, cubic=number % 2 == 0) * (1, 1, 1 + number % 3)
        atoms.rattle(0.1, seed=number)
        atoms.set_cell(atoms.cell * [1.03, 0.98, 1.01], scale_atoms=True)
        atoms.info = {"id": symbol}
        crystals.append(atoms)
    return crystals


class Potential:
    """EMT for many structures at once; counts its calls and the most atoms in one."""

    def __init__(self):
        self.calls = 0
        self.most_atoms = 0

    def __call__(self, structures):
        self.calls += 1
        self.most_atoms = max(self.most_atoms, sum(map(len, structures)))
        results = []
        for atoms in structures:
            copy = atoms.copy()
            copy.calc = EMT()
            results.append(Evaluation(copy.get_potential_energy(), copy.get_forces(), copy.get_stress()))
        return results


@pytest.fixture
def settings(config) -> Relaxation:
    return config.relaxation


def outcomes(structures, potential, settings, atoms_in_flight=20):
    return dict(relax_in_lockstep(structures, potential, settings, atoms_in_flight))


def test_every_path_is_that_of_ase_alone(settings):
    together = outcomes(metals(), Potential(), settings)
    for atoms in metals():
        atoms.calc = EMT()
        optimizer = BFGS(FrechetCellFilter(atoms), logfile=None, alpha=CURVATURE)
        assert optimizer.run(fmax=settings.fmax, steps=settings.max_steps)
        outcome = together[atoms.info["id"]]
        assert isinstance(outcome, Relaxed)
        assert outcome.steps == optimizer.nsteps
        assert outcome.energy == pytest.approx(atoms.get_potential_energy(), abs=1e-9)
        np.testing.assert_allclose(outcome.atoms.positions, atoms.positions, atol=1e-9)
        np.testing.assert_allclose(outcome.atoms.cell.array, atoms.cell.array, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.floats(0.0, 0.3))
@settings_of_hypothesis(max_examples=20, deadline=None)
def test_forces_of_a_strained_cell_are_those_of_ase(seed, count, strength):
    random = np.random.default_rng(seed)
    cell = 4 * np.eye(3) + random.normal(size=(3, 3)) * 0.4
    start = Atoms(f"Cu{count}", cell=cell, scaled_positions=random.random((count, 3)), pbc=True)
    moved = strength * random.normal(size=(count + 3, 3))
    forces = []
    for kind in (FrechetCellFilter, Cell):
        atoms = start.copy()
        atoms.calc = EMT()
        filtered = kind(atoms)
        filtered.set_positions(filtered.get_positions() + moved)
        np.testing.assert_allclose(filtered.get_positions() - moved, kind(start.copy()).get_positions(), atol=1e-8)
        forces.append(filtered.get_forces())
    np.testing.assert_allclose(forces[1], forces[0], rtol=1e-9, atol=1e-9 * np.abs(forces[0]).max())


def test_atoms_in_flight_bound_each_call_and_all_structures_come_out(settings):
    potential = Potential()
    together = outcomes(metals(), potential, settings, atoms_in_flight=8)
    assert set(together) == {atoms.info["id"] for atoms in metals()}
    assert potential.most_atoms <= max(8, max(map(len, metals())))


def test_calls_are_shared(settings):
    potential = Potential()
    together = outcomes(metals(), potential, settings, atoms_in_flight=1000)
    assert potential.calls == 1 + max(outcome.steps for outcome in together.values())


def test_steps_and_time_are_limited(settings):
    few = outcomes(metals(), Potential(), settings.model_copy(update={"max_steps": 1}))
    assert {outcome.reason for outcome in few.values() if isinstance(outcome, Rejected)} == {Reason.NOT_CONVERGED}
    late = outcomes(metals(), Potential(), settings.model_copy(update={"time_limit": 1e-9}))
    assert Reason.TIME_LIMIT in {outcome.reason for outcome in late.values() if isinstance(outcome, Rejected)}


def test_one_that_breaks_the_batch_is_found_and_the_others_go_on(settings):
    class Broken(Potential):
        def __call__(self, structures):
            if any("Pd" in atoms.symbols for atoms in structures):
                raise MemoryError("no room for Pd")
            return super().__call__(structures)

    together = outcomes(metals(), Broken(), settings)
    assert together["Pd"].reason is Reason.ENGINE_ERROR
    assert "no room for Pd" in together["Pd"].detail
    assert sum(isinstance(outcome, Relaxed) for outcome in together.values()) == len(metals()) - 1


@pytest.mark.parametrize("field", ["energy", "forces", "stress"])
def test_what_is_not_finite_is_rejected(settings, field):
    class NotFinite(Potential):
        def __call__(self, structures):
            results = super().__call__(structures)
            return [
                replace(result, **{field: getattr(result, field) * np.nan}) if "Ni" in atoms.symbols else result
                for atoms, result in zip(structures, results, strict=True)
            ]

    together = outcomes(metals(), NotFinite(), settings)
    assert together["Ni"].reason is Reason.NOT_FINITE
    assert sum(isinstance(outcome, Relaxed) for outcome in together.values()) == len(metals()) - 1


def test_a_structure_that_has_diverged_costs_no_more_steps(settings):
    class Absurd(Potential):
        def __call__(self, structures):
            return [
                replace(result, forces=result.forces * 1e9) if "Au" in atoms.symbols else result
                for atoms, result in zip(structures, super().__call__(structures), strict=True)
            ]

    together = outcomes(metals(), Absurd(), settings)
    assert together["Au"].reason is Reason.DIVERGED
    assert together["Au"].detail.endswith("after 0 steps")
    assert isinstance(together["Cu"], Relaxed)


def test_a_cell_that_flies_apart_is_stopped(settings):
    class Repulsive(Potential):
        def __call__(self, structures):
            return [
                Evaluation(0.0, np.zeros((len(atoms), 3)), np.array([-10.0, -10, -10, 0, 0, 0])) for atoms in structures
            ]

    together = outcomes(metals(), Repulsive(), settings)
    assert {outcome.reason for outcome in together.values()} <= {Reason.VOLUME, Reason.NOT_CONVERGED}
