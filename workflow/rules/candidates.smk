include: "functions/candidates.smk"


use rule relaxation as candidates with:
    input:
        crystals_of_model,
    output:
        structures=f"{RUN}/candidates/{{model}}/{{batch}}.extxyz",
        table=f"{RUN}/candidates/{{model}}/{{batch}}.csv",
    log:
        f"{RUN}/logs/candidates/{{model}}/{{batch}}.log",
    benchmark:
        f"{RUN}/benchmarks/candidates/{{model}}/{{batch}}.tsv"
    params:
        code=code("relaxation.py"),
        relaxation=section("relaxation"),
        rows=None,
