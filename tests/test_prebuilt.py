"""A ready-made database: packed, checked, unpacked."""

import json

import pandas as pd
import pytest
from ase import Atoms

from ccdcgan.config import ConfigError, load_config
from ccdcgan.database import build_database, find_references
from ccdcgan.known_phases import read_known_phases
from ccdcgan.packing import MARKERS, main, pack
from ccdcgan.prebuilt import FILES, check_prebuilt, packed, unpack
from ccdcgan.relaxation.batch import COLUMNS
from ccdcgan.structures import read_structures, write_structures
from tests.conftest import ROOT, bi2se3, rocksalt

CONFIG = ROOT / "config/config.yaml"


def relaxed_row(atoms, energy_per_atom, **more):
    row = dict.fromkeys(COLUMNS) | {
        "id": atoms.info["id"],
        "formula": atoms.get_chemical_formula(mode="metal"),
        "n_atoms": len(atoms),
        "status": "relaxed",
        "energy": energy_per_atom * len(atoms),
        "energy_per_atom": energy_per_atom,
        "second_energy_per_atom": energy_per_atom + 0.01,
        "scale": "PBE",
        "volume_per_atom": atoms.get_volume() / len(atoms),
        "steps": 3,
    }
    return row | more


@pytest.fixture
def results(tmp_path, config):
    """A run with two batches, of which the second has a reject, and its database."""
    folder = tmp_path / "results"
    for part in ("prototypes", "relaxation", "database", "known_phases"):
        (folder / part).mkdir(parents=True)
    batches = {"0000": [bi2se3(), rocksalt(name="salt")], "0001": [rocksalt(a=6.3, name="strained")]}
    rows = {name: [relaxed_row(atoms, -3.8) for atoms in structures] for name, structures in batches.items()}
    lost = relaxed_row(rocksalt(name="lost"), -3.0, status="rejected", reason="time_limit", detail="301 s")
    rows["0001"].append(lost)
    for name, structures in batches.items():
        write_structures(folder / f"relaxation/{name}.extxyz", structures)
        pd.DataFrame(rows[name]).to_csv(folder / f"relaxation/{name}.csv", index=False)
    elements = []
    for symbol, energy in (("Bi", -3.9), ("Se", -3.4)):
        solid = Atoms(symbol, cell=[3.3] * 3, pbc=True)
        solid.info = {"id": symbol}
        elements.append(relaxed_row(solid, energy))
    pd.DataFrame(elements).to_csv(folder / "relaxation/references.csv", index=False)
    every = pd.DataFrame([row for batch in rows.values() for row in batch])
    table = pd.DataFrame({"id": every["id"], "source": "aflow", "licence": "CDDL-1.0"})
    table.to_csv(folder / "prototypes/table.csv", index=False)
    rejected = pd.DataFrame({"id": ["a", "b"], "reason": ["too_long", "duplicate"], "detail": ["11 angstrom", "of c"]})
    rejected.to_csv(folder / "prototypes/rejected.csv", index=False)
    references = find_references(pd.DataFrame(elements), config.system)
    structures = [atoms for batch in batches.values() for atoms in batch]
    database = build_database(structures, every, references, config.system, config.matching, 0.4, 0)
    database.to_csv(folder / "database/table.csv", index=False)
    (folder / "database/references.json").write_text(json.dumps(vars(references)))
    write_structures(folder / "database/structures.extxyz", structures)
    phases = read_known_phases(ROOT / "resources/known_phases/Bi-Se.json", config.prototypes.volume_scale).phases
    lost = {"status": "rejected", "reason": "time_limit"}
    rows = [relaxed_row(phase.atoms, -3.8, **(lost if phase.atoms.info["id"] == "Bi2Se" else {})) for phase in phases]
    pd.DataFrame(rows).to_csv(folder / "known_phases/relaxation.csv", index=False)
    relaxed = [phase.atoms for phase in phases if phase.atoms.info["id"] != "Bi2Se"]
    write_structures(folder / "known_phases/structures.extxyz", relaxed)
    return folder


