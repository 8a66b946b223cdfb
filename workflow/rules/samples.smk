# Which known phases come back from many graphs: of those, only crystals that could become one are relaxed. Target: samples.
include: "functions/samples.smk"


use rule generation as sample_generation with:
    output:
        f"{RUN}/samples/generation/{{model}}/{{batch}}.h5",
    log:
        f"{RUN}/logs/samples/generation/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/samples/generation/{{model}}/{{batch}}.tsv"
    params:
        code=code("generation.py"),
        numbers=sample_numbers,
        seed=gan_seed,
        best_of=graphs_per_choice,


use rule flow_generation as flow_sample_generation with:
    output:
        f"{RUN}/samples/generation/{{model}}/{{batch}}.h5",
    log:
        f"{RUN}/logs/samples/generation/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/samples/generation/{{model}}/{{batch}}.tsv"
    params:
        code=code("flow_generation.py"),
        numbers=sample_numbers,
        seed=gan_seed,
        best_of=graphs_per_choice,
        asked=asked_of_flow,
        guidance=CONFIG.flow.guidance,
        steps=CONFIG.flow.sampling_steps,


use rule decoding as sample_decoding with:
    input:
        graphs=rules.sample_generation.output[0],
        autoencoders=of_holdout(rules.lattice_autoencoder.output.model, rules.sites_autoencoder.output.model),
    output:
        structures=f"{RUN}/samples/decoding/{{model}}/{{batch}}.extxyz",
        rejected=f"{RUN}/samples/decoding/{{model}}/{{batch}}.csv",
    log:
        f"{RUN}/logs/samples/decoding/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/samples/decoding/{{model}}/{{batch}}.tsv"


rule sample_selection:
    input:
        decoded=rules.sample_decoding.output.structures,
        known=KNOWN_PHASES,
        known_structures=rules.known_phases.output.structures,
    output:
        f"{RUN}/samples/selected/{{model}}/{{batch}}.extxyz",
    log:
        f"{RUN}/logs/samples/selected/{{model}}/{{batch}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("sample_selection.py"),
        volume_scale=CONFIG.prototypes.volume_scale,
    script:
        "../scripts/sample_selection.py"


use rule candidates as sample_relaxation with:
    input:
        rules.sample_selection.output[0],
    output:
        structures=f"{RUN}/samples/relaxation/{{model}}/{{batch}}.extxyz",
        table=f"{RUN}/samples/relaxation/{{model}}/{{batch}}.csv",
    log:
        f"{RUN}/logs/samples/relaxation/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/samples/relaxation/{{model}}/{{batch}}.tsv"


rule samples_table:
    input:
        decoded=expand(rules.sample_decoding.output.structures, model=MODELS, batch=SAMPLE_BATCHES),
        relaxed=expand(rules.sample_relaxation.output.structures, model=MODELS, batch=SAMPLE_BATCHES),
        known=KNOWN_PHASES,
        known_structures=rules.known_phases.output.structures,
    output:
        f"{RUN}/studies/samples.csv",
    log:
        f"{RUN}/logs/studies/samples.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("samples.py"),
        models=MODELS,
        samples=CONFIG.studies.samples,
        matching=section("matching"),
        volume_scale=CONFIG.prototypes.volume_scale,
    script:
        "../scripts/samples.py"
