# The configuration, checked, and the few functions that the rules share.
import os
from math import ceil
from pathlib import Path

from snakemake.exceptions import WorkflowError

from ccdcgan.config import ConfigError, parse_config
from ccdcgan.prebuilt import FILES, check_prebuilt, packed
from ccdcgan.provenance import code_digest

try:
    CONFIG = parse_config(config)
    check_prebuilt(CONFIG)
except ConfigError as error:
    raise WorkflowError(str(error))

# A change of another engine's or source's settings must not run anything again.
CONFIG = CONFIG.model_copy(
    update={"relaxation": CONFIG.relaxation.of_engine(), "prototypes": CONFIG.prototypes.of_sources()}
)

RUN = f"results/{CONFIG.run}"
MODELS = CONFIG.generation.models
VARIANTS = CONFIG.variants
KNOWN_PHASES = [
    path
    for path in [f"resources/known_phases/{'-'.join(sorted(CONFIG.system))}.json"]
    if (Path(workflow.basedir) / path).exists()
]
SCRIPTS = Path(workflow.basedir) / "workflow/scripts"

# Scripts find the package in any environment; TensorFlow is Keras's backend unless the user says otherwise, and does not
# fill the screen with what it misses on a machine without a GPU (what fails is raised all the same).
os.environ.setdefault("PYTHONPATH", str(Path(workflow.basedir) / "workflow"))
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def code(script):
    """Digest of a script and of all that it imports from the package: a rule runs again when it changes."""
    return code_digest(SCRIPTS / script)


def section(name):
    """A section of the configuration, as plain values for `params`."""
    return getattr(CONFIG, name).model_dump(mode="json")


onstart:
    # Looked for only when jobs are about to start: planning and reports need no VASP.
    if CONFIG.relaxation.engine == "vasp":
        from ccdcgan.relaxation.vasp import check_vasp

        try:
            check_vasp(CONFIG.relaxation, CONFIG.system)
        except ConfigError as error:
            raise WorkflowError(str(error))


def batches(count, size):
    """Names of the batches that hold `count` structures."""
    return [f"{number:04d}" for number in range(ceil(count / size))]


PREBUILT = CONFIG.database.prebuilt
DATABASE_CELLS = CONFIG.prototypes.cells(CONFIG.system)
DATABASE_BATCHES = batches(DATABASE_CELLS, CONFIG.relaxation.batch_size)
GENERATION_BATCHES = batches(CONFIG.generation.count, CONFIG.generation.batch_size)


def batch_slice(wildcards):
    """First and last row of a batch; the references are one batch, whole."""
    if wildcards.batch == "references":
        return None
    size = CONFIG.relaxation.batch_size
    return [int(wildcards.batch) * size, min((int(wildcards.batch) + 1) * size, DATABASE_CELLS)]


def generation_numbers(wildcards):
    """First number and count of the graphs of a batch."""
    start = int(wildcards.batch) * CONFIG.generation.batch_size
    return [start, min(CONFIG.generation.batch_size, CONFIG.generation.count - start)]


def of_variant(pattern):
    """Input function: files of all batches of the network that generates a variant's graphs."""
    return lambda wildcards: expand(pattern, model=VARIANTS[wildcards.variant], batch=GENERATION_BATCHES)


def by_model(pattern):
    """Files of all batches of all networks."""
    return expand(pattern, model=MODELS, batch=GENERATION_BATCHES)


def in_report(name, category, suffix="png"):
    """Output of a figure, flagged for the report with the caption of the same name."""
    return report(
        f"{RUN}/figures/{name}.{suffix}",
        caption=f"../report/{name.partition('_{')[0]}.rst",
        category=category,
        labels={"figure": name.replace("_{", " {").replace("_", " ")},
    )