def test_what_is_packed_comes_back(results, tmp_path, config):
    pack(results, tmp_path / "packed", config)
    for name, file in FILES.items():
        unpack(tmp_path / "packed" / packed(file), tmp_path / name)
    rows = pd.read_csv(tmp_path / "table")
    assert list(rows["id"]) == ["bi2se3", "salt", "strained", "lost"]
    lines = [(results / f"relaxation/{name}.csv").read_text().splitlines() for name in ("0000", "0001")]
    assert (tmp_path / "table").read_text().splitlines() == [*lines[0], *lines[1][1:]]
    structures = read_structures(tmp_path / "structures")
    assert [atoms.info["id"] for atoms in structures] == ["bi2se3", "salt", "strained"]
    assert structures[0].positions == pytest.approx(bi2se3().positions, abs=1e-7)
    for name, path in (("prototypes", "prototypes/table.csv"), ("references", "relaxation/references.csv")):
        assert (tmp_path / name).read_bytes() == (results / path).read_bytes()


def test_the_same_run_gives_the_same_files(results, tmp_path, config):
    for folder in ("one", "other"):
        pack(results, tmp_path / folder, config)
    for file in FILES.values():
        assert (tmp_path / "one" / packed(file)).read_bytes() == (tmp_path / "other" / packed(file)).read_bytes()


def test_a_missing_batch_is_an_error(results, tmp_path, config):
    (results / "relaxation/0001.csv").unlink()
    with pytest.raises(ValueError, match="found 2 structures, expected 4"):
        pack(results, tmp_path / "packed", config)


def test_the_datasheet_counts_what_is_there(results, tmp_path, config, monkeypatch):
    page = tmp_path / "packed/README.md"
    page.parent.mkdir()
    page.write_text("# Title\n" + "\n".join(MARKERS) + "\nWords\n")
    main([str(results), str(page.parent), "--configfile", str(CONFIG)])
    text = page.read_text()
    assert text.startswith("# Title")
    assert text.endswith("Words\n")
    for line in (
        "| candidates enumerated | 6 |",
        "| distinct cells within the bounds | 4 |",
        "| relaxed | 3 |",
        "| distinct after relaxation | 2 |",
        "| aflow | CDDL-1.0 | 4 |",
        "| prototypes | duplicate | 1 |",
        "| relaxation | time_limit | 1 |",
        "| Bi2Se3 | 5 | -0.200 | 0.000 | bi2se3 |",
        "| Bi2Se | 9 |  |  |  |",
        "| BiSe3 |  |  |  |  |",
    ):
        assert line in text, line


def with_prebuilt(folder, **changes):
    config = load_config(CONFIG)
    database = config.database.model_copy(update={"prebuilt": str(folder)})
    return config.model_copy(update={"database": database, **changes})


def test_a_database_that_fits_is_accepted(results, tmp_path, config):
    pack(results, tmp_path / "packed", config)
    check_prebuilt(with_prebuilt(tmp_path / "packed"))
    check_prebuilt(with_prebuilt(tmp_path / "packed", system=["Se", "Bi"]))
    other = config.relaxation.model_copy(update={"fmax": 0.01, "batch_size": 7})
    check_prebuilt(with_prebuilt(tmp_path / "packed", relaxation=other))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"system": ["Sb", "Te"]}, ["Bi-Se", "Sb-Te", "null"]),
        ({"engine": "chgnet"}, ["relaxation.engine", "'sevennet'", "'chgnet'"]),
        ({"energy_model": "7net-0"}, ["relaxation.energy_model", "None", "'7net-0'"]),
    ],
)
def test_one_that_does_not_fit_is_refused(results, tmp_path, config, change, words):
    pack(results, tmp_path / "packed", config)
    if "system" not in change:
        change = {"relaxation": config.relaxation.model_copy(update=change)}
    with pytest.raises(ConfigError, match=r"database\.prebuilt") as error:
        check_prebuilt(with_prebuilt(tmp_path / "packed", **change))
    assert all(word in str(error.value) for word in words)


def test_an_incomplete_folder_is_named(results, tmp_path, config):
    pack(results, tmp_path / "packed", config)
    (tmp_path / "packed/references.csv.gz").unlink()
    with pytest.raises(ConfigError, match=r"found no references.csv.gz"):
        check_prebuilt(with_prebuilt(tmp_path / "packed"))
    with pytest.raises(ConfigError, match=r"found no database.json"):
        check_prebuilt(with_prebuilt(tmp_path / "nowhere"))
