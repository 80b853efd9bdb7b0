"""The service beside its peers: same data, same machine, same client, in one run."""
