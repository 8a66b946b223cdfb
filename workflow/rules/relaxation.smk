def batch_slice(wildcards):
    """First and last row of a batch; the references are one batch, whole."""
    if wildcards.batch == "references":
        return None
    size = CONFIG.relaxation.batch_size
    return [int(wildcards.batch) * size, min((int(wildcards.batch) + 1) * size, CONFIG.prototypes.sample)]


rule relaxation:
    input:
        branch(
            lambda wildcards: wildcards.batch == "references",
            then=rules.prototypes.output.references,
            otherwise=rules.prototypes.output.structures,
        ),
    output:
        structures=f"{RUN}/relaxation/{{batch}}.extxyz",
        table=f"{RUN}/relaxation/{{batch}}.csv",
    params:
        code=code("relaxation.py"),
        relaxation=section("relaxation"),
        rows=batch_slice,
    log:
        f"{RUN}/logs/relaxation/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/relaxation/{{batch}}.tsv"
    conda:
        "../../envs/relaxation.yaml"
    script:
        "../scripts/relaxation.py"
