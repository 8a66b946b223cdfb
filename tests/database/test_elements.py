"""The table of references, and the structures that every run starts from."""

import numpy as np
import pandas as pd
import pytest

from ccdcgan.config.elements import NOBLE_GASES, POTENTIAL_ELEMENTS
from ccdcgan.config.loading import load_config
from ccdcgan.config.project import RESOURCES
from ccdcgan.crystals.structures import Reason, read_structures
from ccdcgan.database.building import find_references
from ccdcgan.database.elements import COLUMNS, Race, published_energies, reference_row
from ccdcgan.prototypes.elements import fill_elemental, ground_state, substitute_elements
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.registry import load_engine
from tests.conftest import ROOT

CONFIG = load_config(ROOT / "config/config.yaml")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(RESOURCES / "references.csv", keep_default_na=False, na_values=[""]).set_index("element")


def test_every_element_of_the_potential_is_in_it(table):
    assert set(table.index) == set(POTENTIAL_ELEMENTS) - set(NOBLE_GASES)
    assert [*table.reset_index()] == COLUMNS
    assert (table[["relaxed", "given_up", "rejected"]].sum(axis=1) == table["prototypes"]).all()
    assert (table["prototypes"] >= 30).all()
    assert (table["n_atoms"] <= 32).all()


def test_structures_and_page_are_those_of_the_table(table):
    shipped = read_structures(RESOURCES / "references.extxyz")
    names = {atoms.info["id"].split(".", 1)[1] for atoms in shipped}
    assert len(names) == len(shipped) <= 2 * len(table)
    assert {f"{label}.{symbol}" for symbol, label in table["reference"].items()} <= names
    lacking = {symbol for symbol in table.index if f"{ground_state(symbol)}.{symbol}" not in names}
    assert lacking == {"Pu"}  # relaxes to nonsense, as the page says
    page = (RESOURCES / "references.md").read_text()
    for symbol, row in table.iterrows():
        assert f"| {symbol} | {row['reference']} |" in page
    assert (
        f"From the published energies ours differ by {table['difference'].abs().mean():.3f} eV/atom in the mean" in page
    )


def test_published_energies_are_those_of_the_materials_project(table):
    """Two that were looked up elsewhere: Bi -3.8900 and Se -3.4959 eV/atom."""
    published = published_energies()
    assert published["Bi"] == (pytest.approx(-3.8900, abs=1e-4), "mp-23152")
    assert published["Se"][0] == pytest.approx(-3.4959, abs=1e-4)
    assert len(published) == len(POTENTIAL_ELEMENTS)
    difference = table["energy"] - table["published"]
    assert np.allclose(difference, table["difference"], atol=2e-4)


@pytest.mark.parametrize("symbol", ["N", "O", "B", "Bi", "Se", "Ga"])
def test_a_run_finds_the_reference_of_the_table(table, tmp_path, symbol):
    """Within 0.01 eV/atom of it, whatever ``reference_atoms`` is, with the default run's own settings."""
    settings = CONFIG.relaxation.of_engine()
    structures = substitute_elements(0, [symbol])
    relaxed, rows = relax_batch(structures, lambda: load_engine(settings, 1, tmp_path), settings, tmp_path / "journal")
    assert len(relaxed) == len(structures)
    references = find_references(rows, [symbol])
    assert references.energies[symbol] == pytest.approx(table.loc[symbol, "energy"], abs=0.01)


def test_what_cannot_win_is_given_up():
    race = Race(spared="aflow.A_cP1_221_a-001.Bi")
    cubic, diamond = (
        next(atoms for atoms in fill_elemental("Bi", 2) if label in atoms.info["id"]) for label in ("cP1", "cF8")
    )
    assert race(cubic, -4.0, 0) is None
    assert race(diamond, -2 * 2.6, 0) is None
    refused = race(diamond, -2 * 2.4, 0)
    assert refused is not None
    assert refused.reason is Reason.GIVEN_UP
    assert "1.600 eV/atom" in refused.detail
    assert race(diamond, -2 * 3.9, 60) is not None
    assert race(cubic, -1.0, 60) is None
    assert race(diamond, -2 * 4.5, 60) is None
    assert race.lowest == -4.5


def test_the_ground_state_gives_its_name_to_its_equal():
    """Two descriptions of one crystal; a lower one that is another crystal keeps its own."""
    known, other = (
        next(atoms for atoms in fill_elemental("Bi", 2) if label in atoms.info["id"])
        for label in ("hR2_166_c-001", "cP1")
    )
    twin = known.copy()
    twin.info = {"id": "aflow.twin.Bi"}
    rows = pd.DataFrame(
        {
            "id": [atoms.info["id"] for atoms in (known, twin, other)] + ["aflow.lost.Bi"],
            "status": ["relaxed"] * 3 + ["rejected"],
            "reason": [None] * 3 + ["given_up"],
            "energy_per_atom": [-3.880, -3.881, -3.8, None],
        }
    )
    row, shipped = reference_row("Bi", [known, twin, other], rows, CONFIG.matching)
    assert (row["reference"], row["energy"], row["ground_state_above"]) == (
        "A_hR2_166_c-001",
        pytest.approx(-3.88),
        None,
    )
    assert (row["prototypes"], row["relaxed"], row["given_up"], row["rejected"]) == (4, 3, 1, 0)
    assert [atoms.info["id"] for atoms in shipped] == [known.info["id"]]
    rows.loc[2, "energy_per_atom"] = -3.9
    row, shipped = reference_row("Bi", [known, twin, other], rows, CONFIG.matching)
    assert row["reference"] == "A_cP1_221_a-001"
    assert row["ground_state_above"] == pytest.approx(0.02)
    assert len(shipped) == 2
