"""CIF: what the values of a block mean, and what is refused because it would have to be guessed."""

from pathlib import Path
from typing import Any

import gemmi
import pytest
from pymatgen.core import Composition, Lattice, Structure
from pymatgen.io.cif import CifParser

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.cif import document
from ccdcgan.prototypes.readers.parts import Crystal, Part, attempt
from ccdcgan.prototypes.readers.reading import read as read_file
from tests.prototypes.readers.situations import files_section
from tests.prototypes.support import limits

FACES = ["x,y,z", "x,y+1/2,z+1/2", "x+1/2,y,z+1/2", "x+1/2,y+1/2,z"]
LOOP = "loop_\n{}\n{}\n"


def cif(
    sites: list[str],
    columns: str = "label type_symbol fract_x fract_y fract_z occupancy",
    operators: list[str] | None = FACES,
    cell: tuple[Any, ...] = (5.98, 5.98, 5.98, 90, 90, 90),
    formula: str | None = "Bi Se",
    extra: str = "",
) -> str:
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = ["data_x", *(f"_cell_{name} {value}" for name, value in zip(names, cell, strict=True))]
    if formula is not None:
        lines.append(f"_chemical_formula_sum '{formula}'")
    if operators:
        lines.append(LOOP.format("_symmetry_equiv_pos_as_xyz", "\n".join(f"'{each}'" for each in operators)))
    lines += [extra, LOOP.format("\n".join(f"_atom_site_{name}" for name in columns.split()), "\n".join(sites))]
    return "\n".join(lines)


SITES = ["Bi1 Bi 0 0 0 1", "Se1 Se 0.5 0.5 0.5 1"]


def read(text: str) -> Crystal:
    (part,) = document.parts(text)
    return part.parse()


def reject(text: str) -> Rejected:
    found = attempt(lambda: read(text))
    assert isinstance(found, Rejected), found
    assert "\n" not in found.detail
    return found


def formula(crystal: Crystal) -> str:
    return str(crystal.structure.composition.formula)


# What is read.


def test_rock_salt() -> None:
    crystal = read(cif(SITES))
    assert crystal.remarks == ()
    salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.98), ["Bi", "Se"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert crystal.structure.matches(salt, scale=False, ltol=1e-4, stol=1e-4)
    assert len(crystal.structure) == 8


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 ."]), ""),
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 1.000(2)"]), ""),
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 ?"]), "the occupancy of site Se1 is unknown and taken for 1"),
        (cif([SITES[0], "Se1 ? 0.5 0.5 0.5 1"]), "its label says Se"),
        (cif([SITES[0], "SE1 . 0.5 0.5 0.5 1"]), "its label says Se"),
        (cif([SITES[0], "Se1 SE2- 0.5 0.5 0.5 1"]), ""),
        (cif([SITES[0], "Se1 80Se 0.5 0.5 0.5 1"]), "isotope 80Se"),
        (cif([SITES[0], "Se1 Se 0.5(1) .5 5e-1 1"]), ""),
        (cif([*SITES, "Q1 Te 0.2 0.2 0.2 0"]), "site Q1 has occupancy 0 and is left out"),
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 1"], cell=(5.98, 5.98, "5.98(2)", ".", "90.0", "90.00(1)")), ""),
        (cif(SITES, extra="_symmetry_space_group_name_H-M ?\n_symmetry_Int_Tables_number ."), ""),
        (cif(SITES, extra="_symmetry_space_group_name_H-M 'my own'"), "'my own' is in no table"),
        (cif(SITES, extra="_cell_volume 215(2)"), ""),
        (cif(SITES, extra="_cell_volume ?"), ""),
        (cif(SITES, extra="_cell_formula_units_Z 4"), ""),
        (cif(SITES, formula="Bi4 Se4", extra="_cell_formula_units_Z 4"), ""),
        (cif(SITES, formula="BI SE"), ""),
        (cif(SITES, formula="BiSe"), ""),
        (cif(SITES, formula=None), ""),
        (cif(SITES, formula="?"), ""),
        (cif(SITES, extra="_Symmetry.Space_Group_Name_H-M 'F 2 2 2'", operators=None), ""),
        (cif(SITES, extra="loop_\n_a\n_b\n"), ""),
        (cif(SITES, extra="_a\n;\ndata_y\n_cell_length_a 7\n;\n"), ""),
        (cif([f"{site} . ." for site in SITES], COLUMNS := "label type_symbol fract_x fract_y fract_z occupancy "
             "disorder_assembly disorder_group"), ""),
        (cif([f"{site} A 1" for site in SITES], COLUMNS), ""),
        (cif([f"{site} 4" for site in SITES], "label type_symbol fract_x fract_y fract_z occupancy "
             "symmetry_multiplicity"), ""),
        (cif([f"{site} 9" for site in SITES], "label type_symbol fract_x fract_y fract_z occupancy "
             "symmetry_multiplicity"), "multiplicities of sites are others"),
        (cif([f"{site} d" for site in SITES] + ["X X 0 0 0 1 dum"],
             "label type_symbol fract_x fract_y fract_z occupancy calc_flag"), "site X is a dummy"),
    ],
)  # fmt: skip
def test_what_the_dictionary_says(text: str, remark: str) -> None:
    crystal = read(text)
    assert formula(crystal) == "Bi4 Se4"
    assert remark in "; ".join(crystal.remarks)
    assert bool(remark) == bool(crystal.remarks)


