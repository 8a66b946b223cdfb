"""Planning: seconds and memory of dry runs of the published scale, and of a million generated graphs.

``python -m tests.benchmarks.planning``; the baseline of the same run is the plan of the smallest configuration.
"""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLANS = {
    "smallest": ["--configfile", "config/test.yaml"],
    "published": ["--configfile", "config/paper.yaml"],
    "million": ["--configfile", "config/paper.yaml", "--config", "generation={count: 1000000}"],
}
LIMITS = {"published": (10.0, 1000.0), "million": (60.0, 1000.0)}
"""CPU seconds and MB that are allowed."""


@dataclass(frozen=True)
class Plan:
    jobs: int
    seconds: float
    cpu_seconds: float
    megabytes: float


def measure(arguments: list[str]) -> Plan:
    """Plan in a process of its own, which reports its peak."""
    program = (
        "import resource, sys; from snakemake.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print('PEAK', used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
    )
    command = [sys.executable, "-c", program, "--dry-run", "--quiet", "rules", "--cores", "1", *arguments]
    start = time.monotonic()
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - start
    jobs = re.search(r"^total\s+(\d+)", run.stdout + run.stderr, re.M)
    peak = re.search(r"^PEAK (\S+) (\S+)", run.stdout, re.M)
    assert jobs, run.stderr[-2000:]
    assert peak, run.stdout[-2000:]
    return Plan(int(jobs.group(1)), seconds, float(peak.group(1)), float(peak.group(2)))


def main() -> None:
    plans = {name: measure(arguments) for name, arguments in PLANS.items()}
    base = plans["smallest"]
    print("plan        jobs    wall s   CPU s    MB   CPU, times the smallest")
    for name, plan in plans.items():
        print(
            f"{name:10} {plan.jobs:6} {plan.seconds:8.1f} {plan.cpu_seconds:7.1f} {plan.megabytes:6.0f} "
            f"{plan.cpu_seconds / base.cpu_seconds:8.1f}"
        )
    over = [
        name
        for name, (seconds, megabytes) in LIMITS.items()
        if plans[name].cpu_seconds > seconds or plans[name].megabytes > megabytes
    ]
    sys.exit(f"over the limit: {', '.join(over)}" if over else 0)


if __name__ == "__main__":
    main()
