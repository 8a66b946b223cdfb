"""A folder whose answers are known: a copy of the database, a pair of equals, overlapping atoms, a broken file."""

import json
from pathlib import Path

import ase.io
import pandas as pd
import pytest
from ase.build import make_supercell
from pymatgen.analysis.structure_matcher import StructureMatcher

from ccdcgan import evaluate
from ccdcgan.cli import main
from ccdcgan.evaluate import read_files, read_known
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.structures import Reason, Rejected, read_structures, read_table, to_pymatgen, write_structures
from tests.conftest import ROOT, bi2se3, caesium_chloride, rattled, rocksalt

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
def known(tmp_path) -> Path:
    folder = tmp_path / "run"
    (folder / "database").mkdir(parents=True)
    structures = [bi2se3(), rocksalt(name="rs")]
    write_structures(folder / "database/structures.extxyz", structures)
    pd.DataFrame({"id": ["bi2se3", "rs"], "formula": ["Bi2Se3", "BiSe"], "energy_per_atom": [-4.05, -3.75]}).to_csv(
        folder / "database/table.csv", index=False
    )
    references = {"energies": {"Bi": -3.9, "Se": -3.5}, "ids": {}, "compared": {}, "scale": "toy"}
    (folder / "database/references.json").write_text(json.dumps(references | {"second_energies": None}))
    return folder


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
    monkeypatch.setattr(evaluate.engine, "load_engine", lambda *_: Toy())
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
    structures, rejected, _ = read_files([str(tmp_path)], config, "mine")
    assert [atoms.info["id"] for atoms in structures] == ["x.csv_a"]
    assert list(rejected["id"]) == ["x.csv_b"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--database", "{folder}"], "found no database/structures.extxyz"),
        (["--output", "{folder}/out"], "found it inside"),
        (["--config", "{folder}/notes.txt"], "expected keys and values"),
    ],
)
def test_what_cannot_be_used_is_said(options, words, folder, known, tmp_path, capsys):
    given = ["evaluate", str(folder), "--database", str(known), "--output", str(tmp_path / "out")]
    assert main([*given, *(option.format(folder=folder) for option in options)]) == 2
    assert words in capsys.readouterr().err


def test_energies_on_another_scale_are_refused(judge, monkeypatch, folder, known, tmp_path, capsys):
    monkeypatch.setattr(Toy, "scale", "other")
    given = ["evaluate", str(folder), "--database", str(known), "--output", str(tmp_path / "other")]
    assert main(given) == 2
    assert "scale 'toy', expected 'other'" in capsys.readouterr().err


def test_a_ready_made_database_is_that_of_its_own_run(config):
    folder = ROOT / "resources/databases/bi-se"
    known = read_known(folder, config)
    assert [atoms.info["id"] for atoms in known.structures] == list(known.table["id"])
    assert json.loads((folder / "database.json").read_text())["counts"]["relaxed"] == len(known.structures)
    assert known.references.energies["Bi"] == pytest.approx(-3.8825, abs=1e-4)
