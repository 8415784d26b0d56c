"""Who signs in: nobody who exists."""

PASSWORD = "bench-Neighbours-1"  # noqa: S105 -- of people who do not exist, in a database thrown away
SECRET = "LINLIBENCHLINLIBENCHLINLIBENCHLI"  # noqa: S105 -- base 32, as above
CLERK, COUNTY = "bench.clerk", "bench.county"
