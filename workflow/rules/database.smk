rule database:
    input:
        structures=expand(f"{RUN}/relaxation/{{batch}}.extxyz", batch=DATABASE_BATCHES),
        tables=expand(f"{RUN}/relaxation/{{batch}}.csv", batch=DATABASE_BATCHES),
        references=f"{RUN}/relaxation/references.csv",
    output:
        structures=f"{RUN}/database/structures.extxyz",
        table=f"{RUN}/database/table.csv",
        rejected=f"{RUN}/database/rejected.csv",
        references=f"{RUN}/database/references.json",
    log:
        f"{RUN}/logs/database.log",
    benchmark:
        f"{RUN}/benchmarks/database.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("database.py"),
        matching=section("matching"),
        database=section("database"),
        system=CONFIG.system,
        seed=CONFIG.seed,
    script:
        "../scripts/database.py"
