rule voxels:
    input:
        rules.database.output.structures,
    output:
        voxels=f"{RUN}/voxels/voxels.h5",
        rejected=f"{RUN}/voxels/rejected.csv",
    log:
        f"{RUN}/logs/voxels.log",
    benchmark:
        f"{RUN}/benchmarks/voxels.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("voxels.py"),
        voxels=section("voxels"),
        system=CONFIG.system,
    script:
        "../scripts/voxels.py"
