"""From an AccBooks key to a warehouse that is compared with AccBooks, and what can be seen of it.

The command line and what it runs live here, a room for each kind of work. They import `sources.accbooks` by
its `__init__`; the emulator is imported by `commands/emulate` alone. `[tool.importlinter]` in
pyproject.toml lists the rooms from the top down; a room imports only what stands below it.
"""
