# The two autoencoders: trained on the run's own crystals, or ready-made ones in their place.
from ccdcgan.representation.ready_made.contents import KINDS, history_file, model_file

LEARNED_FROM = {
    kind: (
        {"model": f"{PRETRAINED}/{model_file(kind)}", "history": f"{PRETRAINED}/{history_file(kind)}"}
        if PRETRAINED
        else {"voxels": rules.voxels.output.voxels, "table": rules.database.output.table}
    )
    for kind in KINDS
}


rule lattice_autoencoder:
    input:
        **LEARNED_FROM["lattice"],
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
        gpu=0 if PRETRAINED else 1,
    params:
        code=code("autoencoders.py"),
        kind="lattice",
        autoencoder=section("autoencoders")["lattice"],
        seed=CONFIG.seed,
    script:
        "../scripts/autoencoders.py"


use rule lattice_autoencoder as sites_autoencoder with:
    input:
        **LEARNED_FROM["sites"],
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
