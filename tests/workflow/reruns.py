"""What runs again after which change: changes to a finished run, and what Snakemake then plans."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.workflow.running import smallest

TABLE = Path(__file__).parents[2] / "resources/reruns.md"
MODULES = (
    *("prototypes/aflow", "relaxation/batch", "database", "voxels/storage", "autoencoders", "graphs", "reconstruction"),
    *("constraint", "gan", "generation", "decoding", "matching", "hull", "known_phases", "funnel", "figures/style"),
)
"""One of each stage."""
KEYS = (
    *(
        "seed=1",
        "prototypes={max_atoms: 5}",
        "matching={stol: 0.25}",
        "relaxation={fmax: 0.2}",
        "database={held_out: 0.3}",
    ),
    *(
        "voxels={sites_sigma: 0.7}",
        "autoencoders={lattice: {steps: 300}}",
        "constraint={steps: 30}",
        "gan={steps: 300}",
    ),
    *("decoding={threshold: 0.2}", "screening={tolerance: 0.2}", "hull={stable: 0.05}", "report={best: 2}"),
    *("studies={seeds: [1]}", "relaxation={vasp: {encut: 520}}"),
)
"""One of each section; the last two are used by nothing that this run makes."""


@dataclass(frozen=True)
class Change:
    """Something that happens to a finished run."""

    name: str
    do: Callable[[Path], None] = lambda folder: None
    arguments: tuple[str, ...] = ()


def touch(folder: Path) -> None:
    for path in (folder / "workflow").rglob("*.*"):
        path.touch()


def renew(folder: Path) -> None:
    """Give every file the time of now, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            os.utime(path)


def edit(module: str) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        path = folder / "workflow/ccdcgan" / f"{module}.py"
        path.write_text(path.read_text() + "\n# edited\n")

    return do


def delete(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "results/test" / name).unlink()


def cut(name: str) -> Callable[[Path], None]:
    return lambda folder: os.truncate(folder / "results/test" / name, 10)


CHANGES = [
    Change("nothing"),
    Change("every file of the workflow touched", touch),
    Change("the same commit, results carried along, all times new", renew),
    Change(
        "other threads, profile and executor settings", arguments=("--set-threads", "gan=2", "--resources", "gpu=2")
    ),
    *(Change(f"`{module}.py` edited", edit(module)) for module in MODULES),
    *(Change(f"`{key}`", arguments=("--config", key)) for key in KEYS),
    Change("`prototypes={sample: 14}` instead of 10", arguments=("--config", "prototypes={sample: 14}")),
    Change("`generation={count: 30}` instead of 12", arguments=("--config", "generation={count: 30}")),
    Change("`relaxation/0001.csv` deleted", delete("relaxation/0001.csv")),
    Change("`voxels/voxels.h5` cut after 10 bytes", cut("voxels/voxels.h5")),
    Change("`hull/dcgan.csv` deleted", delete("hull/dcgan.csv")),
    Change("`figures/fig1b.svg` deleted", delete("figures/fig1b.svg")),
]


def planned(folder: Path, *arguments: str) -> dict[str, int]:
    """Jobs of each rule that would run."""
    run = smallest(folder, "--dry-run", *arguments)
    assert run.returncode == 0, run.stderr[-3000:]
    return jobs(run.stdout + run.stderr)


def jobs(log: str) -> dict[str, int]:
    """Jobs of each rule, from Snakemake's own count of them."""
    stats = re.search(r"^job +count\n[- ]+\n(.*?)\ntotal", log, re.M | re.S)
    lines = stats.group(1).splitlines() if stats else []
    return {name: int(count) for name, count in map(str.split, lines) if name != "all"}


@contextmanager
def changed(folder: Path, change: Change, scratch: Path) -> Iterator[Path]:
    """A copy of a finished run to which something has happened."""
    copy = Path(shutil.copytree(folder, scratch / "changed", symlinks=True))
    change.do(copy)
    yield copy
    shutil.rmtree(copy)


def described(plan: dict[str, int], whole: dict[str, int]) -> str:
    """A plan in words: which rules, and of rules that run in part, how many of their jobs."""
    left_out = [name for name in whole if name not in plan]
    parts = [name for name, count in plan.items() if count != whole[name]]
    counted = {name: f"`{name}`" + (f" ({plan[name]} of {whole[name]})" if name in parts else "") for name in plan}
    if not plan:
        return "nothing"
    if not left_out and not parts:
        return "everything"
    if len(left_out) < len(plan) and not parts:
        return "everything but " + ", ".join(f"`{name}`" for name in left_out)
    return ", ".join(counted.values())
