include: "functions/flow.smk"


rule flow:
    input:
        graphs=of_holdout(rules.graphs.output[0]),
        variants=flow_variants,
        table=rules.database.output.table,
        values=condition_tables,
    output:
        flow=f"{RUN}/flow/{{model}}/flow.keras",
        history=f"{RUN}/flow/{{model}}/history.csv",
    log:
        f"{RUN}/logs/flow/{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/flow/{{model}}.tsv"
    wildcard_constraints:
        model=FLOW,
    conda:
        "../../envs/networks.yaml"
    resources:
        gpu=1,
    params:
        code=code("flow.py"),
        flow=flow_settings(),
        tables=list(CONDITION_TABLES),
        system=CONFIG.system,
        seed=gan_seed,
    script:
        "../scripts/flow.py"
