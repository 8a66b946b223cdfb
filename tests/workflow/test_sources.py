"""Three sources of prototypes in one run, one of them a folder with broken files."""

import re

import pandas as pd
import pytest
from pymatgen.core import Composition

from ccdcgan.crystals.structures import read_structures
from tests.prototypes.mixed_files import BROKEN, name_of_broken, write_mixed
from tests.workflow.running import checkout, smallest

RANDOM = 6
# Files first: the good ones hold AFLOW's prototypes, and of two that match, the one of the earlier source stays.
SOURCES = (
    f"prototypes={{sources: [files, random, aflow], sample: 1000, random: {{count: {RANDOM}, time_limit: 2.0}}, "
    "files: {paths: [mixed], max_size: 5.0, time_limit: 4.0, licence: CC0-1.0}}"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder of the run, and the names of the good structures in its files."""
    folder = checkout(tmp_path_factory.mktemp("sources"))
    names = write_mixed(folder / "mixed", good=8)
    done = smallest(folder, "results/test/prototypes/table.csv", "--config", SOURCES)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "results/test/prototypes", names


def test_every_source_is_in_the_table(run):
    results, _ = run
    table = pd.read_csv(results / "table.csv")
    assert set(table["source"]) == {"aflow", "random", "files"}
    assert [atoms.info["id"] for atoms in read_structures(results / "distinct.extxyz")] == list(table["id"])
    licences = table.groupby("source")["licence"].agg(lambda column: set(column.dropna()))
    assert licences.to_dict() == {"aflow": {"CDDL-1.0"}, "random": set(), "files": {"CC0-1.0"}}


def test_nothing_that_a_source_gave_is_lost(run):
    """Counted by what went in: the crystals asked for, the good structures, the broken files."""
    results, names = run
    rejected = pd.read_csv(results / "rejected.csv")
    accounted = [*pd.read_csv(results / "table.csv")["id"], *rejected["id"]]
    assert len(set(accounted)) == len(accounted)
    assert sum(name.startswith("random.") for name in accounted) == RANDOM
    from_files = {name.removesuffix(".Bi.Se").removesuffix(".Se.Bi") for name in accounted if name.startswith("files.")}
    assert from_files == names | set(map(name_of_broken, BROKEN))
    assert rejected["reason"].notna().all()
    logs = results.parent / "logs"
    assert re.search(rf"^random +{RANDOM} ", (logs / "prototypes.log").read_text(), re.M)
    assert "of the 1000 asked for" in (logs / "sample.log").read_text()


def test_broken_files_are_named_with_a_reason(run):
    results, _ = run
    rejected = pd.read_csv(results / "rejected.csv").set_index("id")
    for name, (_, reason, words) in BROKEN.items():
        row = rejected.loc[name_of_broken(name)]
        assert row["reason"] == reason
        assert f"bad ones/{name}: " in row["detail"]
        assert words in row["detail"]


def test_compounds_of_some_of_the_elements_enter_beside_the_sample(tmp_path):
    """With a batch of their own, in the order in which the batches are gathered."""
    folder = checkout(tmp_path)
    setting = ("--config", "system=[Bi, Sb, Te]", "prototypes={subsystems: 2, sample: 4, max_atoms: 3}")
    done = smallest(folder, "results/test/prototypes/table.csv", *setting)
    assert done.returncode == 0, done.stderr[-3000:]
    results = folder / "results/test/prototypes"
    table, rejected = (pd.read_csv(results / name) for name in ("table.csv", "rejected.csv"))
    systems = [Composition(formula).chemical_system for formula in table["formula"]]
    assert systems == 4 * ["Bi-Sb-Te"] + 2 * ["Bi-Sb"] + 2 * ["Bi-Te"] + 2 * ["Sb-Te"]
    assert [atoms.info["id"] for atoms in read_structures(results / "subsystems.extxyz")] == list(table["id"][4:])
    assert not {*table["id"]} & {*rejected["id"]}
    assert rejected["id"].is_unique
    plan = smallest(folder, "results/test/database/table.csv", *setting, "--dry-run", "--quiet", "host")
    assert re.search(r"relaxation/subsystems\.csv", plan.stdout + plan.stderr)
