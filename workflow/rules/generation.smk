def generation_numbers(wildcards):
    """First number and count of the graphs of a batch."""
    start = int(wildcards.batch) * CONFIG.generation.batch_size
    return [start, min(CONFIG.generation.batch_size, CONFIG.generation.count - start)]


rule generation:
    input:
        generator=rules.gan.output.generator,
        constraint=rules.constraint.output.model,
    output:
        f"{RUN}/generation/{{model}}/{{batch}}.h5",
    params:
        code=code("generation.py"),
        numbers=generation_numbers,
        seed=CONFIG.seed,
    log:
        f"{RUN}/logs/generation/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/generation/{{model}}/{{batch}}.tsv"
    conda:
        "../../envs/networks.yaml"
    script:
        "../scripts/generation.py"
