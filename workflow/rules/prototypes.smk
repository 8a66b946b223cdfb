include: "functions/prototypes.smk"


rule prototypes:
    input:
        source_files(),
    output:
        structures=f"{RUN}/prototypes/distinct.extxyz",
        table=f"{RUN}/prototypes/distinct.csv",
        rejected=f"{RUN}/prototypes/unfit.csv",
        references=f"{RUN}/prototypes/references.extxyz",
    log:
        f"{RUN}/logs/prototypes.log",
    benchmark:
        f"{RUN}/benchmarks/prototypes.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("prototypes.py"),
        # All of them, in the order in which a sample takes them: a larger one relaxes only what is new.
        prototypes=section("prototypes") | {"sample": 1, "subsystems": 0},
        matching=section("matching"),
        system=CONFIG.system,
        seed=CONFIG.seed,
    script:
        "../scripts/prototypes.py"


rule subsystems:
    output:
        structures=f"{RUN}/prototypes/subsystems.extxyz",
        table=f"{RUN}/prototypes/subsystems.csv",
        rejected=f"{RUN}/prototypes/subsystems_rejected.csv",
    log:
        f"{RUN}/logs/subsystems.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("subsystems.py"),
        prototypes=section("prototypes") | {"sample": 1},
        matching=section("matching"),
        system=CONFIG.system,
        seed=CONFIG.seed,
    script:
        "../scripts/subsystems.py"


rule sample:
    input:
        rules.prototypes.output.table,
        rules.prototypes.output.rejected,
        SUBSYSTEMS * [rules.subsystems.output.table, rules.subsystems.output.rejected],
    output:
        table=f"{RUN}/prototypes/table.csv",
        rejected=f"{RUN}/prototypes/rejected.csv",
    log:
        f"{RUN}/logs/sample.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("sample.py"),
        size=CONFIG.prototypes.sample,
    script:
        "../scripts/sample.py"
