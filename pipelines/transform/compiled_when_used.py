"""Have mashumaro compile the methods of dbt's classes when they are first used, not when dbt is imported.

dbt has some hundred classes that can be read from JSON and written to it, and a build uses few of them: the
parsed project is kept whole. It is mashumaro's own option, which dbt leaves as it is.
"""

from __future__ import annotations

from mashumaro.config import BaseConfig


def compile_when_used() -> None:
    """Set the option for all classes defined from now on: call this before dbt is imported."""
    BaseConfig.lazy_compilation = True
