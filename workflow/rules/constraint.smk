include: "functions/constraint.smk"


rule constraint:
    input:
        graphs=rules.graphs.output[0],
        table=rules.database.output.table,
    output:
        model=f"{RUN}/constraint/{{holdout}}/constraint.keras",
        history=f"{RUN}/constraint/{{holdout}}/history.csv",
        predictions=f"{RUN}/constraint/{{holdout}}/predictions.csv",
    log:
        f"{RUN}/logs/constraint/{{holdout}}.log",
    benchmark:
        f"{RUN}/benchmarks/constraint/{{holdout}}.tsv"
    conda:
        "../../envs/networks.yaml"
    resources:
        gpu=1,
    params:
        code=code("constraint.py"),
        property="formation_energy",
        random_split=False,
        constraint=section("constraint"),
        seed=CONFIG.seed,
    script:
        "../scripts/constraint.py"


use rule constraint as constraint_random_split with:
    input:
        graphs=of_all(rules.graphs.output[0]),
        table=rules.database.output.table,
    output:
        model=f"{RUN}/constraint/random_split/constraint.keras",
        history=f"{RUN}/constraint/random_split/history.csv",
        predictions=f"{RUN}/constraint/random_split/predictions.csv",
    log:
        f"{RUN}/logs/constraint/random_split.log",
    benchmark:
        f"{RUN}/benchmarks/constraint/random_split.tsv"
    params:
        code=code("constraint.py"),
        property="formation_energy",
        random_split=True,
        constraint=section("constraint"),
        seed=CONFIG.seed,


use rule constraint as objective with:
    input:
        graphs=rules.graphs.output[0],
        table=rules.database.output.table,
        values=objective_table,
    output:
        model=f"{RUN}/constraint/{{holdout}}/objectives/{{property}}.keras",
        history=f"{RUN}/constraint/{{holdout}}/objectives/{{property}}_history.csv",
        predictions=f"{RUN}/constraint/{{holdout}}/objectives/{{property}}_predictions.csv",
    log:
        f"{RUN}/logs/constraint/{{holdout}}_{{property}}.log",
    benchmark:
        f"{RUN}/benchmarks/constraint/{{holdout}}_{{property}}.tsv"
    params:
        code=code("constraint.py"),
        property=lambda wildcards: wildcards.property,
        random_split=False,
        constraint=section("constraint"),
        seed=CONFIG.seed,
