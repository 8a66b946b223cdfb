rule voxels:
    input:
        rules.database.output.structures,
    output:
        voxels=f"{RUN}/voxels/voxels.h5",
        rejected=f"{RUN}/voxels/rejected.csv",
    params:
        code=code("voxels.py"),
        voxels=section("voxels"),
        system=CONFIG.system,
    log:
        f"{RUN}/logs/voxels.log",
    benchmark:
        f"{RUN}/benchmarks/voxels.tsv"
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/voxels.py"
