"""Run dbt in this process: choose the models to build, build them, and describe them from the dbt project.

This package imports `destinations` and the layers below it. It does not import the source or anything that
prints.
"""
