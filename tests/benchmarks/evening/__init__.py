"""The evening of a national congress: who asks for what, played faster and faster."""
