from ccdcgan.generators.names import FLOW

# Conditions whose values stand in a table of the user's.
CONDITION_TABLES = {
    objective.property: objective.table
    for objective in CONFIG.objectives
    if objective.table and objective.property in CONFIG.flow.conditions
}


def condition_tables(wildcards):
    """Those tables."""
    return list(CONDITION_TABLES.values())


def flow_variants(wildcards):
    """Variants of the crystals that a flow learns from, if there are any."""
    return of_holdout(rules.variants.output[0])(wildcards) if CONFIG.flow.variants > 1 else []


def flow_settings():
    """Section flow without what concerns sampling alone, so that asking for something else trains nothing again."""
    return CONFIG.flow.model_copy(update={"ask": [], "guidance": 0.0, "sampling_steps": 1}).model_dump(mode="json")
