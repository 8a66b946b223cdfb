# Where the database's structures come from: the relaxed prototypes, or a ready-made database in place of both stages.
from ccdcgan.database.ready_made import FILES, packed

if PREBUILT:

    rule prebuilt:
        input:
            **{name: f"{PREBUILT}/{packed(file)}" for name, file in FILES.items()},
        output:
            **{name: f"{RUN}/prebuilt/{file}" for name, file in FILES.items()},
        log:
            f"{RUN}/logs/prebuilt.log",
        benchmark:
            f"{RUN}/benchmarks/prebuilt.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            code=code("prebuilt.py"),
        script:
            "../scripts/prebuilt.py"


RELAXED = (
    {name: [path] if name in ("structures", "table") else path for name, path in rules.prebuilt.output.items()}
    if PREBUILT
    else {
        "structures": expand(rules.relaxation.output.structures, batch=DATABASE_BATCHES),
        "table": expand(rules.relaxation.output.table, batch=DATABASE_BATCHES),
        "references": f"{RUN}/relaxation/references.csv",
        "prototypes": rules.sample.output.table,
        "rejected": rules.sample.output.rejected,
    }
)
