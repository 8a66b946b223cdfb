def objective_table(wildcards):
    """The user's table of an objective; none where the property is a column of the database's."""
    tables = {objective.property: objective.table for objective in CONFIG.objectives}
    return tables[wildcards.property] or []
