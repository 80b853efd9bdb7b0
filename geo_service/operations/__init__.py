"""What keeps the service standing and tells how it stands: counts, logs, limits, shutdown."""
