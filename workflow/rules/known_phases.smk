# Phases that the literature knows of the system, where the project has a list of them.
KNOWN_PHASES = [
    of_project(path)
    for path in [f"resources/known_phases/{'-'.join(sorted(CONFIG.system))}.json"]
    if (PROJECT / path).exists()
]


rule known_phases:
    input:
        KNOWN_PHASES,
    output:
        structures=f"{RUN}/known_phases/structures.extxyz",
        table=f"{RUN}/known_phases/relaxation.csv",
    log:
        f"{RUN}/logs/known_phases.log",
    benchmark:
        f"{RUN}/benchmarks/known_phases.tsv"
    conda:
        "../../envs/relaxation.yaml"
    params:
        code=code("known_phases.py"),
        relaxation=section("relaxation"),
        volume_scale=CONFIG.prototypes.volume_scale,
    script:
        "../scripts/known_phases.py"


rule rediscovery:
    input:
        known=KNOWN_PHASES,
        structures=rules.known_phases.output.structures,
        relaxation=rules.known_phases.output.table,
        database=rules.database.output.structures,
        table=rules.database.output.table,
        references=rules.database.output.references,
        candidates=by_model(rules.candidates.output.structures),
        matches=expand(rules.matching.output[0], variant=VARIANTS),
    output:
        f"{RUN}/known_phases/table.csv",
    log:
        f"{RUN}/logs/rediscovery.log",
    benchmark:
        f"{RUN}/benchmarks/rediscovery.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("rediscovery.py"),
        variants=list(VARIANTS),
        matching=section("matching"),
        volume_scale=CONFIG.prototypes.volume_scale,
        system=CONFIG.system,
    script:
        "../scripts/rediscovery.py"
