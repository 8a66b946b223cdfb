# What a reviewer asks: of this run's models, and, as the target `discovery`, of all seeds and the controls as well.
include: "functions/metrics.smk"


BEST = [
    of_seed(f"{model}-best{choice}", seed, CONFIG.seed)
    for choice in CONFIG.studies.best_of
    for model in MODELS
    for seed in CONFIG.studies.seeds
]
BEST_CONTROLS = [
    f"{control}-best{choice}"
    for choice in CONFIG.studies.best_of
    for control in CONFIG.controls.names
    if control in LATENTS
]
DISCOVERY = [*SEEDS, *BEST, *CONFIG.controls.names, *BEST_CONTROLS]


rule evaluation:
    input:
        structures=crystals_of_variant(".extxyz"),
        rejected=crystals_of_variant(".csv"),
        relaxation=of_variant(rules.candidates.output.table),
        relaxed=of_variant(rules.candidates.output.structures),
        judged=rules.hull.output[0],
        database=rules.database.output.structures,
    output:
        structures=f"{RUN}/evaluation/{{variant}}.csv",
        coverage=f"{RUN}/evaluation/{{variant}}.json",
    log:
        f"{RUN}/logs/evaluation/{{variant}}.log",
    benchmark:
        f"{RUN}/benchmarks/evaluation/{{variant}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("evaluation.py"),
        matching=section("matching"),
        tolerance=CONFIG.screening.tolerance,
        system=CONFIG.system,
    script:
        "../scripts/evaluation.py"


rule memorisation:
    input:
        generated=generated_of_model,
        graphs=of_holdout(rules.graphs.output[0]),
        variants=learnt_variants,
        table=rules.database.output.table,
    output:
        f"{RUN}/memorisation/{{model}}.csv",
    log:
        f"{RUN}/logs/memorisation/{{model}}.log",
    wildcard_constraints:
        model=GRAPHS,
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("memorisation.py"),
        all_learnt=lambda wildcards: not is_flow(wildcards.model),
    script:
        "../scripts/memorisation.py"


rule metrics:
    input:
        structures=expand(rules.evaluation.output.structures, variant=VARIANTS),
        coverage=expand(rules.evaluation.output.coverage, variant=VARIANTS),
        memorisation=memorisations(VARIANTS),
        published=PUBLISHED,
    output:
        table=f"{RUN}/metrics.csv",
        records=f"{RUN}/metrics.json",
        markdown=f"{RUN}/metrics.md",
    log:
        f"{RUN}/logs/metrics.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("metrics.py"),
        variants=list(VARIANTS),
        with_graphs=with_graphs(VARIANTS),
        metrics=section("metrics"),
        system=CONFIG.system,
        seed=CONFIG.seed,
    script:
        "../scripts/metrics.py"


use rule metrics as discovery_metrics with:
    input:
        structures=expand(rules.evaluation.output.structures, variant=DISCOVERY),
        coverage=expand(rules.evaluation.output.coverage, variant=DISCOVERY),
        memorisation=memorisations(DISCOVERY),
        published=PUBLISHED,
    output:
        table=f"{RUN}/discovery/metrics.csv",
        records=f"{RUN}/discovery/metrics.json",
        markdown=f"{RUN}/discovery/metrics.md",
    log:
        f"{RUN}/logs/discovery.log",
    params:
        code=code("metrics.py"),
        variants=DISCOVERY,
        with_graphs=with_graphs(DISCOVERY),
        metrics=section("metrics"),
        system=CONFIG.system,
        seed=CONFIG.seed,
