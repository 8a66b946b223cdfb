"""The tables of the validation from energies that are known, and the known phases against their published symmetry."""

import shutil
import sys

import numpy as np
import pandas as pd
import pytest

from ccdcgan.database.known_phases import KnownPhases, Phase
from ccdcgan.judging import validation
from ccdcgan.judging.validation import MARKERS, best_candidates, compare, energy_table, lattice_constants, lattice_table
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.runs.markdown import between_markers
from tests.conftest import ROOT, bi2se3, rocksalt


def relaxed(**energies):
    """A table of relaxed structures; keywords name the formula, values are total energies in eV/atom."""
    rows = [
        {"id": name, "formula": name, "status": "relaxed", "energy_per_atom": energy}
        for name, energy in energies.items()
    ]
    return pd.DataFrame(rows)


def test_lattice_constants_of_any_setting():
    assert lattice_constants(bi2se3()) == pytest.approx((4.143, 28.636))
    assert lattice_constants(rocksalt(a=5.9) * (1, 2, 1)) == pytest.approx((5.9,))


def test_formation_energy_and_hull_of_known_energies():
    # Zero: Bi -4, Se -3. Bi2Se3 on the hull at -0.4, BiSe 0.1 above the line from Bi to Bi2Se3, at -0.4 * 5 / 6 + 0.1.
    table = relaxed(Bi=-4.0, Se=-3.0, Bi2Se3=-3.4 - 0.4, BiSe=-3.5 - 1 / 3 + 0.1)
    energies = energy_table(table)
    assert energies["formation_energy"].to_dict() == pytest.approx(
        {"Bi": 0.0, "Se": 0.0, "Bi2Se3": -0.4, "BiSe": -1 / 3 + 0.1}
    )
    assert energies["energy_above_hull"].to_dict() == pytest.approx({"Bi": 0.0, "Se": 0.0, "Bi2Se3": 0.0, "BiSe": 0.1})


def test_each_engine_has_its_own_zero_and_its_own_rejects():
    one = relaxed(Bi=-4.0, Se=-3.0, Bi2Se3=-3.8)
    other = relaxed(Bi=-14.0, Se=-3.0, Bi2Se3=-7.9)
    other.loc[2, "status"] = "rejected"
    beside = compare({"one": one, "other": other}, ["Bi", "Bi2Se3", "Se"])
    assert beside.loc["Bi2Se3", "E_f one"] == pytest.approx(-0.4)
    assert np.isnan(beside.loc["Bi2Se3", "E_f other"])
    assert beside["E_f other"].dropna().to_dict() == pytest.approx({"Bi": 0.0, "Se": 0.0})


def test_a_lost_element_is_an_error():
    with pytest.raises(ValueError, match="no relaxed Se"):
        energy_table(relaxed(Bi=-4.0, Bi2Se3=-3.8))


def test_a_changed_space_group_and_a_reject_are_said():
    phases = [Phase(bi2se3(), 166, lattice=(4.143, 28.636)), Phase(rocksalt(), 221), Phase(rocksalt(name="gone"), 225)]
    table = lattice_table(KnownPhases(phases, {}), {"one": [bi2se3(), rocksalt(a=6.0)]})
    assert list(table["one"]) == ["4.143, 28.636", "6.000 (now 225)", "rejected"]
    assert list(table["published"]) == ["4.143, 28.636", "", ""]


def test_the_page_has_its_markers():
    assert between_markers((ROOT / "resources/validation.md").read_text(), "new", MARKERS)


def test_the_best_small_candidates_of_a_run(tmp_path):
    (tmp_path / "cif").mkdir()
    rows = []
    for name, above, size in [("big", 0.0, 20), ("second", 0.2, 2), ("first", 0.1, 2)]:
        rocksalt(name=name).write(tmp_path / f"cif/{name}.cif")
        rows.append({"id": name, "energy_above_hull": above, "n_atoms": size, "cif": f"cif/{name}.cif"})
    rows.append({"id": "no-file", "energy_above_hull": 0.0, "n_atoms": 2, "cif": None})
    pd.DataFrame(rows).to_csv(tmp_path / "candidates.csv", index=False)
    candidates = best_candidates(tmp_path / "candidates.csv")
    assert [atoms.info["id"] for atoms in candidates] == ["first", "second"]
    assert all(lattice_constants(atoms) == pytest.approx((5.9,), abs=1e-3) for atoms in candidates)


class Engine:
    """Bi at -4 and Se at -3 eV, every compound 0.2 eV/atom below them."""

    def __init__(self, settings, threads, folder):
        self.scale = f"scale of {settings.engine}"

    def relax(self, structures):
        for atoms in structures:
            bismuth = (atoms.symbols == "Bi").sum()
            mixed = 0 < bismuth < len(atoms)
            energy = -4.0 * bismuth - 3.0 * (len(atoms) - bismuth) - 0.2 * mixed * len(atoms)
            yield atoms.info["id"], Relaxed(atoms.copy(), energy, steps=1, fmax=0.01)


def test_the_whole_page_with_the_candidates_of_a_run(tmp_path, monkeypatch, capsys):
    for part in ("config", "resources"):
        shutil.copytree(ROOT / part, tmp_path / part)
    run = tmp_path / "results/bi-se"
    (run / "cif").mkdir(parents=True)
    rocksalt(a=6.0, name="found").write(run / "cif/found.cif")
    rows = [{"id": "found", "energy_above_hull": 0.0, "n_atoms": 2, "cif": "cif/found.cif"}]
    pd.DataFrame(rows).to_csv(run / "candidates.csv", index=False)
    page = tmp_path / "resources/validation.md"
    page.write_text("# Title\n\n" + "\n".join(MARKERS) + "\n\nConclusions\n")
    monkeypatch.setattr(validation, "ROOT", tmp_path)
    monkeypatch.setattr(validation, "RESOURCES", tmp_path / "resources")
    monkeypatch.setattr(validation, "load_engine", Engine)
    monkeypatch.setattr(sys, "argv", ["validation", "--candidates", str(run / "candidates.csv")])
    validation.main()
    text = page.read_text()
    assert text.startswith("# Title")
    assert text.endswith("Conclusions\n")
    assert "| Bi2Se3 | -0.291 | -0.200 | 0.000 | -0.200 | 0.000 |" in text
    assert text.count("| found |") == 2  # beside the potentials, and beside DFT
    assert "- gpaw: scale of gpaw" in text
    assert "### Not built" in text
    assert "| Bi2Se3 |" in capsys.readouterr().out
    beside = pd.read_csv(tmp_path / "results/validation/gpaw_beside.csv").set_index("phase")
    assert set(beside.index) == {"Bi", "Bi4Se3", "BiSe-Pnma", "Bi3Se4", "Bi2Se3", "BiSe2-Cmc2_1", "Se", "found"}
    assert beside.loc["found", "E_f gpaw"] == pytest.approx(-0.2)