def test_one_site_without_a_loop() -> None:
    text = "\n".join(line for line in cif([], formula="Po").split("\n") if "atom_site" not in line)
    pairs = "_atom_site_label Po1\n" + "\n".join(f"_atom_site_fract_{axis} 0" for axis in "xyz")
    assert formula(read(text.replace("loop_\n\n", "") + pairs)) == "Po4"


def test_deuterium_is_hydrogen() -> None:
    crystal = read(cif(["Li1 Li 0 0 0 1", "D1 D 0.5 0.5 0.5 1"], formula="D Li"))
    assert formula(crystal) == "Li4 H4"
    assert crystal.remarks == ("site D1 holds the isotope D, read as H",)


def test_magnetic_operators_move_atoms_as_others_do() -> None:
    operators = LOOP.format("_space_group_symop_magn_operation.xyz", "x,y,z,+1\n-x,-y,z,-1")
    shifts = LOOP.format("_space_group_symop_magn_centering.xyz", "x,y,z,+1\nx,y+1/2,z+1/2,-1")
    crystal = read(cif(["Bi1 Bi 0.1 0.2 0.3 1"], operators=None, formula="Bi", extra=operators + shifts))
    plain = read(
        cif(["Bi1 Bi 0.1 0.2 0.3 1"], operators=["x,y,z", "-x,-y,z", "x,y+1/2,z+1/2", "-x,-y+1/2,z+1/2"], formula="Bi")
    )
    assert crystal.structure.matches(plain.structure, scale=False, ltol=1e-4, stol=1e-4)
    assert len(crystal.structure) == 4


@pytest.mark.parametrize(
    ("symbol", "sites", "cell", "formula", "setting"),
    [
        # Spinel, the origin of whose atoms is told by their multiplicities.
        ("F d -3 m", ["Mg 0.125 0.125 0.125", "Al 0.5 0.5 0.5", "O 0.2624 0.2624 0.2624"], 8.08, "Mg Al2 O4", ":2"),
        ("F d -3 m", ["Mg 0 0 0", "Al 0.625 0.625 0.625", "O 0.3874 0.3874 0.3874"], 8.08, "Mg Al2 O4", ":1"),
        # Anatase: both origins give TiO2, one of them twice as many atoms.
        ("I 41/a m d", ["Ti 0 0 0", "O 0 0 0.2081"], (3.785, 3.785, 9.514), "Ti O2", ":1"),
        ("I41/amd", ["Ti 0 0.75 0.125", "O 0 0.75 0.3331"], (3.785, 3.785, 9.514), "O2 Ti", ":2"),
    ],
)
def test_origins_are_settled(symbol: str, sites: list[str], cell: Any, formula: str, setting: str) -> None:
    lengths = cell if isinstance(cell, tuple) else (cell,) * 3
    text = cif(
        sites,
        "label fract_x fract_y fract_z",
        operators=None,
        cell=(*lengths, 90, 90, 90),
        formula=formula,
        extra=f"_symmetry_space_group_name_H-M '{symbol}'",
    )
    crystal = read(text)
    assert f"{setting}, the only setting" in crystal.remarks[0]
    assert crystal.structure.composition.reduced_formula == Composition(formula).reduced_formula
    assert crystal.structure.get_space_group_info(0.01)[1] in (227, 141)


