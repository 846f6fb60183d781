"""Live: receive AccBooks' webhooks, store them, and read what they name within seconds.

A process of its own receives and stores events, so that an answer never waits for a load or a build; the
command's process gathers them into batches. Each module imports those before it: `store`, `receiver`,
`touched`, `batch`, `worker`, `listener`.
"""
