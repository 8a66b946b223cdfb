from dataclasses import replace

from ccdcgan.config.flow import parse_asked
from ccdcgan.generators.conditions import check_asked
from ccdcgan.generators.names import FLOWS, GANS, SAMPLED, choice_of


def generation_numbers(wildcards):
    """First number and count of the graphs of a batch."""
    start = int(wildcards.batch) * CONFIG.generation.batch_size
    return [start, min(CONFIG.generation.batch_size, CONFIG.generation.count - start)]


def generator_of_model(wildcards):
    """Generator of a model, whichever of its graphs are kept."""
    return expand(rules.gan.output.generator, model=str(replace(parse_training(wildcards.model), best=None)))[0]


def graphs_per_choice(wildcards):
    """Graphs that a model draws for each one that is kept."""
    return choice_of(wildcards.model)


def flow_of_model(wildcards):
    """Trained flow of a model, whatever it is asked for and whichever of its graphs are kept."""
    training = replace(parse_training(wildcards.model), best=None, asked=None)
    return expand(rules.flow.output.flow, model=str(training))[0]


def asked_of_flow(wildcards):
    """Conditions and values that a flow is asked for: those of its name, else the config's."""
    own = parse_training(wildcards.model).asked
    asked = dict(map(parse_asked, CONFIG.flow.ask) if own is None else own)
    try:
        check_asked(asked, CONFIG.flow.conditions, CONFIG.system)
    except ValueError as error:
        raise WorkflowError(f"model {wildcards.model}: {error}")
    return asked