def test_a_name_beside_all_atoms_is_settled_by_formula_and_z() -> None:
    """Some write the group's name beside the identity and all atoms of the cell."""
    sites = [f"Bi{n} Bi {x} {y} {z} 1" for n, (x, y, z) in enumerate([(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5)])]
    sites = [*sites, "Bi4 Bi 0.5 0.5 0 1", "Se1 Se 0.5 0.5 0.5 1", "Se2 Se 0.5 0 0 1", "Se3 Se 0 0.5 0 1"]
    sites.append("Se4 Se 0 0 0.5 1")
    name = "_symmetry_space_group_name_H-M 'F m -3 m'\n_cell_formula_units_Z 4"
    crystal = read(cif(sites, operators=["x,y,z"], extra=name))
    assert formula(crystal) == "Bi4 Se4"
    assert "contradict each other" in crystal.remarks[0]
    rejected = reject(cif(SITES, operators=["x,y,z"], extra=name.replace("_cell_formula_units_Z 4", "")))
    assert "does not say which holds" in rejected.detail
    assert formula(read(cif(SITES, operators=["x,y,z"], extra=name))) == "Bi4 Se4"


def test_without_symmetry_only_formula_and_z_say_that_all_is_listed() -> None:
    assert "no space group and no operators" in reject(cif(SITES, operators=None)).detail
    assert "formula is Bi1 Se1 with Z 4" in reject(cif(SITES, operators=None, extra="_cell_formula_units_Z 4")).detail
    assert formula(read(cif(SITES, operators=None, extra="_cell_formula_units_Z 1"))) == "Bi1 Se1"


