rule lattice_autoencoder:
    input:
        voxels=rules.voxels.output.voxels,
        table=rules.database.output.table,
    output:
        model=f"{RUN}/autoencoders/{{holdout}}/lattice.keras",
        history=f"{RUN}/autoencoders/{{holdout}}/lattice_history.csv",
    log:
        f"{RUN}/logs/autoencoders/{{holdout}}/lattice.log",
    benchmark:
        f"{RUN}/benchmarks/autoencoders/{{holdout}}/lattice.tsv"
    conda:
        "../../envs/networks.yaml"
    resources:
        gpu=1,
    params:
        code=code("autoencoders.py"),
        kind="lattice",
        autoencoder=section("autoencoders")["lattice"],
        seed=CONFIG.seed,
    script:
        "../scripts/autoencoders.py"


use rule lattice_autoencoder as sites_autoencoder with:
    output:
        model=f"{RUN}/autoencoders/{{holdout}}/sites.keras",
        history=f"{RUN}/autoencoders/{{holdout}}/sites_history.csv",
    log:
        f"{RUN}/logs/autoencoders/{{holdout}}/sites.log",
    benchmark:
        f"{RUN}/benchmarks/autoencoders/{{holdout}}/sites.tsv"
    params:
        code=code("autoencoders.py"),
        kind="sites",
        autoencoder=section("autoencoders")["sites"],
        seed=CONFIG.seed,
