rule graphs:
    input:
        voxels=rules.voxels.output.voxels,
        table=rules.database.output.table,
        autoencoders=[rules.lattice_autoencoder.output.model, rules.sites_autoencoder.output.model],
    output:
        f"{RUN}/graphs/{{holdout}}.h5",
    log:
        f"{RUN}/logs/graphs/{{holdout}}.log",
    benchmark:
        f"{RUN}/benchmarks/graphs/{{holdout}}.tsv"
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("graphs.py"),
        seed=CONFIG.seed,
    script:
        "../scripts/graphs.py"


# Of the crystals that are trained on, in other settings and from other origins.
rule variants:
    input:
        voxels=rules.voxels.output.voxels,
        table=rules.database.output.table,
        autoencoders=rules.graphs.input.autoencoders,
    output:
        f"{RUN}/variants/{{holdout}}.h5",
    log:
        f"{RUN}/logs/variants/{{holdout}}.log",
    benchmark:
        f"{RUN}/benchmarks/variants/{{holdout}}.tsv"
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("variants.py"),
        additional=CONFIG.flow.variants - 1,
        seed=CONFIG.seed,
    script:
        "../scripts/variants.py"


rule reconstruction:
    input:
        graphs=of_all(rules.graphs.output[0]),
        autoencoders=[of_all(path) for path in rules.graphs.input.autoencoders],
        not_voxelized=rules.voxels.output.rejected,
        database=rules.database.output.structures,
        table=rules.database.output.table,
    output:
        table=f"{RUN}/autoencoders/reconstruction.csv",
        summary=f"{RUN}/autoencoders/reconstruction.json",
    log:
        f"{RUN}/logs/autoencoders/reconstruction.log",
    benchmark:
        f"{RUN}/benchmarks/autoencoders/reconstruction.tsv"
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("reconstruction.py"),
        voxels=section("voxels"),
        decoding=section("decoding"),
        matching=section("matching"),
        system=CONFIG.system,
        seed=CONFIG.seed,
    script:
        "../scripts/reconstruction.py"
