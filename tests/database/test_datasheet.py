from ccdcgan.database.datasheet import datasheet


def test_the_datasheet_counts_what_is_there(results, config):
    text = datasheet(results, config, {"numpy": "2.0", "ase": "3.0"})
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
        "Energies of the elements, eV/atom: Bi -3.9000 (Bi, the lowest of 1), Se -3.4000 (Se, the lowest of 1). "
        "Energy scale: PBE.",
        "numpy 2.0, ase 3.0",
    ):
        assert line in text, line


def test_of_a_system_without_known_phases_there_are_none(results, config):
    other = config.model_copy(update={"system": ["Sb", "Te"]})
    text = datasheet(results, other, {})
    header = "| id | n_atoms | formation_energy | energy_above_hull | database_match |"
    assert f"{header}\n|---|---|---|---|---|\n\n" in text
