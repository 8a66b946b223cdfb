"""What the scripts of the workflow share: their log, their threads, and where a training keeps its state."""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from threadpoolctl import threadpool_limits

from ccdcgan.runs.artifacts import explain, forget, record
from ccdcgan.runs.provenance import file_digest, versions

__all__ = ["backup_file", "start"]


def start(names: Mapping[str, Any]) -> Any:
    """Begin a script: log to the rule's log file, and keep linear algebra to the rule's threads.

    Without that bound two jobs side by side fight for the cores, and small matrices take a hundred times longer. When
    the script ends, its outputs are recorded (`ccdcgan.runs.artifacts.record`); a disk that takes no more is told in
    one sentence.

    Parameters
    ----------
    names
        The script's globals.

    Returns
    -------
    object
        The ``snakemake`` object among them.
    """
    snakemake = names["snakemake"]
    logging.basicConfig(
        filename=snakemake.log[0],
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a full disk takes no log either, and says so once
    threadpool_limits(snakemake.threads)
    outputs = [str(path) for path in snakemake.output]

    def explained(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        atexit.unregister(finish)
        if sentence := explain(error, outputs[0]):
            logging.error(sentence)
            print(sentence, file=sys.stderr)
        else:
            sys.__excepthook__(kind, error, trace)

    def finish() -> None:
        try:
            record(outputs, versions())
        except OSError as error:
            print(explain(error, outputs[0]) or error, file=sys.stderr, flush=True)
            os._exit(1)  # the only way to fail from here

    forget(outputs)
    sys.excepthook = explained
    atexit.register(finish)
    return snakemake


def backup_file(snakemake: Any) -> Path:
    """Name the file in which a training keeps its state until it ends, beside its first output.

    The name follows from the training's code, its parameters and what its inputs hold, so that nothing else ever goes
    on from there. Those of others are removed.
    """
    digest = hashlib.sha256(repr(sorted(snakemake.params.items())).encode())
    for path in snakemake.input:
        digest.update(file_digest(Path(path)).encode())
    first = Path(snakemake.output[0])
    name = f"{first.stem}.{digest.hexdigest()[:16]}.backup"
    for other in first.parent.glob(f"{first.stem}.*.backup"):
        if other.name != name:
            other.unlink()
    return first.with_name(name)
