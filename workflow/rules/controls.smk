# What any generator must beat; downstream of here controls are models like any other (functions/candidates.smk).
include: "functions/controls.smk"


rule random:
    output:
        structures=f"{RUN}/controls/random/{{batch}}.extxyz",
        rejected=f"{RUN}/controls/random/{{batch}}.csv",
    log:
        f"{RUN}/logs/controls/random/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/controls/random/{{batch}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("random_crystals.py"),
        numbers=control_numbers,
        prototypes=control_prototypes(["random"]),
        system=CONFIG.system,
        seed=CONFIG.seed,
    script:
        "../scripts/random_crystals.py"


rule substitution_cells:
    input:
        taken=RELAXED["prototypes"],
        cells=[] if PREBUILT or CONFIG.controls.sources else rules.prototypes.output.structures,
        description=f"{PREBUILT}/{DESCRIPTION}" if PREBUILT and not CONFIG.controls.sources else [],
    output:
        f"{RUN}/controls/substitution/cells.extxyz",
    log:
        f"{RUN}/logs/controls/substitution/cells.log",
    benchmark:
        f"{RUN}/benchmarks/controls/substitution/cells.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("substitution_cells.py"),
        prototypes=control_prototypes(CONFIG.controls.sources) if CONFIG.controls.sources else None,
        matching=section("matching"),
        system=CONFIG.system,
        seed=CONFIG.seed,
    script:
        "../scripts/substitution_cells.py"


rule substitution:
    input:
        rules.substitution_cells.output[0],
    output:
        structures=f"{RUN}/controls/substitution/{{batch}}.extxyz",
        rejected=f"{RUN}/controls/substitution/{{batch}}.csv",
    log:
        f"{RUN}/logs/controls/substitution/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/controls/substitution/{{batch}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("substitution.py"),
        numbers=control_numbers,
    script:
        "../scripts/substitution.py"


rule latents:
    input:
        graphs=of_all(rules.graphs.output[0]),
        table=rules.database.output.table,
        constraint=of_all(rules.constraint.output.model),
    output:
        f"{RUN}/generation/{{model}}/{{batch}}.h5",
    log:
        f"{RUN}/logs/generation/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/generation/{{model}}/{{batch}}.tsv"
    wildcard_constraints:
        model=NOISY,
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("latents.py"),
        numbers=control_numbers,
        noise=CONFIG.controls.noise,
        temperature=latents_temperature,
        best_of=graphs_per_choice,
        seed=CONFIG.seed,
    script:
        "../scripts/latents.py"
