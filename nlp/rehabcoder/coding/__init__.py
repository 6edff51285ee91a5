"""Coding: read notes -> services. The trained classifier, the assignment of times and the assembly of services."""
