from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccdcgan.representation.crystal_graphs import SLOT, CrystalGraphs, edge, pack, read_graphs, unpack, write_graphs


@pytest.mark.parametrize(("elements", "expected"), [(1, 20), (2, 28), (3, 32), (4, 32), (5, 36)])
def test_edge(elements: int, expected: int) -> None:
    assert edge(elements) == expected


@given(st.integers(1, 40))
def test_edge_is_the_smallest_multiple_of_four_that_holds_the_slots(elements: int) -> None:
    size = edge(elements)
    assert size % 4 == 0
    assert (size - 4) ** 2 < SLOT * (elements + 1) <= size**2


@settings(deadline=None, max_examples=40)
@given(
    elements=st.integers(2, 4),
    count=st.integers(0, 3),
    lattice_latent=st.integers(1, SLOT),
    sites_latent=st.integers(1, SLOT),
)
def test_unpack_inverts_pack(elements: int, count: int, lattice_latent: int, sites_latent: int) -> None:
    random = np.random.default_rng(0)
    lattice = random.normal(size=(count, lattice_latent)).astype(np.float32)
    sites = random.normal(size=(count, elements, sites_latent)).astype(np.float32)
    graphs = pack(lattice, sites)
    assert graphs.shape == (count, edge(elements), edge(elements))
    assert graphs.dtype == np.float32
    assert np.count_nonzero(graphs) == np.count_nonzero(lattice) + np.count_nonzero(sites)
    found = unpack(graphs, elements=elements, lattice_latent=lattice_latent, sites_latent=sites_latent)
    np.testing.assert_array_equal(found[0], lattice)
    np.testing.assert_array_equal(found[1], sites)


def test_layout_is_the_concatenation_of_slots_of_200_values() -> None:
    lattice, sites = np.full((1, 25), 1.0), np.full((1, 2, 200), [[[2.0], [3.0]]])
    expected = np.concatenate([np.ones(25), np.zeros(175), np.full(200, 2.0), np.full(200, 3.0), np.zeros(184)])
    np.testing.assert_array_equal(pack(lattice, sites), expected.reshape(1, 28, 28))


def test_unpack_ignores_the_padding() -> None:
    lattice, _ = unpack(np.ones((1, 32, 32)), elements=3, lattice_latent=25, sites_latent=200)
    assert lattice.shape == (1, 25)


@pytest.mark.parametrize(
    ("lattice", "sites", "message"),
    [
        ((2, 25), (3, 2, 200), "expected \\(n, zl\\)"),
        ((2, 25), (2, 200), "expected \\(n, zl\\)"),
        ((2, 201), (2, 2, 200), "201 and 200 values found"),
    ],
)
def test_pack_refuses(lattice: tuple[int, ...], sites: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pack(np.zeros(lattice), np.zeros(sites))


def test_unpack_refuses_another_edge() -> None:
    with pytest.raises(ValueError, match="expected \\(n, 32, 32\\)"):
        unpack(np.zeros((1, 28, 28)), elements=3, lattice_latent=25, sites_latent=200)


def crystals(count: int = 3) -> CrystalGraphs:
    random = np.random.default_rng(1)
    return CrystalGraphs(
        ids=[f"dcgan-{index:06d}" for index in range(count)],
        graphs=random.normal(size=(count, 28, 28)).astype(np.float32),
        predicted_formation_energy=random.normal(size=count).astype(np.float32),
        attributes={"system": ["Bi", "Se"], "lattice_latent": 25},
    )


@pytest.mark.parametrize("count", [0, 3])
def test_file_round_trip(tmp_path: Path, count: int) -> None:
    written = crystals(count)
    write_graphs(tmp_path / "graphs.h5", written)
    read = read_graphs(tmp_path / "graphs.h5")
    assert read.ids == written.ids
    np.testing.assert_array_equal(read.graphs, written.graphs)
    assert read.predicted_formation_energy is not None
    np.testing.assert_array_equal(read.predicted_formation_energy, written.predicted_formation_energy)
    assert list(read.attributes["system"]) == ["Bi", "Se"]
    assert read.attributes["lattice_latent"] == 25


def test_prediction_is_optional(tmp_path: Path) -> None:
    write_graphs(tmp_path / "graphs.h5", CrystalGraphs(ids=["a"], graphs=np.zeros((1, 28, 28), dtype=np.float32)))
    assert read_graphs(tmp_path / "graphs.h5").predicted_formation_energy is None
    with h5py.File(tmp_path / "graphs.h5") as file:
        assert set(file) == {"graphs", "id"}


def test_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first.h5", "second.h5"):
        write_graphs(tmp_path / name, crystals())
    assert (tmp_path / "first.h5").read_bytes() == (tmp_path / "second.h5").read_bytes()


def test_write_refuses_repeated_ids_and_unequal_lengths(tmp_path: Path) -> None:
    graphs = np.zeros((2, 28, 28), dtype=np.float32)
    with pytest.raises(ValueError, match="1 repeated ids"):
        write_graphs(tmp_path / "graphs.h5", CrystalGraphs(ids=["a", "a"], graphs=graphs))
    with pytest.raises(ValueError, match=r"lengths \[1, 2\]"):
        write_graphs(tmp_path / "graphs.h5", CrystalGraphs(ids=["a"], graphs=graphs))
    assert not (tmp_path / "graphs.h5").exists()


def test_read_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(ValueError, match=r"text\.h5.*expected an HDF5 file"):
        read_graphs(tmp_path / "text.h5")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    with pytest.raises(ValueError, match="expected 'graphs' and 'id'"):
        read_graphs(tmp_path / "empty.h5")
