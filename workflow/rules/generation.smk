include: "functions/generation.smk"


rule generation:
    input:
        generator=generator_of_model,
        constraint=of_holdout(rules.constraint.output.model),
    output:
        f"{RUN}/generation/{{model}}/{{batch}}.h5",
    log:
        f"{RUN}/logs/generation/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/generation/{{model}}/{{batch}}.tsv"
    wildcard_constraints:
        model=GANS,
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("generation.py"),
        numbers=generation_numbers,
        seed=gan_seed,
        best_of=graphs_per_choice,
    script:
        "../scripts/generation.py"


rule flow_generation:
    input:
        flow=flow_of_model,
        constraint=of_holdout(rules.constraint.output.model),
    output:
        f"{RUN}/generation/{{model}}/{{batch}}.h5",
    log:
        f"{RUN}/logs/generation/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/generation/{{model}}/{{batch}}.tsv"
    wildcard_constraints:
        model=FLOWS,
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("flow_generation.py"),
        numbers=generation_numbers,
        seed=gan_seed,
        best_of=graphs_per_choice,
        asked=asked_of_flow,
        guidance=CONFIG.flow.guidance,
        steps=CONFIG.flow.sampling_steps,
    script:
        "../scripts/flow_generation.py"
