"""What runs again after which change: changes to a finished run, and what Snakemake then plans.

``python -m tests.workflow.reruns`` writes `TABLE` anew, from a run whose files are made up; the tests ask a real one.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ccdcgan.runs.artifacts import record
from ccdcgan.runs.markdown import between_markers
from tests.workflow.running import checkout, smallest

TABLE = Path(__file__).parents[2] / "resources/reruns.md"
MARKERS = ("<!-- written by python -m tests.workflow.reruns -->", "<!-- end -->")
MODULES = (
    *("prototypes/sources/aflow", "relaxation/batch", "database/building", "representation/voxels/storage"),
    *("representation/autoencoders", "representation/crystal_graphs", "representation/reconstruction_errors"),
    *("generators/constraint", "generators/gan", "generators/flow", "generators/generation"),
    *("representation/variants", "representation/voxels/crystal", "judging/memorisation"),
    *("crystals/matching", "database/hull", "database/known_phases", "judging/funnel", "reporting/style"),
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
        "flow={steps: 200}",
        "flow={guidance: 1.0}",
    ),
    *("decoding={threshold: 0.2}", "screening={tolerance: 0.2}", "hull={stable: 0.05}", "report={best: 2}"),
    *("studies={seeds: [1]}", "relaxation={vasp: {encut: 520}}"),
)
"""One of each section; the last two are used by nothing that this run makes."""


@dataclass(frozen=True)
class Change:
    """Something that happens to a finished run."""

    name: str
    do: Callable[[Path], None] | None = None
    arguments: tuple[str, ...] = ()
    resizes: bool = False
    """Whether the run has another number of jobs then."""


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
    Change("`prototypes={sample: 14}` instead of 10", arguments=("--config", "prototypes={sample: 14}"), resizes=True),
    Change("`generation={count: 30}` instead of 12", arguments=("--config", "generation={count: 30}"), resizes=True),
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
    """A finished run to which something has happened: a copy, if that changes files."""
    if change.do is None:
        yield folder
        return
    copy = Path(shutil.copytree(folder, scratch / "changed", symlinks=True))
    change.do(copy)
    yield copy
    shutil.rmtree(copy)


def reruns(folder: Path, change: Change, whole: dict[str, int], scratch: Path) -> str:
    """What runs again after a change, in words; ``whole`` are the jobs of the whole run without it."""
    with changed(folder, change, scratch) as copy:
        plan = planned(copy, *change.arguments)
        if change.resizes:
            whole = planned(copy, "--forceall", *change.arguments)
    return described(plan, whole)


def figures() -> set[str]:
    """Rules that draw figures and write pages."""
    table = (TABLE.parents[1] / "workflow/rules/figures.smk").read_text().partition("\nFIGURES = {")[2]
    return set(re.findall(r'^    "(\w+)": ', table, re.M))


def described(plan: dict[str, int], whole: dict[str, int]) -> str:
    """A plan in words: the rules, of those that run in part how many of their jobs, and whether figures are drawn."""
    drawn = figures()
    words = "nothing"
    stages = {name: count for name, count in plan.items() if name not in drawn}
    parts = sorted(name for name in stages if stages[name] != whole.get(name))
    left_out = sorted(name for name in whole if name not in plan and name not in drawn)
    if stages:
        some = [f"`{name}` ({stages[name]} of {whole.get(name, 0)})" for name in parts]
        words = ", ".join([*(f"`{name}`" for name in sorted(stages) if name not in parts), *some])
        if len(left_out) < len(stages):
            words = "everything" + (" but " + ", ".join(f"`{name}`" for name in left_out) if left_out else "")
            words += "; in part " + ", ".join(some) if some else ""
    if plan == whole:
        return "everything"
    return words + (
        f"; {sum(name in drawn for name in plan)} of {sum(name in drawn for name in whole)} figures and pages"
        if plan
        else ""
    )


def make_up(folder: Path) -> Path:
    """A checkout in which Snakemake finds every output, of made-up content."""
    run = smallest(checkout(folder), "--dry-run", "--quiet", "host")
    for line in re.findall(r"^    output: (.*)$", run.stdout + run.stderr, re.M):
        for name in line.split(", "):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name) if path.suffix else path.mkdir(exist_ok=True)
        with chdir(folder):
            record(line.split(", "), {})
    touched = smallest(folder, "--touch", "--forceall")
    assert touched.returncode == 0, touched.stderr
    return folder


def main() -> None:
    """Write the table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "run")
        folder.mkdir()
        make_up(folder)
        whole = planned(folder, "--forceall")
        rows = []
        for change in CHANGES:
            rows.append(f"| {change.name} | {reruns(folder, change, whole, Path(scratch))} |")
            print(rows[-1], flush=True)
    text = "\n".join(["| after this change | these rules run again |", "|---|---|", *rows])
    TABLE.write_text(between_markers(TABLE.read_text(), text, MARKERS))


if __name__ == "__main__":
    main()
