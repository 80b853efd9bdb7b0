"""The map of a territory in somebody else's page: frame, component, oEmbed, kit."""
