include: "functions/manifest.smk"


rule manifest:
    input:
        rules.prebuilt.output if PREBUILT else [*rules.prototypes.output, *rules.sample.output],
        rules.database.output,
        rules.voxels.output,
        expand(list(rules.lattice_autoencoder.output), holdout=NO_HOLDOUT),
        expand(list(rules.sites_autoencoder.output), holdout=NO_HOLDOUT),
        rules.reconstruction.output,
        expand(list(rules.graphs.output), holdout=NO_HOLDOUT),
        expand(list(rules.constraint.output), holdout=NO_HOLDOUT),
        expand(list(rules.gan.output), model=GANS_OF_RUN),
        expand(list(rules.flow.output), model=FLOWS_OF_RUN),
        expand(rules.variants.output, holdout=NO_HOLDOUT) if FLOWS_OF_RUN and CONFIG.flow.variants > 1 else [],
        by_model(list(rules.generation.output)),
        by_model(list(rules.decoding.output)),
        expand(list(rules.matching.output), variant=VARIANTS),
        expand(list(rules.hull.output), variant=VARIANTS),
        rules.rediscovery.output,
        rules.outcome.output,
        expand(list(rules.evaluation.output), variant=VARIANTS),
        expand(rules.memorisation.output, model=MODELS),
        rules.metrics.output,
        DRAWN,
        batches=[
            *([] if PREBUILT else expand(list(rules.relaxation.output), batch=["references", *DATABASE_BATCHES])),
            *by_model(list(rules.candidates.output)),
            *rules.known_phases.output,
        ],
    output:
        f"{RUN}/manifest.json",
    log:
        f"{RUN}/logs/manifest.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("manifest.py"),
        config=recorded_config(),
    script:
        "../scripts/manifest.py"
