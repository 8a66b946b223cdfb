# Targets by name, beside `all`: snakemake discovery, snakemake omega, snakemake leave_out, snakemake samples.
include: "functions/targets.smk"


rule discovery:
    input:
        rules.discovery_metrics.output,
        outputs("discovery_page", "discovery_figure"),


rule omega:
    input:
        rules.omega_table.output,
        outputs("omega_figure"),


rule leave_out:
    input:
        rules.leave_out_table.output,
        expand(outputs("regenerated"), panel=REGENERATED),


rule samples:
    input:
        rules.samples_table.output,
        outputs("samples_page"),
