def of_variant(pattern):
    """Input function: files of all batches of the network that generates a variant's graphs."""
    return lambda wildcards: expand(pattern, model=VARIANTS[wildcards.variant], batch=GENERATION_BATCHES)


rule matching:
    input:
        candidates=of_variant(rules.candidates.output.structures),
        database=rules.database.output.structures,
    output:
        f"{RUN}/matching/{{variant}}.csv",
    params:
        code=code("matching.py"),
        matching=section("matching"),
        tolerance=CONFIG.screening.tolerance,
        system=CONFIG.system,
    log:
        f"{RUN}/logs/matching/{{variant}}.log",
    benchmark:
        f"{RUN}/benchmarks/matching/{{variant}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/matching.py"
