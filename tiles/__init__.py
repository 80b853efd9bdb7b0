"""What is drawn: archives of vector tiles, and how they are served."""
