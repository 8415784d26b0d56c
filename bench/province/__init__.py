"""A province in bulk, of any number of cases, and what its size does to each page."""
