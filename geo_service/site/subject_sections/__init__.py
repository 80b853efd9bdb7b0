"""What the page of a service, an enjeu or a thème in a territory is made of."""
