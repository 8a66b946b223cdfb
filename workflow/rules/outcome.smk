def by_model(pattern):
    """Files of all batches of all networks."""
    return expand(pattern, model=MODELS, batch=GENERATION_BATCHES)


rule outcome:
    input:
        prototypes=rules.prototypes.output.table,
        prototypes_rejected=rules.prototypes.output.rejected,
        database=rules.database.output.table,
        database_rejected=rules.database.output.rejected,
        reconstruction=rules.reconstruction.output[0],
        generated=by_model(rules.generation.output[0]),
        decoded=by_model(rules.decoding.output.structures),
        not_decoded=by_model(rules.decoding.output.rejected),
        relaxed=by_model(rules.candidates.output.structures),
        relaxation=by_model(rules.candidates.output.table),
        judged=expand(rules.hull.output[0], variant=VARIANTS),
    output:
        funnel=f"{RUN}/funnel.json",
        candidates=f"{RUN}/candidates.csv",
        cif=directory(f"{RUN}/cif"),
    params:
        code=code("outcome.py"),
        run=CONFIG.run,
        variants=VARIANTS,
        matching=section("matching"),
        tolerance=CONFIG.screening.tolerance,
        hull=section("hull"),
        best=CONFIG.report.best,
    log:
        f"{RUN}/logs/outcome.log",
    benchmark:
        f"{RUN}/benchmarks/outcome.tsv"
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/outcome.py"
