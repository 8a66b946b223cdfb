rule gan:
    input:
        graphs=rules.graphs.output[0],
        constraint=branch(
            lambda wildcards: wildcards.model == "ccdcgan", then=rules.constraint.output.model, otherwise=[]
        ),
    output:
        generator=f"{RUN}/gan/{{model}}/generator.keras",
        history=f"{RUN}/gan/{{model}}/history.csv",
    log:
        f"{RUN}/logs/gan/{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/gan/{{model}}.tsv"
    conda:
        "../../envs/networks.yaml"
    resources:
        gpu=1,
    params:
        code=code("gan.py"),
        gan=section("gan"),
        seed=CONFIG.seed,
    script:
        "../scripts/gan.py"
