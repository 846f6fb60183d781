"""dbt in this process: which models to build, building them, and what dbt's project says of each.

It imports `destinations` and what stands below. It knows tables and months, and neither AccBooks nor who
prints.
"""
