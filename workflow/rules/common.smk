# The configuration, checked, and the few functions that the rules share.
import os
import re
import sys
from dataclasses import replace
from math import ceil
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# The package of this checkout, here and in the scripts, whatever else is installed or on the path.
PACKAGE = str(Path(workflow.basedir) / "workflow")
sys.path.insert(0, PACKAGE)
os.environ.update(PYTHONPATH=PACKAGE)

from ccdcgan.artifacts import check_writable, explain, set_aside
from ccdcgan.config import ConfigError, parse_config, subsystems
from ccdcgan.models import GRAPHS, HOLDOUT, LATENTS, MODEL, NOISY, NO_HOLDOUT, SAMPLED, TRAINING, VARIANT
from ccdcgan.models import Training, check_formula, choice_of, holdout_of, is_control, model_of, of_seed, of_weight
from ccdcgan.models import parse_training
from ccdcgan.objectives import check_objectives
from ccdcgan.prebuilt import DESCRIPTION, FILES, check_prebuilt, packed
from ccdcgan.provenance import code_digest

try:
    CONFIG = parse_config(config)
    check_prebuilt(CONFIG)
    check_objectives(CONFIG)
except ConfigError as error:
    raise WorkflowError(str(error))

SOURCES = CONFIG.prototypes  # with the settings of all sources, for the controls

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

# Before the plan is made: what was cut since it was written is made again, and nothing reads it.
if workflow.is_main_process:
    for sentence in set_aside(Path(RUN)):
        logger.warning(sentence)

SCRIPTS = Path(workflow.basedir) / "workflow/scripts"


# Names that the workflow cannot mistake for one another.
wildcard_constraints:
    model=MODEL,
    variant=VARIANT,
    holdout=HOLDOUT,
    batch="[0-9]+|references|subsystems",


# TensorFlow is Keras's backend unless the user says otherwise, and does not fill the screen with what it misses on a
# machine without a GPU (what fails is raised all the same).
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def code(script):
    """Digest of a script and of all that it imports from the package: a rule runs again when it changes."""
    return code_digest(SCRIPTS / script)


def section(name):
    """A section of the configuration, as plain values for `params`."""
    return getattr(CONFIG, name).model_dump(mode="json")


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


def batches(count, size):
    """Names of the batches that hold `count` structures."""
    return [f"{number:04d}" for number in range(ceil(count / size))]


PREBUILT = CONFIG.database.prebuilt
# Compounds of some of the elements, which compete on the hull, are a batch of their own.
SUBSYSTEMS = bool(CONFIG.prototypes.subsystems and subsystems(CONFIG.system))
DATABASE_BATCHES = batches(CONFIG.prototypes.sample, CONFIG.relaxation.batch_size) + SUBSYSTEMS * ["subsystems"]
GENERATION_BATCHES = batches(CONFIG.generation.count, CONFIG.generation.batch_size)
CONTROL_BATCHES = batches(CONFIG.controls.relaxations, CONFIG.generation.batch_size)


def batches_of(model):
    """Names of the batches of a training or control."""
    return CONTROL_BATCHES if is_control(model) else GENERATION_BATCHES


def source_files():
    """The user's own structure files, where prototypes come from such."""
    if "files" not in CONFIG.prototypes.sources or PREBUILT:
        return []
    from ccdcgan.prototypes.files import find_files  # heavy, and seldom needed

    try:
        found = find_files(CONFIG.prototypes.files.paths)
    except ValueError as error:
        raise WorkflowError(str(error))
    files = [str(path) for _, path, problem in found if problem is None and path.is_file()]
    return [name for name in files if not {*"{}"} & {*name}]  # which Snakemake would take for a pattern


SOURCE_FILES = source_files()


def batch_slice(wildcards):
    """First and last row of a batch; the references are one batch, whole, and so are the subsystems."""
    if not wildcards.batch.isdecimal():
        return None
    size = CONFIG.relaxation.batch_size
    return [int(wildcards.batch) * size, min((int(wildcards.batch) + 1) * size, CONFIG.prototypes.sample)]


def generation_numbers(wildcards):
    """First number and count of the graphs of a batch."""
    start = int(wildcards.batch) * CONFIG.generation.batch_size
    return [start, min(CONFIG.generation.batch_size, CONFIG.generation.count - start)]


