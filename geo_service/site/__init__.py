"""The pages people read: written on the server, whole without JavaScript."""
