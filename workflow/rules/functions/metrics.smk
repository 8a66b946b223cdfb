import re

from ccdcgan.generators.names import FLOWS, LATENTS


def generated_of_model(wildcards):
    """Crystal graphs of a model, all batches."""
    return expand(f"{RUN}/generation/{{model}}/{{batch}}.h5", model=wildcards.model, batch=batches_of(wildcards.model))


def is_flow(model):
    """Whether a model is the flow, whatever it is asked for."""
    return bool(re.fullmatch(FLOWS, model))


def learnt_variants(wildcards):
    """Variants of crystals that a model learnt from, if there are any: the flow's."""
    return flow_variants(wildcards) if is_flow(wildcards.model) else []


def memorisations(variants):
    """Tables of the variants whose models make crystal graphs."""
    return expand(rules.memorisation.output[0], model=map(model_of, with_graphs(variants)))


def with_graphs(variants):
    """Those variants whose models make crystal graphs."""
    return [variant for variant in variants if re.fullmatch(GRAPHS, model_of(variant))]
