"""Live: receive AccBooks' webhooks, store them, and read what they name within seconds.

A process of its own receives and stores events, so that an answer never waits for a load or a build; the
command's process gathers them into batches. Receiving is `impatient`, `writer`, `metrics`, `receiver` and
`receiving`. Reading is, each after those it imports: `share`, `touched`, `event_loader`, `batch`, `retries`,
`companies`, `loads`, `reporter`, `builder`, `after_sync`, `worker`. `listener` runs both.
"""
