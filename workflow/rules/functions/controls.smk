from ccdcgan.database.ready_made import DESCRIPTION
from ccdcgan.generators.names import NOISY


def control_numbers(wildcards):
    """First number and count of the crystals, or crystal graphs, of a batch of a control."""
    start = int(wildcards.batch) * CONFIG.generation.batch_size
    return [start, min(CONFIG.generation.batch_size, CONFIG.controls.relaxations - start)]


def control_prototypes(sources):
    """Section prototypes with other sources than the database's, if any are given."""
    return SOURCES.model_copy(update={"sources": sources or SOURCES.sources}).of_sources().model_dump(mode="json")


def latents_temperature(wildcards):
    """Temperature of the weights by which a control draws known graphs: the GANs', or none."""
    return CONFIG.gan.temperature if wildcards.model.startswith("weighted") else None
