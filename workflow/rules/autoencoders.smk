rule lattice_autoencoder:
    input:
        voxels=rules.voxels.output.voxels,
        table=rules.database.output.table,
    output:
        model=f"{RUN}/autoencoders/lattice.keras",
        history=f"{RUN}/autoencoders/lattice_history.csv",
    log:
        f"{RUN}/logs/autoencoders/lattice.log",
    benchmark:
        f"{RUN}/benchmarks/autoencoders/lattice.tsv"
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
        model=f"{RUN}/autoencoders/sites.keras",
        history=f"{RUN}/autoencoders/sites_history.csv",
    log:
        f"{RUN}/logs/autoencoders/sites.log",
    benchmark:
        f"{RUN}/benchmarks/autoencoders/sites.tsv"
    params:
        code=code("autoencoders.py"),
        kind="sites",
        autoencoder=section("autoencoders")["sites"],
        seed=CONFIG.seed,
