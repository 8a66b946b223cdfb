include: "functions/gan.smk"


rule gan:
    input:
        graphs=of_holdout(rules.graphs.output[0]),
        table=rules.database.output.table,
        constraint=loss_constraint,
        objectives=loss_objectives,
    output:
        generator=f"{RUN}/gan/{{model}}/generator.keras",
        history=f"{RUN}/gan/{{model}}/history.csv",
    log:
        f"{RUN}/logs/gan/{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/gan/{{model}}.tsv"
    wildcard_constraints:
        model=GAN,
    conda:
        "../../envs/networks.yaml"
    resources:
        gpu=1,
    params:
        code=code("gan.py"),
        gan=gan_settings,
        objectives=gan_objectives,
        seed=gan_seed,
    script:
        "../scripts/gan.py"
