"""A folder whose answers are known: a copy of the database, a pair of equals, overlapping atoms, a broken file."""

import json
from pathlib import Path

import ase.io
import pandas as pd
import pytest
from ase.build import make_supercell
from pymatgen.analysis.structure_matcher import StructureMatcher

from ccdcgan.cli import evaluate
from ccdcgan.cli.evaluate import read_files
from ccdcgan.cli.main import main
from ccdcgan.crystals.structures import Reason, Rejected, read_structures, read_table, to_pymatgen
from ccdcgan.prototypes.elements import fill_elemental
from ccdcgan.relaxation.engine import Relaxed
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt

ENERGIES = {"Bi2Se3": -4.05, "BiSe": -3.80}
"""eV/atom; the elements have -3.9 and -3.5."""


class Toy:
    """Leaves structures as they are, but for a shift of all atoms, and knows their energies."""

    scale = "toy"
    calls = 0

    def relax(self, structures):
        for atoms in structures:
            Toy.calls += 1
            formula = to_pymatgen(atoms).composition.reduced_formula
            if atoms.get_volume() / len(atoms) > 100:
                yield atoms.info["id"], Rejected(Reason.NOT_CONVERGED, "too wide")
                continue
            final = atoms.copy()
            final.positions += 0.1
            yield atoms.info["id"], Relaxed(final, ENERGIES[formula] * len(atoms), 1, 0.0)


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "made"
    (folder / "deeper").mkdir(parents=True)
    ase.io.write(folder / "copy.cif", rattled(bi2se3(), "copy", 0.01))
    ase.io.write(folder / "new.cif", caesium_chloride())
    twin = make_supercell(caesium_chloride(), [[1, 1, 0], [0, 1, 0], [0, 0, 2]])
    ase.io.write(folder / "deeper/twin.vasp", twin, format="vasp")
    overlapping = rocksalt()
    overlapping.positions[1] = overlapping.positions[0] + [0.4, 0, 0]
    ase.io.write(folder / "overlapping.extxyz", overlapping)
    ase.io.write(folder / "wide.cif", caesium_chloride(9.0))
    telluride = rocksalt()
    telluride.symbols[1] = "Te"
    ase.io.write(folder / "telluride.cif", telluride)
    (folder / "broken.cif").write_text("data_x\n_cell_length_a oops\n_atom_site_fract_x\n")
    (folder / "notes.txt").write_text("not a structure")
    return folder


@pytest.fixture
def judge(tmp_path, folder, known, monkeypatch, capsys):
    """The tables that the command writes, and what it prints."""
    monkeypatch.setattr(evaluate.registry, "load_engine", lambda *_: Toy())
    bounds = tmp_path / "bounds.yaml"
    bounds.write_text("relaxation: {min_distance: 1.0, volume_per_atom: [10.0, 60.0]}\n")
    output = tmp_path / "judged"

    def call(*options: str) -> tuple[pd.DataFrame, pd.DataFrame, str]:
        given = [str(folder), "--database", str(known), "--output", str(output), "--config", str(bounds), *options]
        assert main(["evaluate", *given]) == 0
        structures = read_table(output / "structures.csv").set_index("id")
        return structures, pd.read_csv(output / "metrics.csv").set_index("metric"), capsys.readouterr().out

    call.output = output
    return call


def test_every_structure_has_its_known_answer(judge, folder):
    table, _, _ = judge()
    assert set(table.index) == {
        *("copy.cif", "new.cif", "deeper_twin.vasp", "overlapping.extxyz", "wide.cif", "telluride.cif", "broken.cif")
    }
    assert list(table.loc[["broken.cif", "telluride.cif"], "reason"]) == ["unreadable", "species"]
    assert list(table.loc[["overlapping.extxyz", "wide.cif"], "reason"]) == ["too_close", "not_converged"]
    # A row for each, in or out.
    assert (table["status"] == "relaxed").sum() + table["reason"].notna().sum() == len(table)
    assert list(table.loc[["copy.cif", "overlapping.extxyz", "broken.cif"], "valid"]) == [True, False, False]
    assert table.loc["overlapping.extxyz", "shortest_distance"] == pytest.approx(0.4, abs=1e-6)
    assert table.loc["copy.cif", "database_match"] == "bi2se3"
    twins = ["new.cif", "deeper_twin.vasp"]
    assert sorted(table.loc[twins, "unique"]) == [False, True]
    assert list(table.loc[twins, "novel"]) == [True, True]
    # By hand: -3.80 against -3.70 for the elements and -3.7667 on the tie line from Bi to Bi2Se3.
    assert list(table.loc[twins, "formation_energy"]) == pytest.approx([-0.1, -0.1])
    on_the_line = (1 / 6) * -3.9 + (5 / 6) * -4.05
    assert list(table.loc[twins, "energy_above_hull"]) == pytest.approx([-3.8 - on_the_line] * 2)
    found = [to_pymatgen(ase.io.read(folder / name)) for name in ("new.cif", "deeper/twin.vasp")]
    assert StructureMatcher().fit(*found)
    assert table.loc["new.cif", "rms_to_relaxed"] == pytest.approx(0, abs=1e-6)
    # SMACT: both compositions are neutral for some oxidation states.
    assert list(table.loc[["copy.cif", "new.cif"], "smact"]) == [True, True]


