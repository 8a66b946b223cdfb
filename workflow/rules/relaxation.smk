include: "functions/relaxation.smk"


rule relaxation:
    input:
        branch(
            lambda wildcards: wildcards.batch,
            cases={"references": rules.prototypes.output.references, "subsystems": rules.subsystems.output.structures},
            otherwise=rules.prototypes.output.structures,
        ),
    output:
        structures=f"{RUN}/relaxation/{{batch}}.extxyz",
        table=f"{RUN}/relaxation/{{batch}}.csv",
    log:
        f"{RUN}/logs/relaxation/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/relaxation/{{batch}}.tsv"
    conda:
        "../../envs/relaxation.yaml"
    params:
        code=code("relaxation.py"),
        relaxation=section("relaxation"),
        rows=batch_slice,
    script:
        "../scripts/relaxation.py"
