# What a reviewer asks: of this run's models, and, as the target `discovery`, of all seeds and the controls as well.
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


rule metrics:
    input:
        structures=expand(rules.evaluation.output.structures, variant=VARIANTS),
        coverage=expand(rules.evaluation.output.coverage, variant=VARIANTS),
        published="resources/published.json",
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
        metrics=section("metrics"),
        seed=CONFIG.seed,
    script:
        "../scripts/metrics.py"


use rule metrics as discovery_metrics with:
    input:
        structures=expand(rules.evaluation.output.structures, variant=DISCOVERY),
        coverage=expand(rules.evaluation.output.coverage, variant=DISCOVERY),
        published="resources/published.json",
    output:
        table=f"{RUN}/discovery/metrics.csv",
        records=f"{RUN}/discovery/metrics.json",
        markdown=f"{RUN}/discovery/metrics.md",
    log:
        f"{RUN}/logs/discovery.log",
    params:
        code=code("metrics.py"),
        variants=DISCOVERY,
        metrics=section("metrics"),
        seed=CONFIG.seed,


rule metrics_page:
    input:
        rules.metrics.output.table,
    output:
        in_report("metrics_table", "Outcome", "html"),
    log:
        f"{RUN}/logs/figures/metrics_table.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/metrics_page.py"),
    script:
        "../scripts/figures/metrics_page.py"


use rule metrics_page as discovery_page with:
    input:
        rules.discovery_metrics.output.table,
    output:
        in_report("discovery_table", "Outcome", "html"),
    log:
        f"{RUN}/logs/figures/discovery_table.log",


rule metrics_figure:
    input:
        rules.metrics.output.table,
    output:
        in_report("metrics", "Outcome"),
        f"{RUN}/figures/metrics.svg",
    log:
        f"{RUN}/logs/figures/metrics.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/metrics.py"),
    script:
        "../scripts/figures/metrics.py"


use rule metrics_figure as discovery_figure with:
    input:
        rules.discovery_metrics.output.table,
    output:
        in_report("discovery", "Outcome"),
        f"{RUN}/figures/discovery.svg",
    log:
        f"{RUN}/logs/figures/discovery.log",


rule discovery:
    input:
        rules.discovery_metrics.output,
        rules.discovery_page.output,
        rules.discovery_figure.output,
