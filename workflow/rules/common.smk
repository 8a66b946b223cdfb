# The configuration, checked, and what several stages share.
import os
import sys
from math import ceil
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.utils import update_config

# The checkout that holds this file: scripts, package and resources are found by it, results by the working directory.
PROJECT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
if not (PROJECT / "workflow/ccdcgan").is_dir():
    raise WorkflowError(
        f"{PROJECT}: expected a checkout on this machine; the workflow cannot run from a remote address."
    )

# The package of this checkout, here and in the scripts, whatever else is installed or on the path.
PACKAGE = str(PROJECT / "workflow")
sys.path.insert(0, PACKAGE)
os.environ.update(PYTHONPATH=PACKAGE)

# TensorFlow is Keras's backend unless the user says otherwise, and does not fill the screen with what it misses on a
# machine without a GPU (what fails is raised all the same).
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.loading import parse_config
from ccdcgan.database.ready_made import check_prebuilt
from ccdcgan.generators.conditions import check_conditions
from ccdcgan.generators.names import GRAPHS, HOLDOUT, MODEL, NO_HOLDOUT, VARIANT
from ccdcgan.generators.names import check_formula, holdout_of, is_control, model_of, simple_compositions
from ccdcgan.generators.objectives import check_objectives
from ccdcgan.runs.artifacts import check_writable, explain, set_aside
from ccdcgan.representation.ready_made.contents import check_pretrained
from ccdcgan.runs.provenance import code_digest


def of_project(path):
    """A file of the project: as it stands where a run works at the root of the checkout, else with its whole path."""
    return path if Path.cwd() == PROJECT else str(PROJECT / path)


def with_defaults(given):
    """The project's default configuration, with what a run sets in its place."""
    defaults = yaml.safe_load((PROJECT / "config/config.yaml").read_text())
    update_config(defaults, given)
    return defaults


def named(path):
    """A file that the configuration names: one of the working directory, or else one of the project."""
    return path if Path(path).exists() else of_project(path)


config = with_defaults(config)  # the captions of the report read it as well
try:
    CONFIG = parse_config(config)
    PREBUILT = CONFIG.database.prebuilt and named(CONFIG.database.prebuilt)
    check_prebuilt(CONFIG, PREBUILT)
    PRETRAINED = CONFIG.autoencoders.pretrained and named(CONFIG.autoencoders.pretrained)
    if PRETRAINED:
        # How these were trained is what figures and captions tell.
        config["autoencoders"] |= check_pretrained(CONFIG, PRETRAINED)
        CONFIG = parse_config(config)
    LEFT_OUT = CONFIG.studies.left_out or simple_compositions(CONFIG.system)
    config["studies"]["left_out"] = LEFT_OUT
    check_objectives(CONFIG)
    check_conditions(CONFIG)
except ConfigError as error:
    raise WorkflowError(str(error))

SOURCES = CONFIG.prototypes  # with the settings of all sources, for the controls

# A change of another engine's or source's settings must not run anything again.
CONFIG = CONFIG.model_copy(
    update={"relaxation": CONFIG.relaxation.of_engine(), "prototypes": CONFIG.prototypes.of_sources()}
)

RUN = f"results/{CONFIG.run}"
MODELS = CONFIG.generation.models
GANS_OF_RUN = [model for model in MODELS if model != "flow"]
FLOWS_OF_RUN = [model for model in MODELS if model == "flow"]
VARIANTS = CONFIG.variants
PUBLISHED = of_project("resources/published.json")
SCRIPTS = PROJECT / "workflow/scripts"

# Before the plan is made: what was cut since it was written is made again, and nothing reads it.
if workflow.is_main_process:
    for sentence in set_aside(Path(RUN)):
        logger.warning(sentence)


# Names that the workflow cannot mistake for one another.
wildcard_constraints:
    model=MODEL,
    variant=VARIANT,
    holdout=HOLDOUT,
    batch="[0-9]+|references|subsystems",
    panel="[d-z]",


onstart:
    try:
        check_writable(Path(RUN))
    except OSError as error:
        raise WorkflowError(explain(error, RUN) or f"{RUN}: {error}")
    # Looked for only when jobs are about to start: planning and reports need no VASP.
    if CONFIG.relaxation.engine == "vasp":
        from ccdcgan.relaxation.vasp import check_vasp

        try:
            check_vasp(CONFIG.relaxation, CONFIG.system)
        except ConfigError as error:
            raise WorkflowError(str(error))


def code(script, *modules):
    """Digest of a script, and modules, and all that they import from the package: a rule runs again when it changes."""
    return code_digest(SCRIPTS / script, *modules)


def section(name):
    """A section of the configuration, as plain values for `params`."""
    return getattr(CONFIG, name).model_dump(mode="json")


def batches(count, size):
    """Names of the batches that hold `count` structures."""
    return [f"{number:04d}" for number in range(ceil(count / size))]


GENERATION_BATCHES = batches(CONFIG.generation.count, CONFIG.generation.batch_size)
CONTROL_BATCHES = batches(CONFIG.controls.relaxations, CONFIG.generation.batch_size)


def batches_of(model):
    """Names of the batches of a training or control."""
    return CONTROL_BATCHES if is_control(model) else GENERATION_BATCHES


def holdout(model):
    """What is left out of all that a model uses, checked: `none` or a reduced formula of the system."""
    try:
        left_out = holdout_of(model)
        if left_out != NO_HOLDOUT:
            check_formula(left_out, CONFIG.system)
    except ValueError as error:
        raise WorkflowError(str(error))
    return left_out


def of_holdout(*patterns):
    """Input function: the file, or the list of files, of the autoencoders, graphs or constraint that a model uses."""

    def of_model(wildcards):
        paths = expand(list(patterns), holdout=holdout(wildcards.model))
        return paths if len(paths) > 1 else paths[0]

    return of_model


def of_all(pattern):
    """The file of the training that leaves nothing out."""
    return expand(pattern, holdout=NO_HOLDOUT)[0]


def of_variant(pattern):
    """Input function: files of all batches of the model whose structures a variant takes."""

    def files(wildcards):
        model = model_of(wildcards.variant)
        return expand(pattern, model=model, batch=batches_of(model))

    return files


def by_variant(pattern, variants):
    """Files of all batches of the models whose structures some variants take."""
    models = dict.fromkeys(map(model_of, variants))
    return [path for model in models for path in expand(pattern, model=model, batch=batches_of(model))]


def by_model(pattern):
    """Files of all batches of all networks."""
    return expand(pattern, model=MODELS, batch=GENERATION_BATCHES)
