"""What the smallest run brings through its stages, whatever the processor: decoded and relaxed crystals.

Run ``python -m tests.benchmarks.smallest_run [--seeds 0 1 2]``: config/test.yaml up to its funnel, for each seed as the
project sets TensorFlow, without oneDNN, and with the instructions of a processor of 2008. Prints a row of a table for
each, and CPU seconds. The last line is ``ratio: X``: the smallest share of graphs that decode, over the third that the
tests ask for. The table of resources/processors.md is made of it.
"""

import argparse
import json
import os
import resource
import tempfile
from pathlib import Path
from unittest.mock import patch

from tests.workflow.running import checkout, finished

SETTINGS: dict[str, dict[str, str]] = {
    "as the project sets it": {},
    "`TF_ENABLE_ONEDNN_OPTS=0`": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "`ONEDNN_MAX_CPU_ISA=SSE41 ATEN_CPU_CAPABILITY=default OPENBLAS_CORETYPE=Nehalem`": {
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "ATEN_CPU_CAPABILITY": "default",
        "OPENBLAS_CORETYPE": "Nehalem",
    },
}
NETWORKS = ("dcgan", "ccdcgan", "flow")
ASKED = 1 / 3


def spent() -> float:
    """CPU seconds of all processes that this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds = parser.parse_args().seeds
    print("| seed | setting | decoded of 12 (DCGAN, CCDCGAN, flow) | relaxed | CPU seconds |\n|---|---|---|---|---|")
    shares = []
    for seed in seeds:
        for name, setting in SETTINGS.items():
            with tempfile.TemporaryDirectory() as place, patch.dict(os.environ, setting):
                before = spent()
                folder = finished(checkout(Path(place)), "results/test/funnel.json", "--config", f"seed={seed}")
                models = json.loads((folder / "results/test/funnel.json").read_text())["models"]
            decoded, relaxed = ([models[model][stage] for model in NETWORKS] for stage in ("decoded", "relaxed"))
            shares += [models[model]["decoded"] / models[model]["generated"] for model in NETWORKS]
            counts = " | ".join(", ".join(map(str, row)) for row in (decoded, relaxed))
            print(f"| {seed} | {name} | {counts} | {spent() - before:.0f} |", flush=True)
    print(f"ratio: {min(shares) / ASKED:.2f}")


if __name__ == "__main__":
    main()
