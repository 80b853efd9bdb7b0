"""Ready-made MapLibre styles, and the fonts and sprites they need, all served from here."""
