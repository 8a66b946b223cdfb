rule generation:
    input:
        generator=rules.gan.output.generator,
        constraint=rules.constraint.output.model,
    output:
        f"{RUN}/generation/{{model}}/{{batch}}.h5",
    log:
        f"{RUN}/logs/generation/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/generation/{{model}}/{{batch}}.tsv"
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("generation.py"),
        numbers=generation_numbers,
        seed=CONFIG.seed,
    script:
        "../scripts/generation.py"
