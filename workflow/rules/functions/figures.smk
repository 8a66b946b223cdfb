from typing import NamedTuple


class Figure(NamedTuple):
    """How a figure or page of the report is made."""

    draw: str  # module in ccdcgan.reporting, and its function
    category: str  # in the report
    inputs: dict  # the function's parameters -> files
    settings: dict = {}  # its other parameters
    file: str | None = None  # its name, where it is not the rule's
    beside: str = "svg"  # written beside the PNG


def hulls(*variants):
    """Tables of the hull stage, of all variants unless some are named."""
    return {"candidates": expand(rules.hull.output[0], variant=variants or VARIANTS)}


def relaxed(model):
    """Relaxed candidates of a model."""
    return {"structures": expand(rules.candidates.output.structures, model=model, batch=GENERATION_BATCHES)}


def graphs(model):
    """Generated graphs of a model, or of several."""
    return expand(rules.generation.output[0], model=model, batch=GENERATION_BATCHES)


def best_new(rank, variant):
    """One of the best new structures of DCGAN, or of DCGAN + constraint."""
    files = {"candidates": hulls(variant)["candidates"][0], **relaxed("dcgan")}
    return Figure("figures.found.new_structure", "Candidates", files, {**SYSTEM, "rank": rank})


def losses(history, loss="squared error / squares of the voxel", category="Crystal graphs"):
    """The learning curve of a network."""
    return Figure("figures.learning.learning_curve", category, {"history": of_all(history)}, {"loss": loss})


def in_report(name, category, suffix):
    """Output of a figure, flagged for the report with the caption of the same name."""
    return report(
        f"{RUN}/figures/{name}.{suffix}",
        caption=f"../report/{name.partition('{')[0].rstrip('_')}.rst",
        category=category,
        labels={"figure": name.replace("_{", " {").replace("_", " ")},
    )


def drawn(name, figure):
    """Outputs of a figure: the PNG, or the page, that the report shows, and what is written beside it."""
    file = figure.file or name
    page = figure.draw.startswith("pages.")
    beside = ["csv"] * (name == "comparison") if page else [figure.beside]
    return [
        in_report(file, figure.category, "html" if page else "png"),
        *(f"{RUN}/figures/{file}.{end}" for end in beside),
    ]
