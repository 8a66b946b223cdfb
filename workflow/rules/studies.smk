# Many trainings side by side.
from ccdcgan.generators.names import Training, of_seed, of_weight

WEIGHTS = [of_weight(weight, CONFIG.gan.weight) for weight in CONFIG.studies.weights]
SEEDS = [of_seed(variant, seed, CONFIG.seed) for variant in VARIANTS for seed in CONFIG.studies.seeds]
LEAVE_OUT = [str(Training("ccdcgan", without=formula)) for formula in LEFT_OUT]
# Fig. 3d, 3e and so on, one for each.
REGENERATED = dict(zip("defghijklmnopqrstuvwxyz", LEAVE_OUT))


rule omega_table:
    input:
        decoded=by_variant(rules.decoding.output.structures, WEIGHTS),
        not_decoded=by_variant(rules.decoding.output.rejected, WEIGHTS),
        relaxation=by_variant(rules.candidates.output.table, WEIGHTS),
        judged=expand(rules.hull.output[0], variant=WEIGHTS),
    output:
        f"{RUN}/studies/omega.csv",
    log:
        f"{RUN}/logs/studies/omega.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("studies.py"),
        variants=WEIGHTS,
        weight=CONFIG.gan.weight,
        seed=CONFIG.seed,
        tolerance=CONFIG.screening.tolerance,
    script:
        "../scripts/studies.py"


use rule omega_table as seeds with:
    input:
        decoded=by_variant(rules.decoding.output.structures, SEEDS),
        not_decoded=by_variant(rules.decoding.output.rejected, SEEDS),
        relaxation=by_variant(rules.candidates.output.table, SEEDS),
        judged=expand(rules.hull.output[0], variant=SEEDS),
    output:
        f"{RUN}/studies/seeds.csv",
    log:
        f"{RUN}/logs/studies/seeds.log",
    params:
        code=code("studies.py"),
        variants=SEEDS,
        weight=CONFIG.gan.weight,
        seed=CONFIG.seed,
        tolerance=CONFIG.screening.tolerance,


rule leave_out_table:
    input:
        database=rules.database.output.table,
        decoded=by_variant(rules.decoding.output.structures, LEAVE_OUT),
        relaxed=by_variant(rules.candidates.output.structures, LEAVE_OUT),
        judged=expand(rules.hull.output[0], variant=LEAVE_OUT),
        known=KNOWN_PHASES,
        known_structures=rules.known_phases.output.structures,
    output:
        f"{RUN}/studies/leave_out.csv",
    log:
        f"{RUN}/logs/studies/leave_out.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("leave_out.py"),
        trainings=LEAVE_OUT,
        generated=CONFIG.generation.count,
        matching=section("matching"),
        volume_scale=CONFIG.prototypes.volume_scale,
    script:
        "../scripts/leave_out.py"


rule constraint_metrics:
    input:
        grouped_split=of_all(rules.constraint.output.predictions),
        random_split=rules.constraint_random_split.output.predictions,
        judged=expand(rules.hull.output[0], variant=VARIANTS),
        published=PUBLISHED,
    output:
        f"{RUN}/constraint/metrics.json",
    log:
        f"{RUN}/logs/constraint/metrics.log",
    conda:
        "../../envs/networks.yaml"
    params:
        code=code("constraint_metrics.py"),
        system=CONFIG.system,
        variants=list(VARIANTS),
    script:
        "../scripts/constraint_metrics.py"