# What is refused.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (cif([*SITES, "Se2 Se .5 .5 .5 1"], formula=None), "(Se1 and Se2) are 0 angstrom apart"),
        (cif([*SITES, "O O 0.03 0 0 1"], operators=["x,y,z"], formula="O Bi Se"), "atoms 1 and 3 (Bi1 and O) are 0.17"),
        (cif(["Bi1 Bi 0.01 0 0 1"], operators=["x,y,z", "-x,-y,-z"], formula="Bi"), "(Bi1 and Bi1) are 0.1"),
    ],
)
def test_sites_in_one_place_are_named(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.cif").write_text(text)
    (found,) = read_file(tmp_path / "a.cif", files_section(), limits())
    assert isinstance(found.cell, Rejected)
    assert found.cell.reason == "too_close"
    assert words in found.cell.detail


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        (cif([SITES[0], "Se1 Se 0.5 0.5 ? 1"]), "unreadable", "coordinate of site Se1: found '?'"),
        (cif([SITES[0], "Se1 Se 0.5 0.5 1/2 1"]), "unreadable", "found '1/2'"),
        (cif([SITES[0], "Se1 Se 0.5 0.5 nan 1"]), "unreadable", "found 'nan'"),
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 0.5"]), "disordered", "occupancy 0.5"),
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 1.5"]), "disordered", "occupancy 1.5"),
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 -1"]), "unreadable", "occupancy -1"),
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 0"]), "unreadable", "formula is Bi1 Se1"),
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 ?"], formula=None), "unreadable", "unknown"),
        (cif([SITES[0], "Se1 Xx 0.5 0.5 0.5 1"]), "unreadable", "'Xx'"),
        (cif([SITES[0], "Se1 Wat 0.5 0.5 0.5 1"]), "unreadable", "'Wat'"),
        (cif([SITES[0], "SE1 ? 0.5 0.5 0.5 1"], formula=None), "unreadable", "'SE1'"),
        (cif([SITES[0], "OW1 ? 0.5 0.5 0.5 1"]), "unreadable", "'OW1'"),
        (cif([*SITES, "Te1 Te 0.3 0.3 0.3 1"]), "unreadable", "found Bi4 Te4 Se4"),
        (cif([*SITES, "Se2 Se 0.3 0.3 0.3 1"], formula="Bi Se"), "unreadable", "found Bi4 Se8"),
        (cif(SITES, extra="_cell_formula_units_Z 8"), "unreadable", "formula is Bi1 Se1 with Z 8"),
        (cif(SITES, formula="Bi e"), "unreadable", "'Bi e'"),
        (cif(SITES, formula="Bi5 Se5"), "unreadable", "formula is Bi5 Se5"),
        (cif(SITES, operators=FACES[:3]), "unreadable", "some are missing"),
        (cif(SITES, operators=[*FACES[:3], "x+1/2,y+1/2"]), "unreadable", "'x+1/2,y+1/2'"),
        (cif(SITES, cell=(5.98, 5.98, 5.98, 90, 90, "?")), "unreadable", "_cell_angle_gamma: found '?'"),
        (cif(SITES, cell=(5.98, 0, 5.98, 90, 90, 90)), "unreadable", "found edges 5.98, 0"),
        (cif(SITES, cell=(5.98, 5.98, 5.98, 150, 150, 150)), "unreadable", "found angles 150, 150, 150"),
        (cif(SITES, cell=(5.98, 5.98, 5.98, 30, 30, 170)), "unreadable", "found angles 30, 30, 170"),
        (cif(SITES, cell=(5.98, 5.98, 5.98, 40, 50, 90)), "unreadable", "found angles 40, 50, 90"),
        (cif(SITES, extra="_cell_volume 100"), "unreadable", "213.85 angstrom^3, though the file says a volume of 100"),
        (cif(SITES, extra="_cell_volume 219"), "unreadable", "a volume of 219"),
        (cif(SITES, extra="_cell_volume -213.85"), "unreadable", "a volume of -213.85"),
        (cif([*SITES, "Se2 Se .5 .5 .5 1"]), "unreadable", "Bi1 Se1: sites Se1 and Se2 are in one place"),
        (cif([*SITES, "Se2 Se 0 0 .5 1"]), "unreadable", "sites Se1 and Se2"),
        (cif(SITES, operators=None, extra="_symmetry_space_group_name_H-M 'Q 7'"), "unreadable", "'Q 7'"),
        (cif(SITES, operators=None, extra="_symmetry_Int_Tables_number 231"), "unreadable", "'231'"),
        (cif(SITES, operators=None, extra="_symmetry_Int_Tables_number 62"), "unreadable", "may be"),
        (cif(SITES, operators=None, extra="_symmetry_space_group_name_Hall 'F 7'"), "unreadable", "Hall symbol 'F 7'"),
        (cif(SITES, operators=None, extra="_symmetry_space_group_name_H-M 'P 63/m m c'"), "unreadable", "its symmetry"),
        (cif(SITES, extra="_symmetry_Int_Tables_number 2"), "unreadable", "does not say which holds"),
        (cif(SITES, extra="_CELL_LENGTH_A 7"), "unreadable", ""),
        (cif(SITES, extra="_cell.length_a 7"), "unreadable", "_cell.length_a twice"),
        (cif(SITES, extra=LOOP.format("_space_group_symop_operation_xyz", "x,y,z")), "unreadable", "that differ"),
        (cif(SITES, extra="_cell_modulation_dimension 1"), "unreadable", "modulated"),
        (cif(SITES, columns="label type_symbol Cartn_x Cartn_y Cartn_z occupancy"), "unreadable", "fractional"),
        (cif([SITES[0], "Se1 Se 0.5 0.5 0.5 1 ", "Se1 Se 0.5"]), "unreadable", ""),
        (cif([f"{site} 1" for site in SITES], formula=None, columns="label type_symbol fract_x fract_y fract_z "
             "occupancy symmetry_multiplicity"), "unreadable", "other multiplicities"),
        (cif(SITES) + "_atom_site_attached_hydrogens 0\n", "unreadable", "in another loop"),
        (cif([f"{site[:-2]}" for site in SITES], columns="label type_symbol fract_x fract_y fract_z")
             + LOOP.format("_atom_site_occupancy", "0.5\n0.5"), "unreadable", "occupancy in another loop"),
        (cif(SITES, formula="Bi Se 1.5H2O"), "unreadable", "found formula"),
        (cif([f"{site} -1" for site in SITES], columns="label type_symbol fract_x fract_y fract_z occupancy "
             "disorder_group"), "disordered", "groups -1"),
        (cif([f"{site} 2" for site in SITES], columns="label type_symbol fract_x fract_y fract_z occupancy "
             "attached_hydrogens"), "unreadable", "2 attached hydrogen"),
    ],
)  # fmt: skip
def test_what_would_be_a_guess_is_refused(text: str, reason: str, words: str) -> None:
    rejected = reject(text)
    assert rejected.reason == Reason(reason)
    assert words in rejected.detail


