from ccdcgan.generators.names import GAN, parse_training


def has_objectives(wildcards):
    """Whether constraint and objectives enter the loss of a training: CCDCGAN's."""
    return parse_training(wildcards.model).network == "ccdcgan"


def loss_constraint(wildcards):
    """Constraint in the loss of a training."""
    return of_holdout(rules.constraint.output.model)(wildcards) if has_objectives(wildcards) else []


def loss_objectives(wildcards):
    """Networks of the further objectives in the loss of a training."""
    properties = [objective.property for objective in CONFIG.objectives if has_objectives(wildcards)]
    return expand(rules.objective.output.model, holdout=holdout(wildcards.model), property=properties)


def gan_objectives(wildcards):
    """Further objectives of a training, as plain values, in the order of their networks."""
    return [objective.model_dump(mode="json") for objective in CONFIG.objectives if has_objectives(wildcards)]


def gan_settings(wildcards):
    """Section gan of a training: the weight is that of its name, else the config's, and none for DCGAN."""
    weight = parse_training(wildcards.model).weight
    weight = CONFIG.gan.weight if weight is None else weight
    return section("gan") | {"weight": weight if has_objectives(wildcards) else 0.0}


def gan_seed(wildcards):
    """Seed of a model's training and of its noise: that of its name, else the config's."""
    seed = parse_training(wildcards.model).seed
    return CONFIG.seed if seed is None else seed
