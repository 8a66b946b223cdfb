rule decoding:
    input:
        graphs=f"{RUN}/generation/{{model}}/{{batch}}.h5",
        autoencoders=of_holdout(rules.lattice_autoencoder.output.model, rules.sites_autoencoder.output.model),
    output:
        structures=f"{RUN}/decoding/{{model}}/{{batch}}.extxyz",
        rejected=f"{RUN}/decoding/{{model}}/{{batch}}.csv",
    log:
        f"{RUN}/logs/decoding/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/decoding/{{model}}/{{batch}}.tsv"
    wildcard_constraints:
        model=GRAPHS,
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("decoding.py"),
        voxels=section("voxels"),
        decoding=section("decoding"),
        system=CONFIG.system,
        seed=CONFIG.seed,
    script:
        "../scripts/decoding.py"
