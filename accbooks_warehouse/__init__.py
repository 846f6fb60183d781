"""The import package: sources, pipelines, transforms and emulator, under one name.

Installed, the four lie in this folder. In the repository they lie beside it, and this package looks for them
there, too. So nothing of ours is called `sources` or `pipelines` where a dlt project has folders so named.
"""

from pathlib import Path

_HERE = Path(__file__).parent
if not (_HERE / "pipelines").is_dir():
    __path__.append(str(_HERE.parent))
