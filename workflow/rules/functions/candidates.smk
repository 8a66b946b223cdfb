import re


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
