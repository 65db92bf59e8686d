"""The documents that are made from code and from stored runs: the tables of the protocol, and the page of claims."""
