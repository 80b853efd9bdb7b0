"""The self-hosting kit: a territory's map as a folder that any web server can serve."""