def sample_numbers(wildcards):
    """First number and count of the graphs of a batch of many."""
    start = int(wildcards.batch) * CONFIG.studies.samples_batch_size
    return [start, min(CONFIG.studies.samples_batch_size, max(CONFIG.studies.samples) - start)]


def control_numbers(wildcards):
    """First number and count of the crystals, or crystal graphs, of a batch of a control."""
    start = int(wildcards.batch) * CONFIG.generation.batch_size
    return [start, min(CONFIG.generation.batch_size, CONFIG.controls.relaxations - start)]


def latents_temperature(wildcards):
    """Temperature of the weights by which a control draws known graphs: the GANs', or none."""
    return CONFIG.gan.temperature if wildcards.model.startswith("weighted") else None


def recorded_config():
    """The configuration as the manifest holds it: complete enough to be read again, controls included."""
    prototypes = SOURCES.of_sources(*CONFIG.controls.needed)
    return CONFIG.model_copy(update={"prototypes": prototypes}).model_dump(mode="json")


def control_prototypes(sources):
    """Section prototypes with other sources than the database's, if any are given."""
    return SOURCES.model_copy(update={"sources": sources or SOURCES.sources}).of_sources().model_dump(mode="json")


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


def loss_constraint(wildcards):
    """Constraint in the loss of a training: CCDCGAN's."""
    ccdcgan = parse_training(wildcards.model).network == "ccdcgan"
    return of_holdout(rules.constraint.output.model)(wildcards) if ccdcgan else []


def loss_objectives(wildcards):
    """Networks of the further objectives in the loss of a training: CCDCGAN's."""
    ccdcgan = parse_training(wildcards.model).network == "ccdcgan"
    properties = [objective.property for objective in CONFIG.objectives if ccdcgan]
    return expand(rules.objective.output.model, holdout=holdout(wildcards.model), property=properties)


def gan_objectives(wildcards):
    """Further objectives of a training, as plain values, in the order of their networks."""
    ccdcgan = parse_training(wildcards.model).network == "ccdcgan"
    return [objective.model_dump(mode="json") for objective in CONFIG.objectives if ccdcgan]


def objective_table(wildcards):
    """The user's table of an objective; none where the property is a column of the database's."""
    tables = {objective.property: objective.table for objective in CONFIG.objectives}
    return tables[wildcards.property] or []


def gan_settings(wildcards):
    """Section gan of a training: the weight is that of its name, else the config's, and none for DCGAN."""
    training = parse_training(wildcards.model)
    weight = CONFIG.gan.weight if training.weight is None else training.weight
    return section("gan") | {"weight": weight if training.network == "ccdcgan" else 0.0}


def gan_seed(wildcards):
    """Seed of a GAN's training and of its noise: that of its name, else the config's."""
    seed = parse_training(wildcards.model).seed
    return CONFIG.seed if seed is None else seed


def generator_of_model(wildcards):
    """Generator of a model, whichever of its graphs are kept."""
    return expand(rules.gan.output.generator, model=str(replace(parse_training(wildcards.model), best=None)))[0]


def graphs_per_choice(wildcards):
    """Graphs that a model draws for each one that is kept."""
    return choice_of(wildcards.model)


def crystals_of(model, batch, suffix):
    """Crystals of a model before relaxation, or the table of what gave none: decoded graphs, or a control without any."""
    folder = "decoding" if re.fullmatch(GRAPHS, model) else "controls"
    return f"{RUN}/{folder}/{model}/{batch}{suffix}"


def crystals_of_model(wildcards):
    """Crystals of a batch of a model before relaxation."""
    return crystals_of(wildcards.model, wildcards.batch, ".extxyz")


def crystals_of_variant(suffix):
    """Input function: files of all batches of a variant's model before relaxation."""

    def files(wildcards):
        model = model_of(wildcards.variant)
        return [crystals_of(model, batch, suffix) for batch in batches_of(model)]

    return files


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


def in_report(name, category, suffix="png"):
    """Output of a figure, flagged for the report with the caption of the same name."""
    return report(
        f"{RUN}/figures/{name}.{suffix}",
        caption=f"../report/{name.partition('{')[0].rstrip('_')}.rst",
        category=category,
        labels={"figure": name.replace("_{", " {").replace("_", " ")},
    )