def test_metrics_count_the_rows_and_nothing_is_relaxed_again(judge):
    before, _, _ = judge()
    calls = Toy.calls
    table, metrics, printed = judge()
    assert Toy.calls == calls
    pd.testing.assert_frame_equal(before, table)
    counts = {name: (metrics.loc[name, "k"], metrics.loc[name, "n"]) for name in metrics.index}
    assert counts["decodable"] == (5, 7)
    assert counts["valid"] == (4, 7)
    assert counts["relaxed"] == (3, 5)
    assert counts["unique"] == (2, 5)
    assert counts["novel"] == (2, 5)
    assert counts["distinct"] == (1, 5)
    assert counts["negative_formation_energy"] == (3, 5)
    assert counts["stable"] == (1, 5)
    assert counts["sun_0"] == (0, 5)
    assert counts["coverage"][1] == 2
    assert "notes.txt" in printed
    assert "1 not_converged" in printed
    report = json.loads((judge.output / "metrics.json").read_text())
    assert report["scale"] == "toy"
    assert {row["metric"] for row in report["metrics"]} == set(metrics.index)
    assert len(read_structures(judge.output / "relaxed.extxyz")) == (table["status"] == "relaxed").sum()


def test_without_relaxation_there_are_no_energies(judge):
    table, metrics, _ = judge("--no-relax")
    assert set(table["status"]) == {"as_given", "not_decoded"}
    assert table["formation_energy"].isna().all()
    # The twins and the wide one, which StructureMatcher scales to their volume, are one crystal.
    assert (metrics.loc["distinct", "k"], metrics.loc["distinct", "n"]) == (1, 5)
    assert metrics.loc["distinct", "of"] == "crystals"
    assert "metastable" not in metrics.index
    assert not (judge.output / "relaxed.extxyz").exists()


def test_a_table_of_cifs_is_read_by_its_column(tmp_path, config):
    text = to_pymatgen(rocksalt()).to(fmt="cif")
    pd.DataFrame({"material_id": ["a", "b"], "mine": [text, "nonsense"]}).to_csv(tmp_path / "x.csv", index=False)
    given = read_files([str(tmp_path)], config, "mine")
    assert [atoms.info["id"] for atoms in given.structures] == ["x.csv_a"]
    assert list(given.rejected["id"]) == ["x.csv_b"]


def test_energies_on_another_scale_are_refused(judge, monkeypatch, folder, known, tmp_path, capsys):
    monkeypatch.setattr(Toy, "scale", "other")
    given = ["evaluate", str(folder), "--database", str(known), "--output", str(tmp_path / "other")]
    assert main(given) == 2
    assert "scale 'toy', expected 'other'" in capsys.readouterr().err


def test_elements_are_no_discoveries(tmp_path, known, monkeypatch):
    """Bismuth, simple cubic bismuth and grey selenium, which no database of compounds holds."""
    monkeypatch.setattr(evaluate.registry, "load_engine", lambda *_: Toy())
    for symbol, energy in (("Bi", -3.9), ("Se", -3.5)):
        monkeypatch.setitem(ENERGIES, symbol, energy)
    made = tmp_path / "elements"
    made.mkdir()
    for symbol, label in (("Bi", "A_hR2_166_c-001"), ("Bi", "A_cP1_221_a-001"), ("Se", "A_hP3_152_a-001")):
        [atoms] = [atoms for atoms in fill_elemental(symbol, 3) if label in atoms.info["id"]]
        ase.io.write(made / f"{label}.vasp", atoms, format="vasp")
    output = tmp_path / "judged"
    assert main(["evaluate", str(made), "--database", str(known), "--output", str(output)]) == 0
    table = read_table(output / "structures.csv")
    assert list(table["status"]) == ["relaxed"] * 3
    assert not table["novel"].any()
    assert table["database_match"].str.contains(r"A_(?:hR2_166_c|cP1_221_a|hP3_152_a)-001\.(?:Bi|Se)").all()
    metrics = pd.read_csv(output / "metrics.csv").set_index("metric")
    assert list(metrics.loc[["novel", "distinct", "sun_0", "sun_0.1"], "k"]) == [0, 0, 0, 0]


def test_a_row_is_not_taken_for_a_file_of_the_same_name(tmp_path, config):
    """``x.csv#1`` is the id of a row, and the name of a file that is no structure file."""
    text = to_pymatgen(rocksalt()).to(fmt="cif")
    pd.DataFrame({"cif": [text, text]}).to_csv(tmp_path / "x.csv", index=False)
    (tmp_path / "x.csv#1").write_text("a note")
    given = read_files([str(tmp_path)], config)
    assert [atoms.info["id"] for atoms in given.structures] == ["x.csv_1", "x.csv_2"]
    assert given.other == ["x.csv#1"]
