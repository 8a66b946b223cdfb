# A ready-made database takes the place of the stages prototypes and relaxation.
if PREBUILT:

    ruleorder: prebuilt > prototypes > relaxation

    rule prebuilt:
        input:
            **{name: f"{PREBUILT}/{packed(file)}" for name, file in FILES.items()},
        output:
            prototypes=f"{RUN}/prototypes/table.csv",
            rejected=f"{RUN}/prototypes/rejected.csv",
            structures=f"{RUN}/relaxation/prebuilt.extxyz",
            table=f"{RUN}/relaxation/prebuilt.csv",
            references=f"{RUN}/relaxation/references.csv",
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