@pytest.mark.parametrize(
    ("symbol", "cell", "words"),
    [
        ("P 21/n", (5, 6, 7, 90, 90, 90), "P 1 21/n 1, P 1 1 21/n"),
        ("R 3", (5, 5, 5, 90, 90, 90), ""),
        ("P n n n", (5, 6, 7, 90, 90, 90), "P n n n:1, P n n n:2"),
    ],
)
def test_ambiguous_axes_and_origins_are_refused(symbol: str, cell: tuple[float, ...], words: str) -> None:
    general = ["Bi1 Bi 0.11 0.23 0.37 1", "Se1 Se 0.31 0.42 0.16 1"]
    text = cif(general, operators=None, cell=cell, extra=f"_symmetry_space_group_name_H-M '{symbol}'")
    if words:
        assert words in reject(text).detail
    else:
        assert formula(read(text)) == "Bi3 Se3"
    if symbol == "P 21/n":
        oblique = text.replace("_cell_angle_beta 90", "_cell_angle_beta 90.3")
        assert "P 1 21/n 1" in read(oblique).remarks[0]


def test_a_tag_that_is_there_twice() -> None:
    """With one value, or once without any as the American Mineralogist's collection writes it, it is read."""
    text = cif(SITES)
    for line in (
        "_cell_length_a 5.98",
        "_chemical_formula_sum ''",
        "_cell_length_b ?",
        "_chemical_formula_sum 'Bi Se'",
    ):
        assert formula(read(text + f"{line}\n")) == "Bi4 Se4"
        assert formula(read(text.replace("data_x\n", f"data_x\n{line}\n"))) == "Bi4 Se4"
    for line in ("_cell_length_a 5.99", "_chemical_formula_sum 'Bi2 Se2'", "loop_\n_atom_site_label\n?"):
        assert "twice with different values" in reject(text + f"{line}\n").detail


# Documents.


def test_every_block_with_a_cell_is_told() -> None:
    """Good, broken by a tag without value, about the file only, good again: three are told, each with its place."""
    broken = cif(SITES).replace("data_x", "data_broken") + "\n_tag\n"
    text = "data_global\n_publ_title 'x'\n" + cif(SITES) + broken + cif(SITES).replace("data_x", "data_last")
    parts = document.parts(text)
    assert [part.label for part in parts] == ["1", "2", "3"]
    assert [part.place for part in parts] == ["block 2, data_x", "block 3, data_broken", "block 4, data_last"]
    assert [isinstance(attempt(part.parse), Crystal) for part in parts] == [True, False, True]


def test_blocks_of_one_name_are_read() -> None:
    parts: list[Part] = document.parts(cif(SITES) + cif(SITES))
    assert [formula(part.parse()) for part in parts] == ["Bi4 Se4"] * 2


def test_a_text_that_never_ends_swallows_blocks_and_says_so() -> None:
    (part,) = document.parts(cif(SITES, extra="_a\n;never closed") + cif(SITES))
    rejected = attempt(part.parse)
    assert isinstance(rejected, Rejected)
    assert "1 further blocks in it are not read" in rejected.detail


def test_a_crystal_in_a_save_frame_is_told() -> None:
    parts = document.parts(cif(SITES) + cif(SITES).replace("data_x", "save_y") + "save_\n")
    assert [part.place for part in parts] == ["block 1, data_x", "block 1, data_x, save_y"]
    assert [formula(part.parse()) for part in parts] == ["Bi4 Se4"] * 2


def test_a_document_without_structures() -> None:
    for text in ("", "nothing", "data_x\n_a 1\n"):
        assert isinstance(attempt(lambda text=text: document.parts(text)), Rejected)


def test_others_agree_where_nothing_is_missing() -> None:
    """Pymatgen's parser and gemmi's own, of a file that lists its operators."""
    text = cif(["Bi1 Bi 0.1 0.2 0.3 1", "Se1 Se 0 0 0.3 1"], formula="Bi Se", operators=["x,y,z", "-x,-y,z"])
    assert "found Bi2 Se1" in reject(text).detail
    text = text.replace("'Bi Se'", "'Bi2 Se'")
    ours = read(text).structure
    (pymatgens,) = CifParser.from_str(text).parse_structures(primitive=False)
    assert ours.matches(pymatgens, scale=False, ltol=1e-5, stol=1e-5)
    small = gemmi.make_small_structure_from_block(gemmi.cif.read_string(text).sole_block())
    gemmis = [site.type_symbol for site in small.get_all_unit_cell_sites()]
    assert sorted(gemmis) == sorted(str(site.specie) for site in ours)
