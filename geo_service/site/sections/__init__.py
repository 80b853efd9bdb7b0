"""The sections of the page of a territory: each turns answers of the API into what is shown."""
